/** Types of a benchmark's report, and how its entries are named and coloured on the page. */
import type { BenchmarkPageQuery } from '../../api/operations.ts';
import { palette } from '../../components/colours.ts';
import { count } from '../../components/format.ts';
import { symbolOf } from '../../components/symbols.ts';

export type BenchmarkReport = NonNullable<BenchmarkPageQuery['benchmark']>;
export type BenchmarkEntry = BenchmarkReport['entries'][number];
/** A point of the latency/throughput curve. */
export type LoadPoint = BenchmarkEntry['curve'][number];
export type BenchmarkLatency = NonNullable<BenchmarkEntry['latency']>;

export const referenceOf = ({ model, version }: BenchmarkEntry): string => `${model}@${version}`;

/** The same colour and shape in each chart of the report. Shapes too, since there are more models than colours. */
export const lookOf = (index: number) => ({
  colour: palette[index % palette.length]!,
  symbol: symbolOf(index, palette.length),
});

/** The latency at one of the percentiles that are reported. */
export function latencyAt(latency: BenchmarkLatency | null, percentile: number): number | null {
  if (!latency) return null;
  const { p50Ms, p90Ms, p95Ms, p99Ms } = latency;
  return (
    new Map([
      [50, p50Ms],
      [90, p90Ms],
      [95, p95Ms],
      [99, p99Ms],
    ]).get(percentile) ?? null
  );
}

/** How hard a model was driven at a point of its curve. */
export function loadOf({ concurrency, ratePerSecond }: LoadPoint): string {
  if (concurrency !== null) return `${count(concurrency)} ${concurrency === 1 ? 'client' : 'clients'}`;
  return ratePerSecond === null ? '' : `${count(ratePerSecond)} arrivals/s`;
}

/** Whether the percentile of the report is known anywhere under load; the server draws its chart of nothing else. */
export const hasTail = ({ entries, percentile }: BenchmarkReport): boolean =>
  entries.some(({ curve }) => curve.some(({ latency }) => latencyAt(latency, percentile) !== null));
