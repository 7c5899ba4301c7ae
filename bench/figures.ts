/** The pictures of README.md and docs/, drawn from result files. */
import * as echarts from 'echarts';
import type { ComparisonResult } from './resultSections.ts';

type Entry = ComparisonResult['entries'][number];

/** Distinct for people who do not tell red from green (Okabe and Ito 2008, "Color universal design"). */
const families = [
  { name: 'teacher', colour: '#000000', holds: ({ method }: Entry) => method === 'TEACHER' },
  { name: 'linear baseline', colour: '#e69f00', holds: ({ method }: Entry) => method === 'BASELINE' },
  { name: 'GRU', colour: '#0072b2', holds: ({ architecture }: Entry) => architecture.startsWith('gru') },
  { name: 'CNN', colour: '#009e73', holds: ({ architecture }: Entry) => architecture.startsWith('cnn') },
  { name: 'strong students', colour: '#cc79a7', holds: () => true },
] as const;

/** Models that no other one beats in both accuracy and latency, the fastest first. */
export function paretoFront(entries: readonly Entry[]): Entry[] {
  const byLatency = [...entries].sort((a, b) => a.latency.p50Ms - b.latency.p50Ms);
  let best = -Infinity;
  return byLatency.filter(({ metrics }) => {
    const isBetter = metrics.accuracy > best;
    best = Math.max(best, metrics.accuracy);
    return isBetter;
  });
}

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
      ...families.map(({ name, colour }) => ({
        name,
        type: 'scatter' as const,
        symbolSize: 11,
        itemStyle: { color: colour },
        label: {
          show: true,
          position: 'right' as const,
          backgroundColor: '#ffffff', // over the front's line
          padding: 1,

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
        data: paretoFront(entries).map(point),
      },
    ],
  });
}

/** Without the dataset, which all of them share. */
const labelOf = ({ model }: Entry) => model.replace(/^[^-]+-/, '');

function svgOf(option: echarts.EChartsOption): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 900, height: 520 });
  chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${renumbered(svg)}\n`;
}

/** Ids and classes count all charts of a process; the file should not depend on those drawn before. */
function renumbered(svg: string): string {
  const numbers = new Map<string, string>();
  return svg.replaceAll(/zr\d+-(\w+?-?)\d+/g, (id, kind: string) => {
    const known = numbers.get(id) ?? `${kind}${numbers.size}`;
    numbers.set(id, known);
    return known;
  });
}
