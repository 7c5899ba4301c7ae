/** What the server process and a run's child process say to each other. */
import type { ErrorCode, ErrorFacts } from '../errors.ts';
import type { BenchmarkReport } from '../evaluation/benchmark.ts';
import type { EpochMetrics } from '../evaluation/metrics.ts';
import type { Progress } from '../progress/progress.ts';
import type { ModelCard } from '../models/card.ts';
import type { RunConfig } from './config.ts';

/** Everything a run needs; model references are already resolved to folders. */
export interface RunJob {
  runId: string;
  config: RunConfig;
  dataDirectory: string;
  imdbArchive: string | null;
  checkpointDirectory: string | null;
  engine: string;
  threads: number;
  /** The folder of the teacher's version, for a distillation. */
  teacherFolder: string | null;
  /** The folders of the models to compare, for a benchmark. */
  modelFolders: string[];
}

/** The model folder is complete but for `card.json`, whose version the registry gives. */
export interface TrainedModel {
  preparedFolder: string;
  card: Omit<ModelCard, 'version'>;
}

export type RunOutcome =
  | { kind: 'model'; model: TrainedModel; epochs: EpochMetrics[] }
  | { kind: 'benchmark'; report: BenchmarkReport };

export type ToChild = { type: 'start'; job: RunJob } | { type: 'cancel' };

export type FromChild =
  | { type: 'progress'; progress: Progress }
  | { type: 'done'; outcome: RunOutcome }
  | { type: 'failed'; code: ErrorCode; message: string; facts: ErrorFacts };
