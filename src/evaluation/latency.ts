/** Latencies of single reviews, kept in a high dynamic range histogram. */
import { build } from 'hdr-histogram-js';
import { defaultTailMargin, samplesNeeded } from './samples.ts';
import type { ReportedPercentile } from './samples.ts';

/** Milliseconds. A percentile is null where there are too few samples for it: see {@link samplesNeeded}. */
export interface LatencySummary {
  samples: number;
  p50Ms: number | null;
  p90Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  meanMs: number;
}

/** Counts microseconds with three significant digits: a percentile is off by 0.1 % at most, however long a review takes. */
export class LatencyRecorder {
  readonly #histogram = build({
    lowestDiscernibleValue: 1,
    numberOfSignificantValueDigits: 3,
    autoResize: true,
  });
  #totalMs = 0;

  record(milliseconds: number): void {
    this.#histogram.recordValue(Math.round(milliseconds * 1000));
    this.#totalMs += milliseconds;
  }

  /** @param tailMargin how far a percentile may be off, as a share of the tail beyond it */
  summary(tailMargin = defaultTailMargin): LatencySummary {
    const samples = this.#histogram.totalCount;
    const percentileMs = (percentile: ReportedPercentile) =>
      samples < samplesNeeded(percentile, tailMargin)
        ? null
        : this.#histogram.getValueAtPercentile(percentile) / 1000;
    return {
      samples,
      p50Ms: percentileMs(50),
      p90Ms: percentileMs(90),
      p95Ms: percentileMs(95),
      p99Ms: percentileMs(99),
      meanMs: samples === 0 ? 0 : this.#totalMs / samples,
    };
  }
}
