/** What the serving thread and its inference workers say to each other. */
import type { ErrorCode, ErrorFacts } from '../errors.ts';

export interface Batch {
  /** The model folder. */
  readonly folder: string;
  readonly maxTokens: number;
  /** Threads of the session, where the worker must open one. */
  readonly threads: number;
  readonly texts: readonly string[];
}

/** Worked off one after another, in the order in which they come. */
export type ToWorker =
  | ({ readonly type: 'classify'; readonly id: number } & Batch)
  | { readonly type: 'close'; readonly folder: string }
  /** Closes all sessions, then answers with `closed`. */
  | { readonly type: 'stop' };

export interface BatchAnswer {
  /** float32 [texts, 2], row-major, in the order of the texts. */
  readonly logits: Float32Array;
  /** Of each text, without padding. */
  readonly tokens: Uint16Array;
  readonly tokenizeMs: number;
  readonly inferenceMs: number;
  /** Memory that the model takes, as estimated, where it was opened for this batch; else null. */
  readonly openedBytes: number | null;
}

/** Errors travel as plain data: a thrown one would lose its code and facts on the way between threads. */
export type FromWorker =
  | { readonly type: 'answer'; readonly id: number; readonly answer: BatchAnswer }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
      readonly facts: ErrorFacts;
    }
  | { readonly type: 'closed' };
