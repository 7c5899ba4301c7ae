/** A plot in the words of Chart.js. Only what is registered here is part of the page. */
import {
  Chart,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
  type ChartDataset,
  type ChartOptions,
  type ScaleOptionsByType,
} from 'chart.js';
import type { Axis } from './axes.ts';
import { dashesOf } from './legend.tsx';
import type { Plot, Series } from './plot.ts';
import { shapes } from './symbols.ts';
import type { Ink } from './useInk.ts';

Chart.register(LinearScale, LineController, LineElement, LogarithmicScale, PointElement, Tooltip);
Chart.defaults.font.family = 'system-ui, sans-serif';

export type Reach = 'point' | 'column';

/** Pixels; smaller where points are many. */
const [radius, smallRadius, many] = [6, 4.5, 60] as const;

type Inked = Plot & { readonly ink: Ink };

/**
 * @param reach which points are told about: the one under the pointer, or those above and below it
 * @param open goes to the address of a point that was clicked
 */
export const configurationOf = (plot: Inked, reach: Reach, open: (href: string) => void) => ({
  type: 'line' as const,
  data: { datasets: datasetsOf(plot) },
  options: optionsOf(plot, reach, open),
});

function datasetsOf({ series, ink }: Inked): ChartDataset<'line'>[] {
  const small = series.reduce((sum, { points }) => sum + points.length, 0) > many;
  return series.map((each) => ({
    label: each.name,
    data: each.points.map(({ x, y }) => ({ x, y: y ?? NaN })),
    backgroundColor: each.colour,
    borderColor: each.colour,
    borderWidth: 2,
    borderDash: dashesOf(each.line),
    showLine: each.line !== undefined,
    // Axes reach around all points, and one at their end is drawn whole.
    clip: false,
    stepped: each.line === 'steps' ? 'before' : false,
    ...pointsOf(each, small ? smallRadius : radius, ink),
  }));
}

function pointsOf(
  { symbol, words, line }: Series,
  size: number,
  { surface }: Ink,
): Partial<ChartDataset<'line'>> {
  // On a line they need less room.
  const pointRadius = symbol ? shapes[symbol].scale * (line ? Math.min(size, smallRadius) : size) : 0;
  return {
    pointRadius,
    pointHitRadius: words ? 4 : 0,
    pointHoverRadius: words ? Math.max(smallRadius, pointRadius) + 1.5 : 0,
    pointHoverBorderWidth: 1,
    // Parts those that overlap.
    pointBorderColor: surface,
    pointBorderWidth: 1,
    ...(symbol && { pointStyle: shapes[symbol].style, pointRotation: shapes[symbol].turned }),
  };
}

function optionsOf(
  { series, x, y, ink }: Inked,
  reach: Reach,
  open: (href: string) => void,
): ChartOptions<'line'> {
  const hrefOf = (picked: readonly { datasetIndex: number; index: number }[]) =>
    picked.map(({ datasetIndex, index }) => series[datasetIndex]?.points[index]?.href).find(Boolean);
  const wordsOf = ({ datasetIndex, dataIndex }: { datasetIndex: number; dataIndex: number }) =>
    series[datasetIndex]?.words?.(dataIndex) ?? [];
  return {
    animation: false,
    maintainAspectRatio: false,
    locale: 'en',
    interaction:
      reach === 'point'
        ? { mode: 'nearest', intersect: true }
        : { mode: 'nearest', axis: 'x', intersect: false },
    scales: { x: scaleOf(x, ink), y: scaleOf(y, ink) },
    onClick: (_, picked) => {
      const href = hrefOf(picked);
      if (href) open(href);
    },
    onHover: ({ native }, picked) => {
      const { target } = native ?? {};
      if (target instanceof HTMLElement) target.style.cursor = hrefOf(picked) ? 'pointer' : 'default';
    },
    plugins: {
      tooltip: {
        backgroundColor: ink.surface,
        borderColor: ink.faint,
        borderWidth: 1,
        titleColor: ink.text,
        bodyColor: ink.text,
        padding: 10,
        displayColors: false,
        filter: (item) => series[item.datasetIndex]?.words !== undefined,
        callbacks: {
          title: ([first]) => (first ? wordsOf(first)[0] : undefined),
          label: (item) => wordsOf(item).slice(1),
        },
      },
    },
  };
}

type Scale = ScaleOptionsByType<'linear'> | ScaleOptionsByType<'logarithmic'>;

function scaleOf({ title, scale, min, max, ticks, format, keepsLabels = false }: Axis, { text, faint }: Ink) {
  return {
    type: scale,
    ...(min === undefined ? { grace: '5%' } : { min, max }),
    title: { display: true, text: title, color: text },
    border: { color: faint },
    grid: { color: faint, tickColor: faint },
    ticks: {
      color: text,
      ...(format && { callback: (value: number | string) => format(Number(value)) }),
      autoSkip: !keepsLabels,
      maxRotation: keepsLabels ? 60 : 0,
    },
    ...(ticks && {
      afterBuildTicks: (axis: { ticks: { value: number }[] }) => {
        axis.ticks = ticks.map((value) => ({ value }));
      },
    }),
  } as unknown as Scale;
}
