/** What the analysis of a survey is given: its specification and the runs that have ended. */
import type { EpochMetrics } from '../evaluation/metrics.ts';
import type { SurveyReport } from './report.ts';
import type { SurveySpec } from './spec.ts';

export interface FinishedRun {
  key: string;
  runId: string;
  /** name@version of what it published. */
  model: string;
  /** From its start to its end. */
  seconds: number;
  epochs: EpochMetrics[];
}

export interface SurveyMaterial {
  spec: SurveySpec;
  /** In the order of the plan. */
  runs: FinishedRun[];
  missing: SurveyReport['missing'];
}
