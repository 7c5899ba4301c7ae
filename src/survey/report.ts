/** What a survey found: every number with the runs that it comes from. */
import type { Interval } from '../evaluation/intervals.ts';
import type { LatencySummary } from '../evaluation/latency.ts';
import type { ClassificationMetrics, ModelCard } from '../models/card.ts';
import type { Axis, Condition, GridPoint } from './plan.ts';
import type { SurveySpec, SurveyTargets } from './spec.ts';

/** A model on the test reviews. */
export interface ModelResult {
  /** name@version */
  model: string;
  architecture: string;
  method: ModelCard['method'];
  parameters: number;
  /** Of `model.onnx`, which the numbers were measured with. */
  fileBytes: number;
  sha256: string;
  metrics: ClassificationMetrics;
  /** One review at a time, tokenising included. */
  latency: LatencySummary;
  /** With the teacher, on the same reviews; of the teacher itself 1, 0 and 0. */
  teacher: TeacherAgreement;
}

export interface TeacherAgreement {
  /** Share of the reviews to which both give the same answer. */
  agreement: number;
  /** Reviews that the teacher alone gets right, and those that the model alone does. */
  onlyTeacherRight: number;
  onlyModelRight: number;
}

/** A trained student. */
export interface RunResult extends ModelResult {
  key: string;
  runId: string;
  cell: string;
  seed: number;
  /** The run whose model it went on from. */
  parent: string | null;
  /** Learning curve: training loss and validation accuracy after each epoch. */
  epochs: { phase: string; epoch: number; loss: number; validationAccuracy: number | null }[];
  /** From its start to its end. */
  seconds: number;
}

/** Mean over seeds, with Student's t interval; null for fewer than two. */
export interface MeanOverSeeds {
  mean: number;
  interval: Interval | null;
}

/** A condition, over its seeds. */
export interface CellResult extends Condition {
  id: string;
  /** Of its runs that succeeded, in the order of `runs`. */
  seeds: number[];
  /** Keys of those runs. */
  runs: string[];
  accuracy: MeanOverSeeds;
  precision: MeanOverSeeds;
  recall: MeanOverSeeds;
  f1: MeanOverSeeds;
  calibrationError: MeanOverSeeds;
  agreement: MeanOverSeeds;
}

export const verdicts = ['better', 'worse', 'undecided'] as const;
export type Verdict = (typeof verdicts)[number];

/** A point of a grid against its reference: pairs of the same seed, on the same reviews. */
export interface ComparisonResult {
  axis: Axis;
  point: GridPoint;
  reference: GridPoint;
  /** Accuracy of the point minus that of the reference; the interval is Student's t over seeds. */
  difference: MeanOverSeeds;
  /** Paired bootstrap over reviews of the mean over seeds. */
  overReviews: Interval;
  /** The largest over seeds of McNemar's p values, corrected for the comparisons along this axis in the grid (Holm). */
  pValue: number;
  /**
   * `better` or `worse` where every seed says so with a corrected p value below 0.05 and the interval over reviews
   * leaves zero out; else `undecided`.
   */
  verdict: Verdict;
  pairs: SeedPair[];
}

export interface SeedPair {
  seed: number;
  /** Keys of the two runs. */
  run: string;
  reference: string;
  difference: number;
  /** Of McNemar's exact test, uncorrected. */
  pValue: number;
  /** Reviews that only the point's model gets right, and only the reference's. */
  onlyPoint: number;
  onlyReference: number;
}

/** A published figure beside the measured one. */
export interface PublishedResult {
  architecture: string;
  targets: SurveyTargets;
  accuracy: number;
  precision: number | null;
  recall: number | null;
  /** The measured cell; null where it is not in the grid. */
  cell: string | null;
}

export interface GridResult {
  name: string;
  question: string;
  /** The answer in two sentences. */
  answer: string;
  points: GridPoint[];
  comparisons: ComparisonResult[];
  published: PublishedResult[];
}

/** A test review that many students answer otherwise than the teacher. */
export interface DividedReview {
  id: string;
  label: 0 | 1;
  /** The teacher's answer, and its probability of positive. */
  teacherClass: 0 | 1;
  teacherPositive: number;
  /** Students that give the other answer, of all. */
  studentsAgainst: number;
}

export interface SurveyReport {
  spec: SurveySpec;
  dataset: {
    name: string;
    fingerprint: string;
    trainReviews: number;
    validationReviews: number;
    testReviews: number;
    unlabelledReviews: number;
  };
  machine: string;
  /** Of the sessions that latencies were measured with. */
  threads: number;
  createdAt: string;
  teacher: ModelResult;
  beside: ModelResult[];
  runs: RunResult[];
  cells: CellResult[];
  grids: GridResult[];
  /** Planned runs that came to nothing. */
  missing: { key: string; cell: string; seed: number; reason: string }[];
  /** The reviews that most students answer otherwise than the teacher, at most 100. */
  divided: DividedReview[];
}
