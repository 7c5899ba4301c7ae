/** Error bars: a custom series of ECharts, drawn under the points that they belong to. */
import type { CustomSeriesOption } from 'echarts/charts';

export interface ErrorBar {
  /** A number, or the place of a category. */
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

/** Half the width of the caps, in pixels. */
const cap = 4;

/**
 * @param name of the series of points, so that the legend hides both
 * @param dodge pixels to the right, for series that share their places
 */
export function errorBars(
  name: string,
  colour: string,
  bars: readonly ErrorBar[],
  dodge = 0,
): CustomSeriesOption {
  return {
    type: 'custom',
    name,
    data: bars.map(({ x, low, high }) => [x, low, high]),
    encode: { x: 0, y: [1, 2] },
    itemStyle: { color: colour },
    silent: true,
    tooltip: { show: false },
    z: 1,
    clip: true,
    renderItem: (_, api) => {
      const [x = 0, top = 0] = api.coord([api.value(0), api.value(2)]);
      const [, bottom = 0] = api.coord([api.value(0), api.value(1)]);
      const at = x + dodge;
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line' as const,
        shape: { x1, y1, x2, y2 },
        style: { stroke: colour, lineWidth: 1.5, opacity: 0.75 },
      });
      return {
        type: 'group',
        children: [
          line(at, top, at, bottom),
          line(at - cap, top, at + cap, top),
          line(at - cap, bottom, at + cap, bottom),
        ],
      };
    },
  };
}
