/** Latency against answers a second: how each model bears its load, at the median and at the report's percentile. */
import { useMemo } from 'react';
import { logarithmic } from '../../components/axes.ts';
import { Chart } from '../../components/chart.tsx';
import { count, milliseconds } from '../../components/format.ts';
import type { Plot } from '../../components/plot.ts';
import { latencyAt, loadOf, lookOf, referenceOf, type BenchmarkReport, type LoadPoint } from './report.ts';

export function CurveChart({ report }: { report: BenchmarkReport }) {
  const plot = useMemo(() => plotOf(report), [report]);
  return (
    <Chart
      plot={plot}
      label={`Latency in milliseconds against answers a second, model by model: p50 solid, p${report.percentile} dashed`}
      height={400}
    />
  );
}

function plotOf({ entries, percentile, latencyBoundMs }: BenchmarkReport): Plot {
  const percentiles = [...new Set([50, percentile])];
  const lines = entries.flatMap((entry, index) =>
    (['CONCURRENCY', 'SERVER'] as const).flatMap((scenario) =>
      percentiles.flatMap((each) => {
        // In the order of the load: beyond what a model can bear, answers come slower, not faster.
        const points = entry.curve
          .filter((point) => point.scenario === scenario)
          .toSorted((a, b) => load(a) - load(b))
          .flatMap((point) => {
            const ms = latencyAt(point.latency, each);
            return ms === null ? [] : [{ point, ms }];
          });
        return points.length > 0 ? [{ name: referenceOf(entry), index, each, points }] : [];
      }),
    ),
  );
  const latencies = lines.flatMap(({ points }) => points.map(({ ms }) => ms));
  const rates = lines.flatMap(({ points }) => points.map(({ point }) => point.answeredPerSecond));
  return {
    x: logarithmic('Answers (reviews/s, logarithmic)', rates),
    y: logarithmic(
      'Latency (ms, logarithmic)',
      latencyBoundMs === null ? latencies : [...latencies, latencyBoundMs],
    ),
    across:
      latencyBoundMs === null
        ? undefined
        : { y: latencyBoundMs, label: `bound ${milliseconds(latencyBoundMs)}` },
    series: lines.map(({ name, index, each, points }) => ({
      name,
      ...lookOf(index),
      line: each === 50 ? 'solid' : 'dashed',
      points: points.map(({ point, ms }) => ({ x: point.answeredPerSecond, y: ms })),
      words: (at) => {
        const { point, ms } = points[at]!;
        return [
          name,
          loadOf(point),
          `p${each}: ${milliseconds(ms)}`,
          `${count(point.answeredPerSecond)} reviews/s`,
        ];
      },
    })),
  };
}

const load = ({ concurrency, ratePerSecond }: LoadPoint): number => concurrency ?? ratePerSecond ?? 0;
