/** The frame around all pages: navigation, colour scheme, key, and which page an address shows. */
import {
  ActionIcon,
  Anchor,
  AppShell,
  Burger,
  Container,
  Group,
  NavLink,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconChartDots,
  IconDatabase,
  IconFlame,
  IconFlask2,
  IconHome2,
  IconListSearch,
  IconMessage2,
  IconMoon,
  IconPackages,
  IconSun,
  IconTerminal2,
  type Icon,
} from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { KeyDialog } from './components/keyDialog.tsx';
import { Page } from './components/page.tsx';
import { Empty, Loading } from './components/states.tsx';
import { HomePage } from './pages/home/homePage.tsx';

const TrainPage = lazy(() => import('./pages/train/trainPage.tsx'));
const RunPage = lazy(() => import('./pages/train/runPage.tsx'));
const PlaygroundPage = lazy(() => import('./pages/playground/playgroundPage.tsx'));
const ModelsPage = lazy(() => import('./pages/models/modelsPage.tsx'));
const ModelPage = lazy(() => import('./pages/models/modelPage.tsx'));
const DifferencesPage = lazy(() => import('./pages/models/differencesPage.tsx'));
const BenchmarksPage = lazy(() => import('./pages/benchmarks/benchmarksPage.tsx'));
const BenchmarkPage = lazy(() => import('./pages/benchmarks/benchmarkPage.tsx'));
const SurveysPage = lazy(() => import('./pages/surveys/surveysPage.tsx'));
const SurveyPage = lazy(() => import('./pages/surveys/surveyPage.tsx'));
const DataPage = lazy(() => import('./pages/data/dataPage.tsx'));

const places: readonly { path: string; name: string; icon: Icon; also?: string }[] = [
  { path: '/', name: 'Home', icon: IconHome2 },
  { path: '/train', name: 'Train', icon: IconFlame, also: '/runs/' },
  { path: '/playground', name: 'Playground', icon: IconMessage2 },
  { path: '/models', name: 'Models', icon: IconPackages, also: '/differences' },
  { path: '/benchmarks', name: 'Benchmarks', icon: IconChartDots },
  { path: '/surveys', name: 'Surveys', icon: IconListSearch },
  { path: '/data', name: 'Data', icon: IconDatabase },
];

export function App() {
  const [opened, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', sm: 'xl' }}
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between">
          <Group gap="sm">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? 'Close the navigation' : 'Open the navigation'}
            />
            <Anchor component={Link} href="/" underline="never" c="inherit" aria-label="Distillery, home">
              <Group gap={8}>
                <IconFlask2 color="var(--mantine-primary-color-filled)" aria-hidden />
                <Text fw={700} size="lg">
                  Distillery
                </Text>
              </Group>
            </Anchor>
          </Group>
          <SchemeButton />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm">
        <Navigation onNavigate={close} />
      </AppShell.Navbar>
      <AppShell.Main>
        <Container fluid p={0}>
          <Suspense fallback={<Loading rows={10} />}>
            <Pages />
          </Suspense>
        </Container>
      </AppShell.Main>
      <KeyDialog />
    </AppShell>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={HomePage} />
      <Route path="/train" component={TrainPage} />
      <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={id} />}</Route>
      <Route path="/playground" component={PlaygroundPage} />
      <Route path="/models" component={ModelsPage} />
      <Route path="/models/:reference">
        {({ reference }) => <ModelPage key={reference} reference={decodeURIComponent(reference)} />}
      </Route>
      <Route path="/differences" component={DifferencesPage} />
      <Route path="/benchmarks" component={BenchmarksPage} />
      <Route path="/benchmarks/:id">{({ id }) => <BenchmarkPage key={id} id={id} />}</Route>
      <Route path="/surveys" component={SurveysPage} />
      <Route path="/surveys/:id">{({ id }) => <SurveyPage key={id} id={id} />}</Route>
      <Route path="/data" component={DataPage} />
      <Route>
        <Page title="Not found">
          <Empty title="There is no such page">
            <Anchor component={Link} href="/" underline="always">
              Go to the start
            </Anchor>
          </Empty>
        </Page>
      </Route>
    </Switch>
  );
}

function Navigation({ onNavigate }: { onNavigate: () => void }) {
  const [location] = useLocation();
  return (
    <>
      {places.map(({ path, name, icon: Icon, also = path }) => {
        const active =
          path === '/' ? location === '/' : location.startsWith(path) || location.startsWith(also);
        return (
          <NavLink
            key={path}
            component={Link}
            href={path}
            label={name}
            leftSection={<Icon size={18} aria-hidden />}
            active={active}
            aria-current={active ? 'page' : undefined}
            onClick={onNavigate}
          />
        );
      })}
      <NavLink
        href="/graphql"
        label="GraphQL explorer"
        leftSection={<IconTerminal2 size={18} aria-hidden />}
        mt="auto"
      />
    </>
  );
}

function SchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      variant="default"
      size="lg"
      aria-label={`Use ${other} colours`}
      onClick={() => setColorScheme(other)}
    >
      {scheme === 'dark' ? <IconSun size={18} /> : <IconMoon size={18} />}
    </ActionIcon>
  );
}
