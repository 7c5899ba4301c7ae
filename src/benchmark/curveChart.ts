/** Latency over throughput: what each model gives up of the one for the other. */
import type { SeriesOption } from 'echarts';
import { legend, legendHeight, level, logTicks, uprightLog } from '../charts/frame.ts';
import { markOf } from '../charts/marks.ts';
import { pictureFile } from '../charts/picture.ts';
import { hollow, star } from '../charts/symbols.ts';
import { atPercentile } from './report.ts';
import type { BenchmarkEntry, BenchmarkReport, LoadPoint } from './report.ts';

/** Decimal logarithms of answers a second and of milliseconds. */
type Place = [number, number];

interface Curve {
  readonly model: string;
  readonly scenario: LoadPoint['scenario'];
  readonly places: readonly Place[];
}

const scenarios = {
  server: { name: 'arrivals at random', line: 'solid' },
  concurrency: { name: 'clients that wait', line: 'dashed' },
} as const;

/** @returns an SVG file; null where no point has latencies enough for the report's percentile */
export function curveChart(report: BenchmarkReport): string | null {
  const { entries, percentile, latencyBoundMs, machine, workers, threads } = report;
  const models = entries.map(nameOf);
  const curves = entries.flatMap((entry) => curvesOf(entry, report));
  const places = curves.flatMap((curve) => curve.places);
  if (places.length === 0) return null;
  const bound = latencyBoundMs === null ? null : Math.log10(latencyBoundMs);
  const [left, right] = rangeOf(places.map(([x]) => x));
  const [bottom, top] = rangeOf([...places.map(([, y]) => y), ...(bound === null ? [] : [bound])]);
  const highest = entries.flatMap(({ highestRate, ...entry }) =>
    highestRate ? [{ model: entry.model, version: entry.version, rate: highestRate.ratePerSecond }] : [],
  );

  const series = curves.map(({ model, scenario, places: data }): SeriesOption => {
    const { colour, symbol } = markOf(models.indexOf(model));
    return {
      name: `${model}, ${scenarios[scenario].name}`,
      type: 'line',
      symbol: scenario === 'server' ? symbol : hollow(symbol),
      symbolSize: 8,
      silent: true,
      itemStyle: { color: colour },
      lineStyle: { type: scenarios[scenario].line, width: 1.75 },
      data: data.map((place) => [...place]),
    };
  });
  const names = series.map(({ name }) => String(name));
  return pictureFile({
    name: 'curve',
    title: `The ${percentile}th percentile of latency against answers a second`,
    notes: [
      'Filled: texts arrive at random, latency from the scheduled arrival. Hollow: clients that each wait for their answer.',
      ...(bound === null
        ? []
        : ['Dotted: the bound. Stars: the highest rate of arrivals that stays within it.']),
      `${machine}; ${workers} ${workers === 1 ? 'worker' : 'workers'} of ${threads} ${threads === 1 ? 'thread' : 'threads'}.`,
    ],
    height: 460 + legendHeight(names),
    option: (above) => ({
      legend: legend(names, true),
      grid: { left: 70, right: 30, top: above + 14, bottom: 64 + legendHeight(names) },
      xAxis: level({
        name: 'answers a second (log scale)',
        min: left,
        max: right,
        labels: logTicks(left, right),
      }),
      yAxis: uprightLog(`p${percentile}, ms (log scale)`, bottom, top),
      series: [
        ...series,
        ...(bound === null ? [] : [boundLine(bound, left, right)]),
        ...highest.map(({ rate, ...entry }) =>
          starAt(Math.log10(rate), bound ?? bottom, markOf(models.indexOf(nameOf(entry))).colour),
        ),
      ],
    }),
  });
}

const nameOf = ({ model, version }: Pick<BenchmarkEntry, 'model' | 'version'>) => `${model}@${version}`;

/** A curve for each scenario that has points, from the lightest load to the heaviest. */
function curvesOf(entry: BenchmarkEntry, { percentile }: BenchmarkReport): Curve[] {
  return (['server', 'concurrency'] as const).flatMap((scenario) => {
    const places = entry.curve
      .filter((point) => point.scenario === scenario)
      .sort((a, b) => loadOf(a) - loadOf(b))
      .flatMap(({ answeredPerSecond, latency }): Place[] => {
        const milliseconds = atPercentile(latency, percentile);
        if (milliseconds === null || milliseconds === 0 || answeredPerSecond === 0) return [];
        return [[Math.log10(answeredPerSecond), Math.log10(milliseconds)]];
      });
    return places.length > 0 ? [{ model: nameOf(entry), scenario, places }] : [];
  });
}

const loadOf = ({ ratePerSecond, concurrency }: LoadPoint) => ratePerSecond ?? concurrency ?? 0;

const rangeOf = (logarithms: readonly number[]): [number, number] => [
  Math.min(...logarithms) - 0.1,
  Math.max(...logarithms) + 0.1,
];

const boundLine = (height: number, left: number, right: number): SeriesOption => ({
  type: 'line',
  symbol: 'none',
  silent: true,
  z: 1,
  lineStyle: { type: 'dotted', color: '#444', width: 1.5 },
  data: [
    [left, height],
    [right, height],
  ],
});

const starAt = (x: number, y: number, colour: string): SeriesOption => ({
  type: 'scatter',
  symbol: star,
  symbolSize: 16,
  silent: true,
  z: 4,
  itemStyle: { color: colour, borderColor: '#fff', borderWidth: 1 },
  data: [[x, y]],
});
