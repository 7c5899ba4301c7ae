/** A figure of every network, with one mark for each kind of targets. */
import type { SeriesOption } from 'echarts';
import type { CellResult, GridResult, MeanOverSeeds, SurveyReport } from '../report.ts';
import { surveyTargets } from '../spec.ts';
import type { SurveyTargets } from '../spec.ts';
import { targetNames } from './conditions.ts';
import { legend, level, upright } from '../../charts/frame.ts';
import { seedsNote } from './formats.ts';
import { Lookup } from './lookup.ts';
import { targetMarks } from './marks.ts';
import { meanSeries } from './meanSeries.ts';
import { hollow } from '../../charts/symbols.ts';
import type { Picture } from '../../charts/picture.ts';

interface Figure {
  /** Of the picture's file. */
  readonly name: string;
  readonly title: string;
  /** Of the upright axis, with its unit. */
  readonly axis: string;
  readonly of: (cell: CellResult) => MeanOverSeeds;
  readonly fromZero?: boolean;
  /** Published accuracies stand beside the measured ones. */
  readonly withPublished?: boolean;
}

/** Of several points with the same network and targets, the first is drawn. */
export function networkChart(report: SurveyReport, grid: GridResult, figure: Figure): Picture {
  const measured = new Lookup(report).measured(grid);
  const networks = [...new Set(grid.points.map(({ architecture }) => architecture))];
  const kinds = surveyTargets.filter((targets) => grid.points.some((point) => point.targets === targets));
  const place = (architecture: string, kind: number): number =>
    networks.indexOf(architecture) + (kind - (kinds.length - 1) / 2) * 0.22;

  const means = kinds.flatMap((targets, kind) =>
    meanSeries({
      ...targetMarks[targets],
      name: targetNames[targets],
      line: null,
      means: networks.flatMap((architecture) => {
        const found = measured.find(
          ({ point }) => point.architecture === architecture && point.targets === targets,
        );
        return found ? [{ x: place(architecture, kind), value: figure.of(found.cell) }] : [];
      }),
    }),
  );
  const published = (figure.withPublished ? kinds : []).flatMap((targets, kind) => {
    const figures = grid.published.filter(
      (result) => result.targets === targets && networks.includes(result.architecture),
    );
    const data = figures.map(({ architecture, accuracy }) => [place(architecture, kind), 100 * accuracy]);
    return figures.length > 0 ? [publishedSeries(targets, data)] : [];
  });
  const names = [...means, ...published].flatMap(({ name }) => (name === undefined ? [] : String(name)));
  const isCrowded = networks.length > 12;
  return {
    name: figure.name,
    title: figure.title,
    notes: [
      `${seedsNote(measured.map(({ cell }) => cell))}${published.length > 0 ? ' Hollow marks are published figures.' : ''}`,
    ],
    height: 430,
    option: (top) => ({
      legend: legend(names, false),
      grid: { left: 70, right: 20, top: top + 14, bottom: isCrowded ? 110 : 72 },
      xAxis: level({
        name: '',
        min: -0.5,
        max: networks.length - 0.5,
        labels: new Map(networks.map((architecture, i) => [i, architecture])),
        borders: Array.from({ length: networks.length + 1 }, (_, i) => i - 0.5),
        rotate: isCrowded ? 45 : 0,
      }),
      yAxis: upright(figure.axis, figure.fromZero),
      series: [...means, ...published],
    }),
  };
}

function publishedSeries(targets: SurveyTargets, data: number[][]): SeriesOption {
  const { colour, symbol } = targetMarks[targets];
  return {
    name: `${targetNames[targets]}, published`,
    type: 'scatter',
    symbol: hollow(symbol),
    symbolSize: 9,
    silent: true,
    itemStyle: { color: colour, opacity: 1 },
    data,
  };
}
