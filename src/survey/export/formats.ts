/** How numbers are told to a reader. */
import type { Interval } from '../../evaluation/intervals.ts';
import type { MeanOverSeeds } from '../report.ts';

export const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** A share of 0 to 1 in per cent, without the sign. */
export const percent = (share: number): string => (100 * share).toFixed(2);

/** A difference of two shares in percentage points. */
export function points(difference: number): string {
  const text = Math.abs(100 * difference).toFixed(2);
  if (Number(text) === 0) return text;
  return `${difference < 0 ? '−' : '+'}${text}`;
}

/** In percentage points. */
export const pointsRange = ({ low, high }: Interval): string => `${points(low)} to ${points(high)}`;

/** In per cent, with half the width of its interval, which lies evenly around it. */
export function meanPercent({ mean, interval }: MeanOverSeeds): string {
  return interval ? `${percent(mean)} ± ${percent((interval.high - interval.low) / 2)}` : percent(mean);
}

export const pValueText = (pValue: number): string => (pValue < 0.0001 ? '< 0.0001' : pValue.toFixed(4));

/** Three digits or more. */
export const milliseconds = (value: number): string => (value < 100 ? value.toPrecision(3) : whole(value));

export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** `1 run`, `2 runs` */
export const counted = (count: number, noun: string): string =>
  `${whole(count)} ${count === 1 ? noun : `${noun}s`}`;

export const day = (date: string): string => date.slice(0, 10);

/** How many seeds the means are over, and what their bars are. @param cells all that are shown */
export function seedsNote(cells: readonly { seeds: readonly number[] }[]): string {
  if (cells.length === 0) return 'No run came through.';
  const counts = cells.map(({ seeds }) => seeds.length);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) return 'One seed each, so there are no intervals.';
  const count = fewest === most ? String(most) : `${fewest} to ${most}`;
  return `Means over ${count} seeds; the bars are 95 % intervals over seeds.`;
}
