/** Accuracy along an axis of a grid: a line for everything else that varies. */
import type { SeriesOption } from 'echarts';
import { legend, legendHeight, level, upright } from '../../charts/frame.ts';
import { markOf } from '../../charts/marks.ts';
import type { Picture } from '../../charts/picture.ts';
import type { GridResult, SurveyReport } from '../report.ts';
import { isNumeric, labelOf, numberOn, variedAxes } from './conditions.ts';
import type { NumericAxis } from './conditions.ts';
import { seedsNote, whole } from './formats.ts';
import { Lookup } from './lookup.ts';
import { targetMarks } from './marks.ts';
import { meanSeries } from './meanSeries.ts';

interface Scale {
  /** For the title. */
  readonly by: string;
  readonly name: string;
  /** From a value to its place. */
  readonly place: (value: number) => number;
}

const same = (value: number): number => value;
const scales: Readonly<Record<NumericAxis, Scale>> = {
  temperature: { by: 'temperature', name: 'temperature T (log scale)', place: Math.log2 },
  hardLabelWeight: { by: 'weight of the labels', name: 'weight of the labels in the loss', place: same },
  labelled: {
    by: 'number of labelled reviews',
    name: 'labelled training reviews (log scale)',
    place: Math.log10,
  },
  unlabelled: { by: 'number of unlabelled reviews', name: 'extra unlabelled reviews', place: same },
};

/** The first axis of numbers that a grid varies; none where it varies networks and targets alone. */
export const numericAxisOf = ({ points }: GridResult): NumericAxis | undefined =>
  variedAxes(points).find(isNumeric);

export function axisChart(report: SurveyReport, grid: GridResult, along: NumericAxis, name: string): Picture {
  const { trainReviews, testReviews } = report.dataset;
  const measured = new Lookup(report).measured(grid);
  const values = measured.flatMap(({ point }) => numberOn(along, point, trainReviews) ?? []);
  const scale = scales[along];
  const ticks = new Map(
    [...new Set(values)].map((value) => [scale.place(value), value.toLocaleString('en')]),
  );
  const places = ticks.size > 0 ? [...ticks.keys()] : [0];
  const [first, last] = [Math.min(...places), Math.max(...places)];
  const margin = 0.06 * (last - first) || 0.5;

  const others = variedAxes(grid.points).filter((axis) => axis !== along);
  const looks: string[] = [];
  const lines = groupBy(measured, ({ point }) => labelOf(point, others, trainReviews));
  const shift = Math.min(0.008, 0.05 / lines.size) * (last - first);
  const series = [...lines].flatMap(([label, members], order): SeriesOption[] => {
    const { point: head } = members[0]!;
    // Targets differ in stroke, all else in colour and symbol
    const look = labelOf(head, others.filter(isNumeric), trainReviews);
    if (!looks.includes(look)) looks.push(look);
    const line = others.includes('targets') ? targetMarks[head.targets].line : 'solid';
    const aside = (order - (lines.size - 1) / 2) * shift;
    const means = members.flatMap(({ point, cell }) => {
      const value = numberOn(along, point, trainReviews);
      return value === null ? [] : [{ x: scale.place(value) + aside, value: cell.accuracy }];
    });
    const mark = { ...markOf(looks.indexOf(look)), name: label, line };
    if (means.length === 0) {
      // The axis means nothing to it: the same from end to end
      const { accuracy } = members[0]!.cell;
      const ends = [
        { x: first - margin, value: accuracy, isBare: true },
        { x: last + 0.6 * margin + aside, value: accuracy },
      ];
      return meanSeries({ ...mark, means: ends });
    }
    return meanSeries({ ...mark, means: means.sort((a, b) => a.x - b.x) });
  });
  const hasLevel = measured.some(({ point }) => numberOn(along, point, trainReviews) === null);
  return {
    name,
    title: `Accuracy on ${whole(testReviews)} test reviews by ${scale.by}`,
    notes: [
      `${seedsNote(measured.map(({ cell }) => cell))}${hasLevel ? ' Level lines are of students that this means nothing to.' : ''}`,
    ],
    height: 410 + legendHeight([...lines.keys()]),
    option: (top) => ({
      legend: legend([...lines.keys()], true),
      grid: { left: 70, right: 30, top: top + 14, bottom: 64 + legendHeight([...lines.keys()]) },
      xAxis: level({ name: scale.name, min: first - margin, max: last + margin, labels: ticks }),
      yAxis: upright('accuracy, %'),
      series,
    }),
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
