/** Latency against answers a second: how each model bears its load, at the median and at the report's percentile. */
import { useMemo } from 'react';
import { Chart, type ChartOption } from '../../components/chart.tsx';
import { count, milliseconds } from '../../components/format.ts';
import { logarithmic } from '../../components/axes.ts';
import {
  colourOf,
  latencyAt,
  referenceOf,
  symbolOf,
  loadOf,
  type BenchmarkReport,
  type LoadPoint,
} from './report.ts';
import { lineLabel, useInk, type Ink } from '../../components/useInk.ts';

export function CurveChart({ report }: { report: BenchmarkReport }) {
  const ink = useInk();
  const option = useMemo(() => optionOf(report, ink), [report, ink]);
  return (
    <Chart
      option={option}
      label={`Latency in milliseconds against answers a second, model by model: p50 solid, p${report.percentile} dashed`}
      height={400}
    />
  );
}

function optionOf({ entries, percentile, latencyBoundMs }: BenchmarkReport, ink: Ink): ChartOption {
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
    grid: { left: 64, right: 24, top: 32, bottom: 92 },
    legend: { type: 'scroll', bottom: 0 },
    xAxis: {
      name: 'Answers a second (reviews/s)',
      nameLocation: 'middle',
      nameGap: 30,
      ...logarithmic(rates),
    },
    yAxis: {
      name: 'Latency (ms)',
      nameTextStyle: { align: 'left' },
      ...logarithmic(latencyBoundMs === null ? latencies : [...latencies, latencyBoundMs]),
    },
    tooltip: { trigger: 'item' },
    series: lines.map(({ name, index, each, points }, place) => ({
      type: 'line' as const,
      name,
      data: points.map(({ point, ms }) => [point.answeredPerSecond, ms]),
      symbol: symbolOf(index),
      symbolSize: 8,
      lineStyle: { type: each === 50 ? ('solid' as const) : ('dashed' as const) },
      itemStyle: { color: colourOf(index) },
      tooltip: {
        formatter: (picked: unknown) => {
          const found = points[(picked as { dataIndex: number }).dataIndex];
          if (!found) return '';
          const { point, ms } = found;
          return `${name}, ${loadOf(point)}\np${each}: ${milliseconds(ms)}\n${count(point.answeredPerSecond)} reviews/s`;
        },
      },
      ...(place === 0 &&
        latencyBoundMs !== null && {
          markLine: {
            symbol: 'none',
            silent: true,
            data: [{ yAxis: latencyBoundMs }],
            lineStyle: { color: '#7f7f7f', type: 'dotted' as const },
            label: lineLabel(ink, `bound ${milliseconds(latencyBoundMs)}`, 'insideEndTop'),
          },
        }),
    })),
  };
}

const load = ({ concurrency, ratePerSecond }: LoadPoint): number => concurrency ?? ratePerSecond ?? 0;
