/** Ends and ticks of charts' axes that leave room around the values and fall on round numbers. */
import { count } from './format.ts';

const steps = [1, 2, 5] as const;

/** A logarithmic axis with a tick at 1, 2 and 5 of each decade, or at each decade where there are many. */
export function logarithmic(values: readonly number[]) {
  const rightful = values.filter((value) => value > 0);
  if (rightful.length === 0) return { type: 'log' as const };
  const low = Math.min(...rightful) / 1.25;
  const high = Math.max(...rightful) * 1.25;
  const decades = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, index) => Math.floor(Math.log10(low)) + index,
  );
  const round = decades.flatMap((decade) => steps.map((step) => Number(`${step}e${decade}`)));
  const min = round.findLast((value) => value <= low) ?? low;
  const max = round.find((value) => value >= high) ?? high;
  const within = round.filter((value) => value >= min && value <= max);
  const few = within.length > 9 ? within.filter((value) => Number.isInteger(Math.log10(value))) : within;
  return {
    type: 'log' as const,
    min,
    max,
    axisTick: { customValues: few },
    axisLabel: { customValues: few, formatter: plain },
  };
}

/** A linear axis in per cent, from a round number to a round number. */
export function percentages(shares: readonly number[]) {
  if (shares.length === 0) return { type: 'value' as const };
  const low = 100 * Math.max(0, Math.min(...shares));
  const high = 100 * Math.min(1, Math.max(...shares));
  const interval = [0.5, 1, 2, 5, 10].find((step) => (high - low) / step <= 7) ?? 20;
  return {
    type: 'value' as const,
    min: Math.floor(low / interval) * interval,
    max: Math.ceil(high / interval) * interval,
    interval,
  };
}

const plain = (value: number): string => (value >= 1 ? count(value) : String(Number(value.toPrecision(2))));
