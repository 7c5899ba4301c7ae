/** Axes of charts, whose ends leave room around the values and fall on round numbers. */
import { count } from './format.ts';

export interface Axis {
  /** With the unit, as "Latency (ms)". */
  readonly title: string;
  readonly scale: 'linear' | 'logarithmic';
  readonly min?: number;
  readonly max?: number;
  /** Values with a label and a line; the library's choice where there are none. */
  readonly ticks?: readonly number[];
  /** The library's, with as many digits as the ticks need, where there is none. */
  readonly format?: (value: number) => string;
  /** Every label is needed: where they are too wide they are turned, not left out. */
  readonly keepsLabels?: boolean;
}

const steps = [1, 2, 5] as const;

/** A tick at 1, 2 and 5 of each decade, or at each decade where there are many. */
export function logarithmic(title: string, values: readonly number[]): Axis {
  const axis = { title, scale: 'logarithmic', format: plain } as const;
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return axis;
  const low = Math.min(...positive) / 1.25;
  const high = Math.max(...positive) * 1.25;
  const decades = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, index) => Math.floor(Math.log10(low)) + index,
  );
  const round = decades.flatMap((decade) => steps.map((step) => Number(`${step}e${decade}`)));
  const min = round.findLast((value) => value <= low) ?? low;
  const max = round.find((value) => value >= high) ?? high;
  const within = round.filter((value) => value >= min && value <= max);
  const few = within.filter((value) => Number.isInteger(Math.log10(value)));
  return { ...axis, min, max, ticks: within.length > 12 ? few : within };
}

/** From a round number to a round number. @param shares between 0 and 1; the axis itself is in per cent */
export function percentages(title: string, shares: readonly number[]): Axis {
  const axis = { title: `${title} (%)`, scale: 'linear', format: plain } as const;
  if (shares.length === 0) return axis;
  const low = 100 * Math.max(0, Math.min(...shares));
  const high = 100 * Math.min(1, Math.max(...shares));
  const step = [0.5, 1, 2, 5, 10].find((each) => (high - low) / each <= 7) ?? 20;
  const first = Math.floor(low / step);
  // Values that are all the same would leave no axis.
  const last = Math.max(Math.ceil(high / step), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
  return { ...axis, min: first * step, max: last * step, ticks };
}

/** Names at 0, 1, 2 and so on, each in the middle of a space of 1. */
export function categories(title: string, names: readonly string[]): Axis {
  return {
    title,
    scale: 'linear',
    min: -0.5,
    max: names.length - 0.5,
    ticks: names.map((_, index) => index),
    format: (value) => names[value] ?? '',
    keepsLabels: true,
  };
}

/** Whole numbers from the first one to the last one; a single one stands in the middle. */
export function wholeNumbers(title: string, first: number, last: number): Axis {
  const axis = { title, scale: 'linear', format: count } as const;
  if (last <= first) return { ...axis, min: first - 0.5, max: first + 0.5, ticks: [first] };
  const step = nice((last - first) / 8);
  const beyond = Math.floor(first / step) + 1;
  const ticks = Array.from(
    { length: Math.floor(last / step) - beyond + 1 },
    (_, index) => (beyond + index) * step,
  );
  return { ...axis, min: first, max: last, ticks: [first, ...ticks] };
}

/** @returns the smallest of 1, 2, 5, 10, 20 and so on that is not below the value */
function nice(value: number): number {
  const decade = 10 ** Math.max(0, Math.floor(Math.log10(value)));
  return decade * ([...steps, 10].find((step) => step * decade >= value) ?? 10);
}

const plain = (value: number): string =>
  value >= 1000 ? count(value) : String(Number(value.toPrecision(3)));
