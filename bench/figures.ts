/** The pictures of README.md and docs/, drawn from result files. */
import * as echarts from 'echarts';
import type { ComparisonResult } from './resultSections.ts';

type Entry = ComparisonResult['entries'][number];

interface Family {
  readonly name: string;
  /** Distinct for people who do not tell red from green (Okabe and Ito 2008, "Color universal design"). */
  readonly colour: string;
  /** Where there is room for the models' names. */
  readonly label: 'left' | 'right' | 'top' | 'bottom';
  readonly holds: (entry: Entry) => boolean;
}

const network =
  (name: string) =>
  ({ architecture }: Entry): boolean =>
    architecture.startsWith(`${name}-`);

const families: readonly Family[] = [
  { name: 'teacher', colour: '#000000', label: 'right', holds: ({ method }) => method === 'TEACHER' },
  { name: 'linear baseline', colour: '#e69f00', label: 'top', holds: ({ method }) => method === 'BASELINE' },
  { name: 'GRU', colour: '#0072b2', label: 'top', holds: network('gru') },
  { name: 'CNN', colour: '#009e73', label: 'bottom', holds: network('cnn') },
  { name: 'biGRU', colour: '#cc79a7', label: 'top', holds: network('bigru') },
  { name: 'TextCNN', colour: '#d55e00', label: 'bottom', holds: network('textcnn') },
];

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
