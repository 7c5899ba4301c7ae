/** A grid's mean accuracies with their intervals: along what varies, a series for each kind of targets. */
import { useMemo } from 'react';
import { Chart, type ChartOption } from '../../components/chart.tsx';
import { palette } from '../../components/colours.ts';
import { percent } from '../../components/format.ts';
import { percentages } from '../../components/axes.ts';
import { errorBars } from '../../components/errorBars.ts';
import { lineLabel, useInk, type Ink } from '../../components/useInk.ts';
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
  const ink = useInk();
  const option = useMemo(() => optionOf({ grid, cells, teacher }, ink), [grid, cells, teacher, ink]);
  return (
    <Chart
      option={option}
      label={`Mean accuracy in per cent with 95 % intervals over seeds: ${grid.question}`}
      height={360}
    />
  );
}

const symbols = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'pin'];
/** Pixels between series that share a place. */
const gap = 10;

function optionOf({ grid, cells, teacher }: Props, ink: Ink): ChartOption {
  const vary = varying(grid.points);
  const [along, ...others] = vary;
  const categoryOf = (place: SurveyPlace) => (along ? settingText(place, along) : place.architecture);
  const ordered = along ? grid.points.toSorted((a, b) => compareSetting(a[along], b[along])) : grid.points;
  const categories = [...new Set(ordered.map(categoryOf))];
  const seriesOf = (place: SurveyPlace) =>
    [
      ...(along ? [place.architecture] : []),
      targetNames[place.targets],
      ...others.map((each) => `${settingNames[each].toLowerCase()} ${settingText(place, each)}`),
    ].join(', ');
  const series = grouped(grid.points, seriesOf);
  const means = grid.points.flatMap(({ cell }) => cells.get(cell)?.accuracy ?? []);
  const ends = means.flatMap(({ mean, interval }) => (interval ? [interval.low, interval.high] : [mean]));
  return {
    grid: { left: 56, right: 24, top: 36, bottom: 92 },
    legend: { type: 'scroll', bottom: 0 },
    tooltip: { trigger: 'item' },
    xAxis: {
      type: 'category',
      data: categories,
      name: along ? settingNames[along] : 'Network and size',
      nameLocation: 'middle',
      nameGap: 30,
    },
    yAxis: { name: 'Accuracy (%)', nameTextStyle: { align: 'left' }, ...percentages([...ends, teacher]) },
    series: [...series].flatMap(([name, places], index) => {
      const colour = palette[index % palette.length]!;
      const dodge = (index - (series.size - 1) / 2) * gap;
      const points = places.flatMap((place) => {
        const cell = cells.get(place.cell);
        return cell ? [{ place, cell, x: categories.indexOf(categoryOf(place)) }] : [];
      });
      const bars = points.flatMap(({ x, cell: { accuracy } }) =>
        accuracy.interval
          ? [{ x, low: 100 * accuracy.interval.low, high: 100 * accuracy.interval.high }]
          : [],
      );
      return [
        errorBars(name, colour, bars, dodge),
        {
          type: 'scatter' as const,
          name,
          data: points.map(({ x, cell }) => [x, 100 * cell.accuracy.mean]),
          symbol: symbols[index % symbols.length]!,
          symbolSize: 10,
          symbolOffset: [dodge, 0],
          itemStyle: { color: colour },
          z: 3,
          tooltip: {
            formatter: (picked: unknown) => {
              const point = points[(picked as { dataIndex: number }).dataIndex];
              if (!point) return '';
              const { mean, interval } = point.cell.accuracy;
              const range = interval ? `\n${percent(interval.low)} to ${percent(interval.high)}` : '';
              return `${placeText(point.place, vary)}\n${percent(mean)}, ${point.cell.seeds.length} seeds${range}`;
            },
          },
          ...(index === 0 && {
            markLine: {
              symbol: 'none',
              silent: true,
              data: [{ yAxis: 100 * teacher }],
              lineStyle: { color: '#7f7f7f', type: 'dashed' as const },
              label: lineLabel(ink, `teacher ${percent(teacher, 1)}`, 'insideEndBottom'),
            },
          }),
        },
      ];
    }),
  };
}
