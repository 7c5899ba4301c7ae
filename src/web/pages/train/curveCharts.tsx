/** Two line charts: the loss over the steps, and the validation accuracy over the epochs. */
import { Center, Text } from '@mantine/core';
import { useMemo, type ReactNode } from 'react';
import { wholeNumbers } from '../../components/axes.ts';
import { Chart } from '../../components/chart.tsx';
import { palette } from '../../components/colours.ts';
import { count, percent } from '../../components/format.ts';
import { Legend } from '../../components/legend.tsx';
import type { Plot, Point, Series } from '../../components/plot.ts';
import type { Curves } from './curves.ts';

export interface NamedCurves {
  readonly name: string;
  readonly curves: Curves;
}

/** The second run is dashed as well as of another colour. */
const looks = [
  { colour: palette[1], line: 'solid', symbol: 'circle' },
  { colour: palette[0], line: 'dashed', symbol: 'diamond' },
] as const;
const lookOf = (index: number) => looks[index] ?? looks[0];

/** Points of a line that are drawn themselves, not the line alone. */
const markedPoints = 24;
const height = 280;

export function LossChart({ shown }: { shown: readonly NamedCurves[] }) {
  const plot = useMemo((): Plot => {
    const lines = shown.map(({ name, curves }) => ({
      name,
      points: curves.loss.map(([x, y]) => ({ x, y })),
      told: ({ x, y }: Point) => [`Step ${count(x)}`, `${name}: ${y?.toFixed(4) ?? '–'}`],
    }));
    return {
      x: wholeNumbers('Step', 0, lastOf(lines)),
      y: { title: 'Loss', scale: 'linear' },
      series: lines.map(seriesOf),
    };
  }, [shown]);
  return (
    <Figure
      caption="Loss over the steps"
      plot={plot}
      label={labelOf('Line chart of the training loss over the steps', shown)}
      few="The loss is told about twice a second: a line needs a longer training."
    />
  );
}

export function AccuracyChart({ shown }: { shown: readonly NamedCurves[] }) {
  const plot = useMemo((): Plot => {
    const lines = shown.map(({ name, curves }) => ({
      name,
      points: curves.epochs.map(({ number, accuracy }) => ({
        x: number,
        y: accuracy === null ? null : 100 * accuracy,
      })),
      told: ({ x, y }: Point) => [`Epoch ${count(x)}`, `${name}: ${y === null ? '–' : percent(y / 100)}`],
    }));
    return {
      x: wholeNumbers('Epoch', 1, lastOf(lines)),
      y: { title: 'Accuracy (%)', scale: 'linear' },
      series: lines.map(seriesOf),
    };
  }, [shown]);
  return (
    <Figure
      caption="Validation accuracy over the epochs"
      plot={plot}
      label={labelOf('Line chart of the validation accuracy over the epochs', shown)}
      few="The accuracy is measured after each epoch: a line begins with the second one."
    />
  );
}

/** Of both charts. */
export function CurveLegend({ names }: { names: readonly string[] }) {
  return <Legend entries={names.map((name, index) => ({ name, ...lookOf(index) }))} />;
}

interface Line {
  readonly name: string;
  readonly points: readonly Point[];
  readonly told: (point: Point) => readonly string[];
}

function seriesOf({ name, points, told }: Line, index: number): Series {
  const { symbol, ...look } = lookOf(index);
  return {
    name,
    ...look,
    symbol: points.length <= markedPoints ? symbol : undefined,
    points,
    words: (at) => told(points[at]!),
  };
}

const lastOf = (lines: readonly Line[]): number =>
  Math.max(1, ...lines.map(({ points }) => points.at(-1)?.x ?? 0));

function Figure({
  caption,
  plot,
  label,
  few,
}: {
  caption: string;
  plot: Plot;
  label: string;
  /** What is said where there is no line yet. */
  few: ReactNode;
}) {
  const longest = Math.max(...plot.series.map(({ points }) => points.length));
  return (
    <figure style={{ margin: 0, minWidth: 0 }}>
      <Text component="figcaption" fw={600} size="sm" mb={4}>
        {caption}
      </Text>
      {longest > 0 ? (
        <Chart plot={plot} height={height} legend={false} reach="column" label={label} />
      ) : (
        <Center h={height}>
          <Text size="sm">Nothing yet.</Text>
        </Center>
      )}
      {longest < 2 && (
        <Text size="xs" c="dimmed" mt={4}>
          {few}
        </Text>
      )}
    </figure>
  );
}

const labelOf = (what: string, shown: readonly NamedCurves[]): string =>
  `${what}: ${shown.map(({ name }) => name).join(' and ')}. The table of epochs has the numbers.`;
