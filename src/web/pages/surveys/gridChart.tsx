/** A grid's mean accuracies with their intervals: along what varies, a series for each kind of targets. */
import { useMemo } from 'react';
import { categories, percentages } from '../../components/axes.ts';
import { Chart } from '../../components/chart.tsx';
import { palette } from '../../components/colours.ts';
import { percent } from '../../components/format.ts';
import type { Plot } from '../../components/plot.ts';
import { symbolOf } from '../../components/symbols.ts';
import {
  compareSetting,
  grouped,
  placeText,
  settingNames,
  settingText,
  targetNames,
  varying,
  type SurveyCell,
  type SurveyGrid,
  type SurveyPlace,
} from './report.ts';

interface Props {
  readonly grid: SurveyGrid;
  readonly cells: ReadonlyMap<string, SurveyCell>;
  /** The teacher's accuracy, as a line to look up to. */
  readonly teacher: number;
}

export function GridChart({ grid, cells, teacher }: Props) {
  const plot = useMemo(() => plotOf({ grid, cells, teacher }), [grid, cells, teacher]);
  return (
    <Chart
      plot={plot}
      label={`Mean accuracy in per cent with 95 % intervals over seeds: ${grid.question}`}
      height={380}
    />
  );
}

/** Of the space of a category, between two series that share it, and that all of them take at most. */
const [usualGap, together] = [0.1, 0.7] as const;

function plotOf({ grid, cells, teacher }: Props): Plot {
  const vary = varying(grid.points);
  const [along, ...others] = vary;
  const categoryOf = (place: SurveyPlace) => (along ? settingText(place, along) : place.architecture);
  const ordered = along ? grid.points.toSorted((a, b) => compareSetting(a[along], b[along])) : grid.points;
  const names = [...new Set(ordered.map(categoryOf))];
  const seriesOf = (place: SurveyPlace) =>
    [
      ...(along ? [place.architecture] : []),
      targetNames[place.targets],
      ...others.map((each) => `${settingNames[each].toLowerCase()} ${settingText(place, each)}`),
    ].join(', ');
  const series = grouped(grid.points, seriesOf);
  const gap = Math.min(usualGap, together / series.size);
  const means = grid.points.flatMap(({ cell }) => cells.get(cell)?.accuracy ?? []);
  const ends = means.flatMap(({ mean, interval }) => (interval ? [interval.low, interval.high] : [mean]));
  return {
    x: categories(along ? settingNames[along] : 'Network and size', names),
    y: percentages('Mean accuracy', [...ends, teacher]),
    across: { y: 100 * teacher, label: `teacher ${percent(teacher, 1)}` },
    series: [...series].map(([name, places], index) => {
      const measured = places.flatMap((place) => {
        const cell = cells.get(place.cell);
        return cell ? [{ place, cell }] : [];
      });
      return {
        name,
        colour: palette[index % palette.length]!,
        symbol: symbolOf(index, palette.length),
        points: measured.map(({ place, cell: { accuracy } }) => ({
          x: names.indexOf(categoryOf(place)) + (index - (series.size - 1) / 2) * gap,
          y: 100 * accuracy.mean,
          interval: accuracy.interval && {
            low: 100 * accuracy.interval.low,
            high: 100 * accuracy.interval.high,
          },
        })),
        words: (at) => {
          const { place, cell } = measured[at]!;
          const { mean, interval } = cell.accuracy;
          return [
            placeText(place, vary),
            `${percent(mean)}, ${cell.seeds.length} ${cell.seeds.length === 1 ? 'seed' : 'seeds'}`,
            ...(interval ? [`${percent(interval.low)} to ${percent(interval.high)}`] : []),
          ];
        },
      };
    }),
  };
}
