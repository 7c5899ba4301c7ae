/** The pictures of README.md and docs/, drawn from result files. */
import { families } from '../src/survey/export/families.ts';
import { paretoFront } from '../src/survey/export/pareto.ts';
import { svgOf } from '../src/charts/svg.ts';
import type { ComparisonResult } from './resultSections.ts';

type Entry = ComparisonResult['entries'][number];

/** Accuracy against the median latency of every model, with the Pareto front. @returns an SVG file */
export function accuracyAgainstLatency({ entries, reviews, threads, machine }: ComparisonResult): string {
  const point = ({ latency, metrics }: Entry): [number, number] => [latency.p50Ms, 100 * metrics.accuracy];
  const familyOf = (entry: Entry) => families.find(({ holds }) => holds(entry));
  const axis = { nameLocation: 'middle', nameTextStyle: { fontSize: 13, color: '#333' } } as const;
  return svgOf({
    title: {
      text: `Accuracy on ${reviews.toLocaleString('en')} test reviews against the latency of one`,
      subtext: `The dashed line joins the models that no other beats in both.\n${machine}; ${threads} threads.`,
      left: 'center',
      textStyle: { fontSize: 16, fontWeight: 'bold' },
      subtextStyle: { lineHeight: 16 },
    },
    legend: { bottom: 0, itemGap: 24, data: families.map(({ name }) => name) },
    grid: { left: 70, right: 90, top: 85, bottom: 85 },
    xAxis: { ...axis, type: 'log', name: 'median latency, ms (log scale)', nameGap: 30 },
    yAxis: { ...axis, type: 'value', name: 'accuracy, %', nameGap: 45, scale: true },
    series: [
      ...families.map(({ name, colour, label }) => ({
        name,
        type: 'scatter' as const,
        symbolSize: 11,
        itemStyle: { color: colour },
        label: {
          show: true,
          position: label,
          formatter: '{@[2]}',
          color: '#333',
          fontSize: 11,
        },
        labelLayout: { hideOverlap: false, moveOverlap: 'shiftY' as const },
        data: entries
          .filter((entry) => familyOf(entry)?.name === name)
          .map((entry) => [...point(entry), labelOf(entry)]),
      })),
      {
        type: 'line',
        step: 'end',
        symbol: 'none',
        silent: true,
        z: 1,
        lineStyle: { type: 'dashed', color: '#999', width: 1.5 },
        data: paretoFront(
          entries.map(({ latency, metrics }) => ({ latencyMs: latency.p50Ms, accuracy: metrics.accuracy })),
        ).map(({ latencyMs, accuracy }) => [latencyMs, 100 * accuracy]),
      },
    ],
  });
}

/** Without the dataset, which all of them share. */
const labelOf = ({ model }: Entry) => model.replace(/^[^-]+-/, '');
