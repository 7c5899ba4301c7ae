/** Accuracy against latency of all of a survey's models, coloured by how they were made. */
import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { logarithmic, percentages } from '../../components/axes.ts';
import { Chart } from '../../components/chart.tsx';
import { methodColours, methodNames, methodSymbols } from '../../components/colours.ts';
import { milliseconds, percent } from '../../components/format.ts';
import { modelPath } from '../../components/modelLink.tsx';
import type { Plot } from '../../components/plot.ts';
import { grouped, type SurveyReport } from './report.ts';

export function ModelsChart({ report }: { report: SurveyReport }) {
  const plot = useMemo(() => plotOf(report), [report]);
  if (plot.series.length === 0) {
    return (
      <Text size="sm">Too few reviews were timed to tell a median: give latencyReviews 107 or more.</Text>
    );
  }
  return (
    <Chart
      plot={plot}
      label="Accuracy in per cent against the median latency of one review in milliseconds, of all models of the survey"
      height={380}
    />
  );
}

function plotOf({ teacher, beside, runs }: SurveyReport): Plot {
  const models = [teacher, ...beside, ...runs].flatMap(({ model, method, architecture, metrics, latency }) =>
    latency.p50Ms === null
      ? []
      : [{ model, method, architecture, accuracy: metrics.accuracy, ms: latency.p50Ms }],
  );
  return {
    x: logarithmic(
      'Latency, p50 (ms, logarithmic)',
      models.map(({ ms }) => ms),
    ),
    y: percentages(
      'Accuracy',
      models.map(({ accuracy }) => accuracy),
    ),
    series: [...grouped(models, ({ method }) => method)].map(([method, group]) => ({
      name: methodNames[method],
      colour: methodColours[method],
      symbol: methodSymbols[method],
      points: group.map(({ model, ms, accuracy }) => ({ x: ms, y: 100 * accuracy, href: modelPath(model) })),
      words: (index) => {
        const { model, architecture, accuracy, ms } = group[index]!;
        return [model, architecture, `${percent(accuracy)} accuracy`, `${milliseconds(ms)} p50`];
      },
    })),
  };
}
