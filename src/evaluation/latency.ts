/** Latencies of single reviews, kept in a high dynamic range histogram. */
import { build } from 'hdr-histogram-js';

export interface LatencySummary {
  samples: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
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

  /** Zeros where nothing was recorded; `samples` tells. */
  summary(): LatencySummary {
    const samples = this.#histogram.totalCount;
    const percentileMs = (percentile: number) => this.#histogram.getValueAtPercentile(percentile) / 1000;
    return {
      samples,
      p50Ms: percentileMs(50),
      p95Ms: percentileMs(95),
      p99Ms: percentileMs(99),
      meanMs: samples === 0 ? 0 : this.#totalMs / samples,
    };
  }
}
