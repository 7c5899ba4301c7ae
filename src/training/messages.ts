/** What the server process and a run's child process say to each other. */
import type { ArtefactConfig } from '../artefacts/open.ts';
import type { BenchmarkReport } from '../benchmark/report.ts';
import type { ErrorCode, ErrorFacts } from '../errors.ts';
import type { UsedModel } from '../evaluation/loadedModel.ts';
import type { EpochMetrics } from '../evaluation/metrics.ts';
import type { Progress } from '../progress/progress.ts';
import type { ModelCard } from '../models/card.ts';
import type { ServingConfig } from '../serving/serving.ts';
import type { SurveyMaterial } from '../survey/material.ts';
import type { SurveyReport } from '../survey/report.ts';
import type { CheckpointNews } from './checkpoint.ts';
import type { RunConfig } from './config.ts';

/** Everything a run needs; model references are already resolved. */
export interface RunJob {
  runId: string;
  config: RunConfig;
  dataDirectory: string;
  /** Where what it makes for others goes, beside the data directory. */
  artefacts: Omit<ArtefactConfig, 'dataDirectory'>;
  /** For its checkpoint and the model that it prepares; no other attempt writes there. */
  runFolder: string;
  imdbArchive: string | null;
  checkpointDirectory: string | null;
  /** Where checkpoints may be downloaded from; by default the Hugging Face hub. */
  hubHosts?: readonly string[];
  engine: string;
  threads: number;
  checkpointSeconds: number;
  /** As the server serves: what a benchmark measures. */
  serving: ServingConfig;
  /** What the configuration refers to, in its order: a distillation's teachers, or the models to compare. */
  models: UsedModel[];
  /** A survey will ask its model about all test reviews: the run answers them as its last step. */
  forSurvey: boolean;
  /** What a survey's analysis is made of; null for every other run. */
  survey: SurveyMaterial | null;
}

/** The model folder is complete but for `card.json`, whose version the registry gives. */
export interface TrainedModel {
  preparedFolder: string;
  card: Omit<ModelCard, 'version'>;
}

export type RunOutcome =
  | { kind: 'model'; model: TrainedModel }
  | { kind: 'benchmark'; report: BenchmarkReport }
  | { kind: 'survey'; report: SurveyReport };

export type ToChild = { type: 'start'; job: RunJob } | { type: 'cancel' };

export type FromChild =
  | { type: 'progress'; progress: Progress }
  /** `position` is 0-based over all phases of the run; a resumed run tells the epochs before again. */
  | { type: 'epoch'; epoch: EpochMetrics; position: number }
  | { type: 'checkpoint'; news: CheckpointNews }
  | { type: 'done'; outcome: RunOutcome }
  | { type: 'failed'; code: ErrorCode; message: string; facts: ErrorFacts };
