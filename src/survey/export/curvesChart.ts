/** Learning curves: a panel for each network, a line for each kind of targets. */
import type { EChartsOption } from 'echarts';
import type { GridResult, RunResult, SurveyReport } from '../report.ts';
import { surveyTargets } from '../spec.ts';
import type { SurveyTargets } from '../spec.ts';
import { targetNames } from './conditions.ts';
import { legend, level, upright } from '../../charts/frame.ts';
import { whole } from './formats.ts';
import { Lookup } from './lookup.ts';
import { targetMarks } from './marks.ts';
import { pictureWidth } from '../../charts/picture.ts';
import type { Picture } from '../../charts/picture.ts';

interface Curve {
  readonly network: string;
  readonly targets: SurveyTargets;
  /** `[epoch, accuracy in per cent]` */
  readonly points: [number, number][];
}

const [columns, panelHeight, gap] = [4, 150, 60];
const [left, right] = [66, 16];

/** Validation accuracy after each epoch, mean over seeds; a run that goes on from another starts where that one ends. */
export function curvesChart(report: SurveyReport, grid: GridResult): Picture {
  const curves = curvesOf(report, grid);
  const networks = [...new Set(curves.map(({ network }) => network))];
  const rows = Math.ceil(networks.length / columns);
  const accuracies = curves.flatMap(({ points }) => points.map(([, accuracy]) => accuracy));
  const [lowest, highest] = [Math.min(...accuracies), Math.max(...accuracies)];
  const step = strideOf(highest - lowest, 5);
  const epochs = Math.max(1, ...curves.flatMap(({ points }) => points.map(([epoch]) => epoch)));
  const stride = strideOf(epochs, 8);
  const width = (pictureWidth - left - right) / Math.min(columns, Math.max(1, networks.length)) - 14;

  const placeOf = (panel: number, top: number) => ({
    left: left + (panel % columns) * (width + 14),
    top: top + 30 + Math.floor(panel / columns) * (panelHeight + gap),
  });
  return {
    name: 'learning-curves',
    title: `Accuracy on ${whole(report.dataset.validationReviews)} validation reviews after each epoch`,
    notes: [
      `Means over seeds.${curves.some(({ targets }) => targets === 'soft-then-hard') ? ' Labels after soft targets go on from the model that those made.' : ''}`,
    ],
    height: 20 + rows * (panelHeight + gap) + 50,
    option: (top): EChartsOption => ({
      legend: legend(
        curves.map(({ targets }) => targetNames[targets]),
        true,
      ),
      title: networks.map((network, panel) => ({
        text: network,
        left: placeOf(panel, top).left + width / 2,
        top: placeOf(panel, top).top - 24,
        textAlign: 'center',
        padding: 0,
        textStyle: { fontSize: 13, color: '#222' },
      })),
      grid: networks.map((_, panel) => ({ ...placeOf(panel, top), width, height: panelHeight })),
      xAxis: networks.map((_, panel) => ({
        ...level({
          name: panel + columns >= networks.length ? 'epoch' : '',
          min: 0.5,
          max: epochs + 0.5,
          labels: new Map(
            Array.from({ length: Math.floor(epochs / stride) }, (_, i) => (i + 1) * stride).map((epoch) => [
              epoch,
              String(epoch),
            ]),
          ),
        }),
        nameGap: 26,
        gridIndex: panel,
      })),
      yAxis: networks.map((_, panel) => ({
        ...upright(panel % columns === 0 ? 'accuracy, %' : ''),
        gridIndex: panel,
        // The same in every panel, so that they can be compared
        min: Math.floor(lowest / step) * step,
        max: Math.ceil(highest / step) * step,
        interval: step,
        ...(panel % columns === 0 ? {} : { axisLabel: { show: false } }),
      })),
      series: curves.map(({ network, targets, points }) => ({
        name: targetNames[targets],
        type: 'line',
        xAxisIndex: networks.indexOf(network),
        yAxisIndex: networks.indexOf(network),
        symbol: targetMarks[targets].symbol,
        symbolSize: epochs > 10 ? 5 : 7,
        silent: true,
        // Where one goes on from another, the mark of the other is on top
        z: 2 + surveyTargets.length - surveyTargets.indexOf(targets),
        itemStyle: { color: targetMarks[targets].colour },
        lineStyle: { type: targetMarks[targets].line, width: 1.75 },
        data: points,
      })),
    }),
  };
}

function curvesOf(report: SurveyReport, grid: GridResult): Curve[] {
  const lookup = new Lookup(report);
  const measured = lookup.measured(grid);
  const networks = [...new Set(measured.map(({ point }) => point.architecture))];
  return networks.flatMap((network) =>
    surveyTargets.flatMap((targets): Curve[] => {
      const found = measured.find(({ point }) => point.architecture === network && point.targets === targets);
      const points = found ? meanCurve(lookup.runsOf(found.cell), lookup) : [];
      return points.length > 0 ? [{ network, targets, points }] : [];
    }),
  );
}

/** Starts with the last epoch of the run that it goes on from, if it does. */
function meanCurve(runs: readonly RunResult[], lookup: Lookup): [number, number][] {
  const accuracies = new Map<number, number[]>();
  for (const run of runs) {
    const before = epochsBefore(run, lookup);
    const start = run.parent === null ? undefined : lookup.run(run.parent)?.epochs.at(-1);
    for (const [i, { validationAccuracy }] of [...(start ? [start] : []), ...run.epochs].entries()) {
      if (validationAccuracy === null) continue;
      const epoch = before + i + (start ? 0 : 1);
      accuracies.set(epoch, [...(accuracies.get(epoch) ?? []), validationAccuracy]);
    }
  }
  return [...accuracies]
    .map(([epoch, all]): [number, number] => [epoch, (100 * all.reduce((a, b) => a + b, 0)) / all.length])
    .sort(([a], [b]) => a - b);
}

/** The smallest round step that fits into a range at most so many times. */
const strideOf = (range: number, most: number): number =>
  [1, 2, 5, 10, 20, 50, 100, 200].find((step) => range / step <= most) ?? 500;

/** Of the runs that it goes on from. */
function epochsBefore({ parent }: RunResult, lookup: Lookup): number {
  const run = parent === null ? undefined : lookup.run(parent);
  return run ? epochsBefore(run, lookup) + run.epochs.length : 0;
}
