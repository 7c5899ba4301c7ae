/** Accuracy against the latency of one review: the upper left is best. */
import { useMemo } from 'react';
import { Chart, type ChartOption } from '../../components/chart.tsx';
import { milliseconds, percent } from '../../components/format.ts';
import { logarithmic, percentages } from '../../components/axes.ts';
import { errorBars } from '../../components/errorBars.ts';
import { colourOf, referenceOf, symbolOf, type BenchmarkReport } from './report.ts';

export function AccuracyChart({ entries }: { entries: BenchmarkReport['entries'] }) {
  const option = useMemo(() => optionOf(entries), [entries]);
  return (
    <Chart
      option={option}
      label="Accuracy in per cent, with 95 % intervals, against the median latency of one review in milliseconds, model by model"
      height={360}
    />
  );
}

function optionOf(entries: BenchmarkReport['entries']): ChartOption {
  const points = entries.flatMap((entry, index) => {
    const ms = entry.latency?.p50Ms;
    if (ms === undefined || ms === null) return [];
    const { accuracy, accuracyInterval } = entry.metrics;
    return [{ name: referenceOf(entry), index, ms, accuracy, interval: accuracyInterval }];
  });
  return {
    grid: { left: 56, right: 24, top: 24, bottom: 92 },
    legend: { type: 'scroll', bottom: 0 },
    xAxis: {
      name: 'p50 latency of one review (ms)',
      nameLocation: 'middle',
      nameGap: 30,
      ...logarithmic(points.map(({ ms }) => ms)),
    },
    yAxis: {
      name: 'Accuracy (%)',
      nameTextStyle: { align: 'left' },
      ...percentages(
        points.flatMap(({ accuracy, interval }) => [
          accuracy,
          ...(interval ? [interval.low, interval.high] : []),
        ]),
      ),
    },
    series: points.flatMap(({ name, index, ms, accuracy, interval }) => {
      const colour = colourOf(index);
      const range = interval ? ` (${percent(interval.low, 1)} to ${percent(interval.high, 1)})` : '';
      return [
        ...(interval
          ? [errorBars(name, colour, [{ x: ms, low: 100 * interval.low, high: 100 * interval.high }])]
          : []),
        {
          type: 'scatter' as const,
          name,
          data: [[ms, 100 * accuracy]],
          symbol: symbolOf(index),
          symbolSize: 12,
          itemStyle: { color: colour },
          tooltip: { formatter: () => `${name}\n${percent(accuracy)}${range}\n${milliseconds(ms)} p50` },
        },
      ];
    }),
    tooltip: { trigger: 'item' },
  };
}
