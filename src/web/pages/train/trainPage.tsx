/** Starts trainings, and lists all runs. */
import { Anchor, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from 'urql';
import { Link, useSearchParams } from 'wouter';
import { TrainChoicesDocument, type TrainChoicesQuery } from '../../api/operations.ts';
import { Page, Section } from '../../components/page.tsx';
import { Loaded } from '../../components/states.tsx';
import { RunList } from './runList.tsx';
import { StartForm } from './startForm.tsx';
import type { Training } from './trainingForm.ts';

const trainings: readonly { value: Training; label: string; lead: string }[] = [
  {
    value: 'teacher',
    label: 'Teacher',
    lead: 'Fine-tunes a BERT encoder: large, slow and accurate. Students learn from it.',
  },
  {
    value: 'distillation',
    label: 'Distil a student',
    lead: 'Trains a small network on a teacher’s soft targets. With the settings and the seed of a student from scratch it starts from the same weights.',
  },
  {
    value: 'student',
    label: 'Student from scratch',
    lead: 'Trains a small network on labels alone: what a distilled student has to beat.',
  },
];

export default function TrainPage() {
  const [search, setSearch] = useSearchParams();
  const narrow = useMediaQuery('(max-width: 36em)', false, { getInitialValueInEffect: false });
  const [choices, reload] = useQuery({ query: TrainChoicesDocument });
  const chosen = trainings.find(({ value }) => value === search.get('start')) ?? trainings[1]!;
  const choose = (value: string) =>
    setSearch(
      (before) => {
        before.set('start', value);
        return before;
      },
      { replace: true },
    );
  return (
    <Page
      title="Train"
      lead={
        <>
          Start a training and watch it live. To train many students and compare them, start a{' '}
          <Anchor component={Link} href="/surveys" underline="always">
            survey
          </Anchor>
          .
        </>
      }
    >
      <Section title="Start a training">
        <Stack>
          <SegmentedControl
            aria-label="What to train"
            data={trainings.map(({ value, label }) => ({ value, label }))}
            value={chosen.value}
            onChange={choose}
            fullWidth
            orientation={narrow ? 'vertical' : 'horizontal'}
          />
          <Text size="sm">{chosen.lead}</Text>
          <Loaded result={choices} onRetry={() => reload({ requestPolicy: 'network-only' })} rows={8}>
            {(data) => (
              <StartForm
                key={chosen.value}
                training={chosen.value}
                choices={data}
                dataset={search.get('dataset') ?? usualDataset(data)}
                teacher={search.get('teacher') ?? 'teacher'}
              />
            )}
          </Loaded>
        </Stack>
      </Section>
      <RunList />
    </Page>
  );
}

/** One that is there, the small one last: it is for trying things out. */
function usualDataset({ datasets }: TrainChoicesQuery): string {
  const rank = { READY: 0, AVAILABLE: 1, ABSENT: 2 };
  const sorted = datasets.edges
    .map(({ node }) => node)
    .sort(
      (a, b) => rank[a.state] - rank[b.state] || Number(a.name === 'sample') - Number(b.name === 'sample'),
    );
  return sorted[0]?.name ?? '';
}
