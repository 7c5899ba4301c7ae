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
      const { series, across } = drawn();
      if (across) drawAcross(chart, across.y);
      for (const each of series) drawIntervals(chart, each);
    },
    afterDatasetsDraw: (chart) => {
      const { series, across, ink } = drawn();
      for (const each of series) {
        for (const { x, y, mark } of each.points) {
          if (mark === undefined || y === null) continue;
          write(chart, mark, { x: chart.scales.x!.getPixelForValue(x), y: heightOf(chart, y) - above }, ink);
        }
      }
      if (across) nameAcross(chart, across, ink);
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

function drawAcross(chart: Chart, y: number): void {
  const { ctx, chartArea } = chart;
  const at = heightOf(chart, y);
  ctx.save();
  ctx.strokeStyle = neutral;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([2, 3]);
  ctx.beginPath();
  ctx.moveTo(chartArea.left, at);
  ctx.lineTo(chartArea.right, at);
  ctx.stroke();
  ctx.restore();
}

/** At the right end of the line; below it where there is no room above. */
function nameAcross(chart: Chart, { y, label }: NonNullable<Plot['across']>, ink: Ink): void {
  const at = heightOf(chart, y);
  const { top, right } = chart.chartArea;
  write(chart, label, { x: right - 4, y: at < top + 18 ? at + 17 : at - 3 }, ink, 'right');
}

function write(
  { ctx }: Chart,
  words: string,
  { x, y }: { x: number; y: number },
  { text, surface }: Ink,
  align: 'center' | 'right' = 'center',
): void {
  ctx.save();
  ctx.font = `${align === 'center' ? 'bold ' : ''}12px system-ui, sans-serif`;
  ctx.textAlign = align;
  ctx.textBaseline = 'bottom';
  ctx.fillStyle = text;
  // An outline parts them from points and lines behind them.
  ctx.strokeStyle = surface;
  ctx.lineWidth = 3;
  ctx.lineJoin = 'round';
  ctx.strokeText(words, x, y);
  ctx.fillText(words, x, y);
  ctx.restore();
}

const heightOf = ({ scales }: Chart, y: number): number => scales.y!.getPixelForValue(y);
