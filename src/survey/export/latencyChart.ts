/** Accuracy of every model against the time that it takes, with the Pareto front. */
import type { SeriesOption } from 'echarts';
import type { CellResult, ModelResult, SurveyReport } from '../report.ts';
import { families } from './families.ts';
import type { Family } from './families.ts';
import { legend, level, logTicks, upright } from '../../charts/frame.ts';
import { counted, whole } from './formats.ts';
import { Lookup } from './lookup.ts';
import { hollow, star } from '../../charts/symbols.ts';
import { paretoFront } from './pareto.ts';
import type { Place } from './pareto.ts';
import { pictureWidth } from '../../charts/picture.ts';
import type { Picture } from '../../charts/picture.ts';

const otherModels: Family = {
  name: 'other',
  colour: '#777777',
  symbol: star,
  label: 'top',
  holds: (model) => !families.some(({ holds }) => holds(model)),
};

/** A cell's models as one, or a model that is none of the survey's. */
export interface Rival extends Place {
  readonly architecture: string;
  readonly method: ModelResult['method'];
  /** null: none of the survey's. */
  readonly cell: CellResult | null;
  readonly label: string;
}

/**
 * The teacher, the models beside, and each cell: mean accuracy of its runs, median of their median latencies. Those
 * whose reviews were too few for a median are left out.
 */
export function rivalsOf(report: SurveyReport): Rival[] {
  const lookup = new Lookup(report);
  const models = [report.teacher, ...report.beside].flatMap(
    ({ model, architecture, method, metrics, latency }): Rival[] => {
      if (latency.p50Ms === null) return [];
      const { accuracy } = metrics;
      return [{ architecture, method, cell: null, label: model, latencyMs: latency.p50Ms, accuracy }];
    },
  );
  const cells = report.cells.flatMap((cell): Rival[] => {
    const runs = lookup.runsOf(cell);
    const [run] = runs;
    const medians = runs.flatMap(({ latency }) => latency.p50Ms ?? []);
    if (!run || medians.length === 0) return [];
    return [
      {
        architecture: cell.architecture,
        method: run.method,
        cell,
        label: cell.architecture,
        latencyMs: median(medians),
        accuracy: cell.accuracy.mean,
      },
    ];
  });
  return [...models, ...cells];
}

export function latencyChart(report: SurveyReport): Picture {
  const rivals = rivalsOf(report);
  const front = paretoFront(rivals);
  // Of a network's cells on the front, which take the same time but for chance, the best one
  const named = new Set([...new Map(front.map((rival) => [rival.label, rival])).values()]);
  const pointOf = ({ latencyMs, accuracy }: Place) => [Math.log10(latencyMs), 100 * accuracy];
  const present = [...families, otherModels].filter(({ holds }) => rivals.some(holds));
  const times = rivals.map(({ latencyMs }) => Math.log10(latencyMs));
  const [min, max] = times.length > 0 ? [Math.min(...times) - 0.15, Math.max(...times) + 0.1] : [0, 1];
  // Families that are close to one another have their names on different sides
  const positionOf = (rival: Rival, side: Family['label']) => {
    if (side !== 'bottom') return 'top';
    if (rival.cell === null) return 'bottom';
    return isNearEdge(rival) ? 'top' : 'left';
  };
  const isNearEdge = ({ latencyMs, label }: Rival) =>
    ((Math.log10(latencyMs) - min) / (max - min)) * pictureWidth < 6.5 * label.length;
  return {
    name: 'accuracy-latency',
    title: `Accuracy on ${whole(report.dataset.testReviews)} test reviews against the latency of one`,
    notes: [
      'Students: means over seeds of accuracy, medians of median latency; hollow: from scratch.',
      'The dashed line joins the models that no other beats in both.',
      `${report.machine}; ${counted(report.threads, 'thread')}.`,
    ],
    height: 520,
    option: (top) => ({
      legend: legend(
        present.map(({ name }) => name),
        false,
      ),
      grid: { left: 70, right: 40, top: top + 14, bottom: 88 },
      xAxis: level({
        name: 'median latency, ms (log scale)',
        min,
        max,
        labels: logTicks(min, max),
      }),
      yAxis: upright('accuracy, %'),
      series: [
        ...present.map(({ name, colour, symbol, label, holds }): SeriesOption => ({
          name,
          type: 'scatter',
          symbol,
          symbolSize: 10,
          silent: true,
          z: 3,
          itemStyle: { color: colour, opacity: 1 },
          label: { color: '#222', fontSize: 11 },
          labelLayout: { moveOverlap: 'shiftY' },
          data: rivals.filter(holds).map((rival) => ({
            value: pointOf(rival),
            symbol: rival.cell?.targets === 'scratch' ? hollow(symbol) : symbol,
            label: {
              show: rival.cell === null || named.has(rival),
              position: positionOf(rival, label),
              // Above and to the left of the front there is nothing, unless it is the edge
              align: isNearEdge(rival) ? 'left' : 'right',
              formatter: () => rival.label,
            },
          })),
        })),
        {
          type: 'line',
          step: 'end',
          symbol: 'none',
          silent: true,
          z: 1,
          lineStyle: { type: 'dashed', color: '#777', width: 1.5 },
          data: front.map(pointOf),
        },
      ],
    }),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}
