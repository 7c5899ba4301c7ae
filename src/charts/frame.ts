/** What stands around a chart: its axes and its legend. */
import type { LegendComponentOption, XAXisComponentOption, YAXisComponentOption } from 'echarts';
import { pictureWidth } from './picture.ts';

const gridColour = '#e3e3e3';
const axis = {
  type: 'value',
  nameLocation: 'middle',
  nameTextStyle: { fontSize: 13, color: '#222' },
  axisLabel: { color: '#333', fontSize: 12 },
  axisLine: { show: true, onZero: false, lineStyle: { color: '#666' } },
} as const;

/** @param fromZero also where all numbers are far from it */
export const upright = (name: string, fromZero = false): YAXisComponentOption => ({
  ...axis,
  name,
  nameGap: 46,
  scale: !fromZero,
  splitLine: { lineStyle: { color: gridColour } },
});

interface Level {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** What stands below the axis, and where. */
  readonly labels: ReadonlyMap<number, string>;
  /** Lines between groups, which then have the ticks. */
  readonly borders?: readonly number[];
  /** Degrees that the labels are turned by. */
  readonly rotate?: number;
}

/** A level axis with labels where there is something. */
export function level({ name, min, max, labels, borders, rotate = 0 }: Level): XAXisComponentOption {
  const { axisLabel, ...shared } = axis;
  const places = [...labels.keys()];
  return {
    ...shared,
    name,
    nameGap: 32,
    min,
    max,
    axisTick: { show: true, customValues: [...(borders ?? places)] },
    axisLabel: {
      ...axisLabel,
      customValues: places,
      formatter: (place: number) => labels.get(place) ?? '',
      hideOverlap: true,
      rotate,
    },
    splitLine: { show: borders !== undefined, lineStyle: { color: gridColour } },
  };
}

/**
 * Labels of a logarithmic axis at 1, 2 and 5 of each power of ten. Places are decimal logarithms, which the chart's own
 * log axis can't be given: it labels powers alone.
 */
export function logTicks(min: number, max: number): Map<number, string> {
  const powers = Array.from({ length: 12 }, (_, i) => 10 ** (i - 5));
  const ticks = powers.flatMap((power) => [1, 2, 5].map((digit) => Number((digit * power).toPrecision(1))));
  return new Map(
    ticks
      .map((tick): [number, string] => [Math.log10(tick), tick.toLocaleString('en')])
      .filter(([place]) => place >= min && place <= max),
  );
}

/** An upright axis of decimal logarithms. */
export const uprightLog = (name: string, min: number, max: number): YAXisComponentOption => {
  const labels = logTicks(min, max);
  const customValues = [...labels.keys()];
  return {
    ...axis,
    name,
    nameGap: 46,
    min,
    max,
    axisTick: { show: true, customValues },
    axisLabel: { ...axis.axisLabel, customValues, formatter: (place: number) => labels.get(place) ?? '' },
    splitLine: { lineStyle: { color: gridColour } },
  };
};

/** Below the chart. @param hasLines its series are lines, which take more room */
export const legend = (names: readonly string[], hasLines: boolean): LegendComponentOption => ({
  bottom: 4,
  data: [...new Set(names)],
  itemGap: 16,
  itemWidth: hasLines ? 34 : 12,
  itemHeight: 12,
  textStyle: { fontSize: 12, color: '#222' },
});

/** How high a legend of lines becomes, about: names that do not fit in a row begin another. */
export function legendHeight(names: readonly string[]): number {
  let [rows, filled] = [1, 0];
  for (const { length } of names) {
    const width = 62 + 6.6 * length;
    if (filled + width > pictureWidth) [rows, filled] = [rows + 1, 0];
    filled += width;
  }
  return 28 * rows;
}
