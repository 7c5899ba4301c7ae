/** The chart of accuracy against latency: a point for each model, and the Pareto front as a line. */
import { useMemo } from 'react';
import { logarithmic, percentages } from '../../components/axes.ts';
import { Chart } from '../../components/chart.tsx';
import { methodColours, methodNames, methodSymbols } from '../../components/colours.ts';
import { bytes, milliseconds, percent, short } from '../../components/format.ts';
import { modelPath } from '../../components/modelLink.tsx';
import type { Plot, Series } from '../../components/plot.ts';
import type { MeasuredModel } from './measuredModels.ts';

interface Props {
  readonly points: readonly MeasuredModel[];
  readonly front: readonly MeasuredModel[];
  readonly height: number;
}

const methods = ['TEACHER', 'DISTILLED', 'SCRATCH', 'BASELINE'] as const;

export default function AccuracyLatencyChart({ points, front, height }: Props) {
  const plot = useMemo(() => plotOf(points, front), [points, front]);
  return (
    <Chart
      plot={plot}
      height={height}
      label={`Accuracy against latency of ${points.length} models. The table below lists the ${front.length} models on the Pareto front.`}
    />
  );
}

function plotOf(points: readonly MeasuredModel[], front: readonly MeasuredModel[]): Plot {
  const places = new Map(front.map(({ model }, index) => [model.reference, index + 1]));
  const seriesOf = (method: (typeof methods)[number]): Series => {
    const own = points.filter(({ model }) => model.method === method);
    return {
      name: methodNames[method],
      colour: methodColours[method],
      symbol: methodSymbols[method],
      points: own.map(({ model, latency, accuracy }) => ({
        x: latency,
        y: 100 * accuracy,
        // The place in the table of the front.
        mark: places.get(model.reference)?.toString(),
        href: modelPath(model.reference),
      })),
      words: (index) => wordsOf(own[index]!),
    };
  };
  return {
    x: logarithmic(
      'Latency, p50 (ms, logarithmic)',
      points.map(({ latency }) => latency),
    ),
    y: percentages(
      'Accuracy',
      points.map(({ accuracy }) => accuracy),
    ),
    series: [
      ...methods.map(seriesOf).filter((series) => series.points.length > 0),
      {
        name: 'Pareto front',
        colour: '#8c6bb1',
        // Left of and above the steps lies no model.
        line: 'steps',
        points: front.map(({ latency, accuracy }) => ({ x: latency, y: 100 * accuracy })),
      },
    ],
  };
}

const wordsOf = ({ model, accuracy, part, latency }: MeasuredModel): string[] => [
  model.reference,
  `${methodNames[model.method]}, ${model.architecture}`,
  `${percent(accuracy)} accuracy (${part})`,
  `${milliseconds(latency)} p50`,
  `${short(model.parameters)} parameters, ${bytes(model.fileBytes)}`,
];
