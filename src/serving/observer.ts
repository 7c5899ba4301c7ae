/** What serving tells of its work, for metrics. */

/**
 * How a text ended: `answered`, from a session, a request with the same text or the cache; `refused` by a full queue;
 * `expired` past its deadline; `abandoned` by its client; `failed` with an error of the model.
 */
export const outcomes = ['answered', 'refused', 'expired', 'abandoned', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** One batch that a worker has answered. */
export interface FinishedBatch {
  /** name@version */
  readonly model: string;
  /** Tokens of each text, without padding. */
  readonly tokens: readonly number[];
  /** How long each text waited for its batch, in milliseconds. */
  readonly queueMs: readonly number[];
  readonly tokenizeMs: number;
  readonly inferenceMs: number;
}

/** Called on the hot path: must be cheap, and must not throw. */
export interface ServingObserver {
  batch(batch: FinishedBatch): void;
  texts(model: string, outcome: Outcome, count: number): void;
}

/** A model that has been used and is still open, or that texts wait for. */
export interface ServedModelState {
  /** name@version */
  readonly model: string;
  /** Texts that wait for a batch. */
  readonly waiting: number;
  /** Texts in batches that run. */
  readonly running: number;
  /** Workers that have the model open, and the memory that it takes there as estimated. */
  readonly workers: number;
  readonly bytes: number;
}
