/** A made-up report of two models. */
import type { BenchmarkEntry, BenchmarkReport, LoadPoint } from '../../src/benchmark/report.ts';
import type { LatencySummary } from '../../src/evaluation/latency.ts';

export const latencyOf = (p99Ms: number | null): LatencySummary => ({
  samples: 10_512,
  p50Ms: 1,
  p90Ms: 2,
  p95Ms: 3,
  p99Ms,
  meanMs: 1.5,
});

export const pointAt = (load: Partial<LoadPoint>, answeredPerSecond: number, p99Ms: number | null) => ({
  ...{ scenario: 'server' as const, concurrency: null, ratePerSecond: null, queries: 10_512, failed: 0 },
  ...{ seconds: 10, answeredPerSecond, latency: latencyOf(p99Ms) },
  ...load,
});

const entryOf = (model: string, facts: Partial<BenchmarkEntry>): BenchmarkEntry => ({
  ...{ model, version: 1, architecture: 'gru-8', method: 'distilled', parameters: 1_000, fileBytes: 4_000 },
  metrics: { reviews: 10, accuracy: 0.9, precision: 0.9, recall: 0.9, f1: 0.9, calibrationError: 0.01 },
  ...{ reviewsPerSecond: 2_000, latency: null, curve: [], highestRate: null },
  ...{ reference: null, accuracyOfReference: null, valid: true },
  ...facts,
});

export const exampleReport: BenchmarkReport = {
  ...{ dataset: 'sample', split: 'test', reviews: 10, machine: 'A machine', workers: 2, threads: 1 },
  ...{ percentile: 99, latencyBoundMs: 50, comparisons: [] },
  entries: [
    entryOf('fast', {
      curve: [
        pointAt({ ratePerSecond: 1_000 }, 990, 12),
        pointAt({ ratePerSecond: 200 }, 200, 3),
        pointAt({ scenario: 'concurrency', concurrency: 4 }, 1_500, 9),
      ],
      highestRate: {
        ...{
          ratePerSecond: 1_500,
          latencyBoundMs: 50,
          percentile: 99,
          verifiedRuns: 5,
          latency: latencyOf(45),
        },
      },
    }),
    entryOf('slow', {
      curve: [pointAt({ ratePerSecond: 20 }, 20, 400), pointAt({ ratePerSecond: 40 }, 30, null)],
    }),
  ],
};
