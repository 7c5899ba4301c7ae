/** The start page: what is installed, what runs, what came of it, and accuracy beside latency of all models. */
import { Skeleton, Stack } from '@mantine/core';
import { useEffect, useMemo } from 'react';
import { useQuery } from 'urql';
import { HomeModelsDocument, HomeRunsDocument, HomeSystemDocument } from '../../api/operations.ts';
import { Page, Section } from '../../components/page.tsx';
import { Failure, Loaded } from '../../components/states.tsx';
import { usePolling } from '../../components/usePolling.ts';
import { Installed } from './installed.tsx';
import { LatestResults } from './latestResults.tsx';
import { chartHeight, chartTitle, ModelsSection } from './modelsSection.tsx';
import { RunsNow } from './runsNow.tsx';

/** Milliseconds between two looks at the runs while the page can be seen. */
const lookMs = 5_000;
/** Pixels of a usual front's table and the words above it. */
const tableHeight = 250;

export function HomePage() {
  const [system, askSystem] = useQuery({ query: HomeSystemDocument });
  const [models, askModels] = useQuery({ query: HomeModelsDocument });
  const [runs, askRuns] = useQuery({ query: HomeRunsDocument });
  usePolling(() => askRuns({ requestPolicy: 'network-only' }), lookMs);

  // A run that has ended may have brought a model.
  const newest = runs.data?.succeeded.edges[0]?.node.id;
  useEffect(() => {
    if (newest) askModels({ requestPolicy: 'cache-and-network' });
  }, [newest, askModels]);

  const listed = models.data?.models;
  // The same list as long as no other came: the chart is drawn anew with each list.
  const nodes = useMemo(() => listed?.edges.map(({ node }) => node), [listed]);
  const number = listed && `${listed.edges.length}${listed.pageInfo.hasNextPage ? ' and more' : ''}`;
  return (
    <Page
      title="Home"
      lead="Fine-tune a teacher, distil it into small students, and see what each costs and knows."
    >
      <Section title="Installed">
        {system.error && !system.data ? (
          <Failure error={system.error} onRetry={askSystem} />
        ) : (
          <Installed system={system.data?.system} models={number} />
        )}
      </Section>
      {nodes ? (
        <ModelsSection models={nodes} />
      ) : (
        <Section title={chartTitle}>
          {models.error ? (
            <Failure error={models.error} onRetry={askModels} />
          ) : (
            <Stack role="status" aria-busy="true" aria-label="Loading the models">
              <Skeleton height={chartHeight} />
              <Skeleton height={tableHeight} />
            </Stack>
          )}
        </Section>
      )}
      <Section title="Running now">
        <Loaded result={runs} onRetry={askRuns} rows={2}>
          {({ running, queued }) => (
            <RunsNow
              running={running.edges.map(({ node }) => node)}
              queued={queued.edges.map(({ node }) => node)}
              moreQueued={queued.pageInfo.hasNextPage}
            />
          )}
        </Loaded>
      </Section>
      <Section title="Latest results">
        <Loaded result={runs} onRetry={askRuns} rows={4}>
          {({ succeeded }) => <LatestResults runs={succeeded.edges.map(({ node }) => node)} />}
        </Loaded>
      </Section>
    </Page>
  );
}
