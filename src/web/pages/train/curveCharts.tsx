/** Two line charts: the loss over the steps, and the validation accuracy over the epochs. */
import { Group, Text } from '@mantine/core';
import { useMemo, type ReactNode } from 'react';
import { Chart, type ChartOption } from '../../components/chart.tsx';
import { palette } from '../../components/colours.ts';
import type { Curves } from './curves.ts';

export interface NamedCurves {
  readonly name: string;
  readonly curves: Curves;
}

/** The second run is dashed as well as of another colour. */
const styles = [
  { color: palette[1], type: 'solid', symbol: 'circle', dashes: undefined },
  { color: palette[0], type: 'dashed', symbol: 'diamond', dashes: '6 4' },
] as const;

interface Line {
  readonly name: string;
  readonly data: readonly (readonly [x: number, y: number | null])[];
}

interface Axes {
  readonly x: string;
  readonly y: string;
  readonly digits: number;
  readonly unit: string;
  /** Points are few and whole numbers apart. */
  readonly marked: boolean;
}

const lossAxes: Axes = { x: 'step', y: 'loss', digits: 4, unit: '', marked: false };
const accuracyAxes: Axes = { x: 'epoch', y: 'accuracy in %', digits: 2, unit: ' %', marked: true };

function useOption(lines: readonly Line[], { x, y, digits, unit, marked }: Axes): ChartOption {
  return useMemo(
    () => ({
      grid: { left: 8, right: 24, top: 10, bottom: 4, outerBoundsMode: 'same' },
      legend: { show: false },
      tooltip: {
        trigger: 'axis',
        valueFormatter: (value) => (typeof value === 'number' ? `${value.toFixed(digits)}${unit}` : '–'),
      },
      xAxis: {
        type: 'value',
        name: x,
        nameLocation: 'middle',
        nameGap: 26,
        min: marked ? 1 : 0,
        max: 'dataMax',
        splitLine: { show: false },
        axisLabel: { hideOverlap: true },
        ...(marked && { minInterval: 1 }),
      },
      yAxis: { type: 'value', name: y, nameTextStyle: { align: 'left' }, scale: true },
      series: lines.map(({ name, data }, index) => {
        const { color, type, symbol } = styles[index] ?? styles[0];
        return {
          type: 'line' as const,
          name,
          data: data.map(([at, value]) => [at, value]),
          itemStyle: { color },
          lineStyle: { color, type, width: 2 },
          symbol,
          symbolSize: 7,
          // A phase of one point would have no line.
          showSymbol: marked || data.length < 12,
        };
      }),
    }),
    [lines, x, y, digits, unit, marked],
  );
}

export function LossChart({ shown }: { shown: readonly NamedCurves[] }) {
  const lines = useMemo(() => shown.map(({ name, curves }) => ({ name, data: curves.loss })), [shown]);
  const option = useOption(lines, lossAxes);
  return (
    <Figure caption="Loss over the steps">
      <Chart
        option={option}
        height={280}
        label={labelOf('Line chart of the training loss over the steps', shown)}
      />
    </Figure>
  );
}

export function AccuracyChart({ shown }: { shown: readonly NamedCurves[] }) {
  const lines = useMemo(
    () =>
      shown.map(({ name, curves }) => ({
        name,
        data: curves.epochs.map(
          ({ number, accuracy }) => [number, accuracy === null ? null : 100 * accuracy] as const,
        ),
      })),
    [shown],
  );
  const option = useOption(lines, accuracyAxes);
  return (
    <Figure caption="Validation accuracy over the epochs">
      <Chart
        option={option}
        height={280}
        label={labelOf('Line chart of the validation accuracy over the epochs', shown)}
      />
    </Figure>
  );
}

/** Of both charts; names wrap where the page is narrow, as they could not on a canvas. */
export function CurveLegend({ names }: { names: readonly string[] }) {
  return (
    <Group gap="lg" component="ul" m={0} p={0} style={{ listStyle: 'none' }} aria-label="Runs in the charts">
      {names.map((name, index) => {
        const { color, dashes } = styles[index] ?? styles[0];
        return (
          <Group key={name} component="li" gap="xs" wrap="nowrap">
            <svg width={32} height={4} aria-hidden style={{ flexShrink: 0 }}>
              <line x1={0} x2={32} y1={2} y2={2} stroke={color} strokeWidth={3} strokeDasharray={dashes} />
            </svg>
            <Text size="sm">{name}</Text>
          </Group>
        );
      })}
    </Group>
  );
}

function Figure({ caption, children }: { caption: string; children: ReactNode }) {
  return (
    <figure style={{ margin: 0, minWidth: 0 }}>
      <Text component="figcaption" fw={600} size="sm" mb={4}>
        {caption}
      </Text>
      {children}
    </figure>
  );
}

const labelOf = (what: string, shown: readonly NamedCurves[]): string =>
  `${what}: ${shown.map(({ name }) => name).join(' and ')}. The table of epochs has the numbers.`;
