/** Accuracy beside latency of all models: the chart, and the models on its Pareto front. */
import { Select, Skeleton, Stack, Text } from '@mantine/core';
import { lazy, Suspense, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type { HomeModelFragment } from '../../api/operations.ts';
import { Section } from '../../components/page.tsx';
import { NoModels } from '../../components/noModels.tsx';
import { Empty } from '../../components/states.tsx';
import { FrontTable } from './frontTable.tsx';
import { datasetsOf, measuredModels } from './measuredModels.ts';
import { paretoFront } from './paretoFront.ts';

// Loaded behind the page: the chart's library is larger than all else of the first page together.
const AccuracyLatencyChart = lazy(() => import('./accuracyLatencyChart.tsx'));

/** Pixels, of the chart and of its placeholder. */
export const chartHeight = 400;
export const chartTitle = 'Accuracy against latency';

export function ModelsSection({ models }: { models: readonly HomeModelFragment[] }) {
  const [search, setSearch] = useSearchParams();
  const datasets = useMemo(() => datasetsOf(models), [models]);
  const asked = search.get('dataset');
  const dataset = datasets.find((name) => name === asked) ?? datasets[0] ?? '';
  const points = useMemo(() => measuredModels(models, dataset), [models, dataset]);
  const front = useMemo(() => paretoFront(points), [points]);

  if (models.length === 0)
    return (
      <Section title={chartTitle}>
        <NoModels />
      </Section>
    );

  const choice = datasets.length > 1 && (
    <Select
      aria-label="Dataset that the models were measured on"
      data={datasets}
      value={dataset}
      onChange={(name) =>
        setSearch(
          (before) => {
            if (name) before.set('dataset', name);
            return before;
          },
          { replace: true },
        )
      }
      allowDeselect={false}
      size="xs"
      w={160}
    />
  );
  return (
    <Section title={chartTitle} aside={choice}>
      {points.length === 0 ? (
        <Empty title="No model has been measured">
          A model shows here as soon as its accuracy and its latency are known.
        </Empty>
      ) : (
        <Stack gap="md">
          <Suspense fallback={<Skeleton height={chartHeight} aria-label="Loading the chart" />}>
            <AccuracyLatencyChart points={points} front={front} height={chartHeight} />
          </Suspense>
          <Text size="sm">
            Measured on {dataset} when each model was published. The numbered models are on the Pareto front:
            no other is at least as fast and more accurate. Choose a point to see its model.
          </Text>
          <FrontTable front={front} />
        </Stack>
      )}
    </Section>
  );
}
