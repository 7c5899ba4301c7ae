/** What a benchmark found. */
import type { ModelComparison } from '../evaluation/comparison.ts';
import type { LatencySummary } from '../evaluation/latency.ts';
import type { ReportedPercentile } from '../evaluation/samples.ts';
import type { ClassificationMetrics, ModelCard } from '../models/card.ts';

/** A point of a model's latency/throughput curve. */
export interface LoadPoint {
  scenario: 'concurrency' | 'server';
  /** Clients of the scenario concurrency; null of the other one. */
  concurrency: number | null;
  /** Arrivals a second of the scenario server, on average; null of the other one. */
  ratePerSecond: number | null;
  /** All that were sent, or should have been. */
  queries: number;
  /** Without an answer, most of them refused because too many waited. */
  failed: number;
  seconds: number;
  answeredPerSecond: number;
  /** Of the answered ones; in the scenario server from the scheduled arrival. */
  latency: LatencySummary;
}

/** The highest rate of arrivals at which latency stays within a bound. */
export interface HighestRate {
  ratePerSecond: number;
  latencyBoundMs: number;
  percentile: ReportedPercentile;
  /** Measurements in a row that stayed within the bound at this rate. */
  verifiedRuns: number;
  /** Of the slowest of them. */
  latency: LatencySummary;
}

export interface BenchmarkEntry {
  model: string;
  version: number;
  architecture: string;
  method: ModelCard['method'];
  parameters: number;
  /** Size of `model.onnx`. */
  fileBytes: number;
  metrics: ClassificationMetrics;
  /** Offline: of the same answers as the metrics. */
  reviewsPerSecond: number;
  /** One text at a time; null where the scenario single-stream was not asked for. */
  latency: LatencySummary | null;
  curve: LoadPoint[];
  /** null where no bound was given, or the lowest rate that was tried exceeded it. */
  highestRate: HighestRate | null;
  /** name@version of the model that it was quantised from; null for all others. */
  reference: string | null;
  /** Its accuracy as a share of the reference's. */
  accuracyOfReference: number | null;
  /** False for a quantised model that lost more accuracy than MLPerf's closed division lets count. */
  valid: boolean;
}

export interface BenchmarkReport {
  dataset: string;
  split: string;
  /** Reviews that the metrics were measured on. */
  reviews: number;
  machine: string;
  /** Worker threads of serving, and threads of the session of each. */
  workers: number;
  threads: number;
  /** The one that rates are searched by and curves are drawn of. */
  percentile: ReportedPercentile;
  latencyBoundMs: number | null;
  entries: BenchmarkEntry[];
  /** Each model against each one before it. */
  comparisons: ModelComparison[];
}

/** Earlier releases measured one session outside of serving, and their stored reports lack what is new. */
export function completed(stored: BenchmarkReport): BenchmarkReport {
  return {
    ...{ workers: 1, percentile: 99, latencyBoundMs: null },
    ...stored,
    entries: stored.entries.map((entry) => ({
      ...{ curve: [], highestRate: null, reference: null, accuracyOfReference: null, valid: true },
      ...entry,
    })),
  };
}

/** @returns null where the samples were too few for it */
export const atPercentile = (latency: LatencySummary, percentile: ReportedPercentile): number | null =>
  latency[`p${percentile}Ms`];
