/** Numbers, durations and dates as the dashboard writes them. A number and its unit stay on one line. */
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const moment = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** 12,345 */
export const count = (value: number): string => whole.format(value);

/** 0.9012 as 90.12 %. */
export const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)}\u00a0%`;

/** Points of a percentage, with a sign. */
export const points = (difference: number): string =>
  `${difference > 0 ? '+' : difference < 0 ? '−' : ''}${Math.abs(100 * difference).toFixed(2)}`;

/** Below a thousandth, how small it is says no more. */
export const pValue = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

/** Milliseconds with two significant digits below 10, else whole ones. */
export function milliseconds(value: number): string {
  if (value >= 10) return `${whole.format(value)}\u00a0ms`;
  return `${value >= 1 ? value.toFixed(1) : value.toFixed(2)}\u00a0ms`;
}

/** 1,234,567 as 1.2 M. */
export function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}\u00a0M`;
  return value >= 1e4 ? `${(value / 1e3).toFixed(0)}\u00a0k` : whole.format(value);
}

/** Bytes as MB or kB. */
export function bytes(value: number): string {
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)}\u00a0MB` : `${whole.format(value / 1e3)}\u00a0kB`;
}

/** 3,725 seconds as 1 h 2 min. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)}\u00a0s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes}\u00a0min`;
  return `${Math.floor(minutes / 60)}\u00a0h\u00a0${minutes % 60}\u00a0min`;
}

export const dateTime = (iso: string): string => moment.format(new Date(iso));

/** HARD_LABEL_TRAINING as hard label training. */
export const words = (name: string): string => name.toLowerCase().replaceAll('_', ' ');
