/** What a run tells while it goes on. */

export const runStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type RunState = (typeof runStates)[number];

export const phases = [
  'queued',
  'loading-data',
  'tokenizing',
  'teacher-logits',
  'training',
  'hard-label-training',
  'validating',
  'evaluating',
  'exporting',
  'measuring-latency',
  'ended',
] as const;
export type Phase = (typeof phases)[number];

/** One progress event as the run's process reports it; storing it adds `runId`, `sequence` and `at`. */
export interface Progress {
  phase: Phase;
  /** The run's state after this event; the last event of a run carries a final state. */
  state: RunState;
  /** 1-based within the phase; null where a phase has none. */
  epoch: number | null;
  /** Steps done and steps in all, within the phase (over all of its epochs). */
  step: number | null;
  total: number | null;
  /** Mean loss over the steps since the event before. */
  loss: number | null;
  validationAccuracy: number | null;
  reviewsPerSecond: number | null;
  /** Estimated seconds until the phase ends. */
  secondsLeft: number | null;
  /** For a person: what goes on (which model is measured), or why the run failed. */
  message: string | null;
}

/** What a running run reports; all figures that are not given are unknown. */
export function progressOf(phase: Phase, known: Partial<Progress> = {}): Progress {
  return {
    phase,
    state: 'running',
    epoch: null,
    step: null,
    total: null,
    loss: null,
    validationAccuracy: null,
    reviewsPerSecond: null,
    secondsLeft: null,
    message: null,
    ...known,
  };
}

export type Report = (progress: Progress) => void;

export interface ProgressEvent extends Progress {
  runId: string;
  /** 1, 2, 3, … within a run, without gaps. */
  sequence: number;
  at: Date;
}
