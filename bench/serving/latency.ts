/** Latencies as the result file has them. */
import type { LatencyRecorder } from '../../src/evaluation/latency.ts';

export interface Latency {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Percentiles of however few samples: that every round is told says how far they can be trusted. Zeros of none. */
export function latencyOf(recorder: LatencyRecorder): Latency {
  const { samples, p50Ms, p95Ms, p99Ms } = recorder.summary(Infinity);
  return { samples, p50Ms: p50Ms ?? 0, p95Ms: p95Ms ?? 0, p99Ms: p99Ms ?? 0 };
}
