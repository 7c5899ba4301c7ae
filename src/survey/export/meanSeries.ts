/** Means over seeds in a chart, with their intervals as error bars. */
import type { CustomSeriesOption, SeriesOption } from 'echarts';
import type { Mark } from '../../charts/marks.ts';
import type { MeanOverSeeds } from '../report.ts';

/** A mean at a place of the level axis. */
interface MeanAt {
  readonly x: number;
  readonly value: MeanOverSeeds;
  /** The end of a line that is no measurement. */
  readonly isBare?: boolean;
}

interface MeanSeries {
  readonly name: string;
  readonly colour: string;
  readonly symbol: string;
  /** Joins the means; null: nothing does. */
  readonly line: Mark['line'] | null;
  readonly means: readonly MeanAt[];
}

/** Means of shares in per cent, each with its 95 % interval where it has one. */
export function meanSeries({ name, colour, symbol, line, means }: MeanSeries): SeriesOption[] {
  const shared = {
    name,
    symbol,
    symbolSize: 9,
    silent: true,
    z: 3,
    itemStyle: { color: colour, opacity: 1 },
    data: means.map(({ x, value, isBare }) => ({
      value: [x, 100 * value.mean],
      ...(isBare ? { symbol: 'none' } : {}),
    })),
  };
  const bars = means.flatMap(({ x, value: { interval }, isBare }): Bar[] => {
    return interval && !isBare
      ? [[x, 100 * Math.max(0, interval.low), 100 * Math.min(1, interval.high)]]
      : [];
  });
  return [
    line
      ? { ...shared, type: 'line', lineStyle: { type: line, width: 1.75 } }
      : { ...shared, type: 'scatter' },
    errorBars(bars, colour),
  ];
}

/** Place on the level axis, low and high on the upright one. */
type Bar = [number, number, number];

/** Each an upright line with a cap at both ends. */
function errorBars(data: readonly Bar[], colour: string): CustomSeriesOption {
  const cap = 4;
  return {
    type: 'custom',
    silent: true,
    z: 1,
    encode: { x: 0, y: [1, 2] },
    data: [...data],
    renderItem: (_, api) => {
      const [x = 0, low = 0] = api.coord([api.value(0), api.value(1)]);
      const [, high = 0] = api.coord([api.value(0), api.value(2)]);
      return {
        type: 'polyline',
        shape: {
          points: [
            [x - cap, low],
            [x + cap, low],
            [x, low],
            [x, high],
            [x - cap, high],
            [x + cap, high],
          ],
        },
        style: { stroke: colour, lineWidth: 1.25, fill: 'none' },
      };
    },
  };
}
