/** What is drawn beside points and lines: error bars, words above a point, and a line across the chart. */
import type { Chart, Plugin } from 'chart.js';
import type { Plot, Series } from './plot.ts';
import type { Ink } from './useInk.ts';

/** Half the width of an error bar's ends, in pixels. */
const cap = 4;
/** Pixels between a point's middle and the words above it. */
const above = 9;
const neutral = '#7f7f7f';

/** @param drawn what the chart shows now */
export function marks(drawn: () => Plot & { readonly ink: Ink }): Plugin<'line'> {
  return {
    id: 'marks',
    beforeDatasetsDraw: (chart) => {
      const { series, across, ink } = drawn();
      if (across) drawAcross(chart, across, ink);
      for (const each of series) drawIntervals(chart, each);
    },
    afterDatasetsDraw: (chart) => {
      const { series, ink } = drawn();
      for (const each of series) drawWords(chart, each, ink);
    },
  };
}

function drawIntervals({ ctx, scales }: Chart, { points, colour }: Series): void {
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  for (const { x, interval } of points) {
    if (!interval) continue;
    const at = scales.x!.getPixelForValue(x);
    const [bottom, top] = [interval.low, interval.high].map((end) => scales.y!.getPixelForValue(end));
    ctx.moveTo(at, top!);
    ctx.lineTo(at, bottom!);
    for (const end of [top!, bottom!]) {
      ctx.moveTo(at - cap, end);
      ctx.lineTo(at + cap, end);
    }
  }
  ctx.stroke();
  ctx.restore();
}

function drawWords({ ctx, scales }: Chart, { points }: Series, { text, surface }: Ink): void {
  ctx.save();
  ctx.font = 'bold 12px system-ui, sans-serif';
  ctx.textAlign = 'center';
  ctx.textBaseline = 'bottom';
  ctx.fillStyle = text;
  // An outline parts them from points and lines behind them.
  ctx.strokeStyle = surface;
  ctx.lineWidth = 3;
  ctx.lineJoin = 'round';
  for (const { x, y, mark } of points) {
    if (mark === undefined || y === null) continue;
    const [left, top] = [scales.x!.getPixelForValue(x), scales.y!.getPixelForValue(y) - above];
    ctx.strokeText(mark, left, top);
    ctx.fillText(mark, left, top);
  }
  ctx.restore();
}

function drawAcross(
  { ctx, scales, chartArea: { left, right } }: Chart,
  { y, label }: NonNullable<Plot['across']>,
  { text }: Ink,
): void {
  const at = scales.y!.getPixelForValue(y);
  ctx.save();
  ctx.strokeStyle = neutral;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([2, 3]);
  ctx.beginPath();
  ctx.moveTo(left, at);
  ctx.lineTo(right, at);
  ctx.stroke();
  ctx.font = '12px system-ui, sans-serif';
  ctx.fillStyle = text;
  ctx.textAlign = 'right';
  // Below it where there is no room above.
  const low = at < scales.y!.top + 18;
  ctx.textBaseline = low ? 'top' : 'bottom';
  ctx.fillText(label, right - 4, at + (low ? 4 : -3));
  ctx.restore();
}
