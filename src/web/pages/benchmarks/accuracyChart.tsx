/** Accuracy against the latency of one review: the upper left is best. */
import { useMemo } from 'react';
import { logarithmic, percentages } from '../../components/axes.ts';
import { Chart } from '../../components/chart.tsx';
import { milliseconds, percent } from '../../components/format.ts';
import { modelPath } from '../../components/modelLink.tsx';
import type { Plot } from '../../components/plot.ts';
import { lookOf, referenceOf, type BenchmarkReport } from './report.ts';

export function AccuracyChart({ entries }: { entries: BenchmarkReport['entries'] }) {
  const plot = useMemo(() => plotOf(entries), [entries]);
  return (
    <Chart
      plot={plot}
      label="Accuracy in per cent, with 95 % intervals, against the median latency of one review in milliseconds, model by model"
    />
  );
}

function plotOf(entries: BenchmarkReport['entries']): Plot {
  const timed = entries.flatMap((entry, index) => {
    const ms = entry.latency?.p50Ms;
    if (ms === undefined || ms === null) return [];
    const { accuracy, accuracyInterval: interval } = entry.metrics;
    return [{ name: referenceOf(entry), index, ms, accuracy, interval }];
  });
  return {
    x: logarithmic(
      'Latency, p50 (ms, logarithmic)',
      timed.map(({ ms }) => ms),
    ),
    y: percentages(
      'Accuracy',
      timed.flatMap(({ accuracy, interval }) => [
        accuracy,
        ...(interval ? [interval.low, interval.high] : []),
      ]),
    ),
    series: timed.map(({ name, index, ms, accuracy, interval }) => ({
      name,
      ...lookOf(index),
      points: [
        {
          x: ms,
          y: 100 * accuracy,
          interval: interval && { low: 100 * interval.low, high: 100 * interval.high },
          href: modelPath(name),
        },
      ],
      words: () => [
        name,
        `${percent(accuracy)} accuracy`,
        ...(interval ? [`${percent(interval.low, 1)} to ${percent(interval.high, 1)}`] : []),
        `${milliseconds(ms)} p50`,
      ],
    })),
  };
}
