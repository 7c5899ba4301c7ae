/** The chart of accuracy against latency: a point for each model, and the Pareto front as a line. */
import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { Chart, type ChartOption } from '../../components/chart.tsx';
import { methodColours, methodNames } from '../../components/colours.ts';
import { bytes, milliseconds, percent, short } from '../../components/format.ts';
import { modelPath } from '../../components/modelLink.tsx';
import { useInk } from '../../components/useInk.ts';
import type { MeasuredModel } from './measuredModels.ts';

interface Props {
  readonly points: readonly MeasuredModel[];
  readonly front: readonly MeasuredModel[];
  readonly height: number;
}

const frontName = 'Pareto front';
const frontColour = '#8c6bb1';
const methods = ['TEACHER', 'DISTILLED', 'SCRATCH', 'BASELINE'] as const;

export default function AccuracyLatencyChart({ points, front, height }: Props) {
  const [, navigate] = useLocation();
  const { text } = useInk();
  const option = useMemo(() => optionOf(points, front, text), [points, front, text]);
  return (
    <Chart
      option={option}
      height={height}
      label={`Accuracy against latency of ${points.length} models. The table below lists the ${front.length} models on the Pareto front.`}
      onPick={({ name }) => {
        if (points.some(({ model }) => model.reference === name)) navigate(modelPath(name));
      }}
    />
  );
}

function optionOf(
  points: readonly MeasuredModel[],
  front: readonly MeasuredModel[],
  ink: string,
): ChartOption {
  const places = new Map(front.map(({ model }, index) => [model.reference, index + 1]));
  const byReference = new Map(points.map((point) => [point.model.reference, point]));
  return {
    grid: { left: 28, right: 24, top: 64, bottom: 28, containLabel: true },
    legend: {
      top: 0,
      left: 0,
      itemGap: 16,
      data: [
        { name: frontName, icon: 'rect', itemStyle: { color: frontColour } },
        ...methods.map((method) => methodNames[method]),
      ],
    },
    tooltip: {
      trigger: 'item',
      formatter: (asked) => {
        const { name } = Array.isArray(asked) ? asked[0]! : asked;
        const point = byReference.get(name);
        return point ? wordsOf(point) : '';
      },
    },
    xAxis: {
      type: 'log',
      name: 'Latency, p50 (ms, logarithmic)',
      nameLocation: 'middle',
      nameGap: 30,
      min: ({ min }) => roundDown(min / 1.2),
      max: ({ max }) => roundUp(max * 1.2),
      minorTick: { show: true, splitNumber: 9 },
      // Uneven as the scale is, so that a place between two labels can be read.
      minorSplitLine: { show: true, lineStyle: { color: 'rgba(128, 128, 128, 0.15)' } },
    },
    yAxis: {
      type: 'value',
      name: 'Accuracy (%)',
      nameLocation: 'middle',
      nameGap: 32,
      scale: true,
      boundaryGap: ['4%', '8%'],
    },
    series: [
      {
        type: 'line',
        name: frontName,
        // Steps: left of and above them lies no model.
        step: 'end',
        data: front.map(({ latency, accuracy }) => [latency, 100 * accuracy]),
        symbol: 'none',
        silent: true,
        lineStyle: { color: frontColour, width: 2, type: 'dashed' },
        z: 1,
      },
      ...methods
        .map((method) => ({ method, own: points.filter(({ model }) => model.method === method) }))
        .filter(({ own }) => own.length > 0)
        .map(({ method, own }) => ({
          type: 'scatter' as const,
          name: methodNames[method],
          symbolSize: 13,
          cursor: 'pointer',
          itemStyle: { color: methodColours[method], opacity: 1 },
          data: own.map(({ model, latency, accuracy }) => ({
            name: model.reference,
            value: [latency, 100 * accuracy],
            // The place in the table of the front.
            label: {
              show: places.has(model.reference),
              formatter: String(places.get(model.reference) ?? ''),
              position: 'top' as const,
              fontWeight: 'bold' as const,
              color: ink,
            },
          })),
          z: 2,
        })),
    ],
  };
}

const wordsOf = ({ model, accuracy, part, latency }: MeasuredModel): string =>
  [
    model.reference,
    `${methodNames[model.method]}, ${model.architecture}`,
    `${percent(accuracy)} accuracy (${part})`,
    `${milliseconds(latency)} p50`,
    `${short(model.parameters)} parameters, ${bytes(model.fileBytes)}`,
  ].join('\n');

// Ends of the axis: one significant digit, so that points stay off the edges without whole empty decades.
const roundDown = (value: number): number => step(value, Math.floor);
const roundUp = (value: number): number => step(value, Math.ceil);
function step(value: number, round: (value: number) => number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  return round(value / decade) * decade;
}
