/** What the serving thread and its inference workers say to each other. */
import type { ErrorCode, ErrorFacts } from '../errors.ts';

export type InferenceTask =
  | {
      type: 'classify';
      /** The model folder. */
      folder: string;
      maxTokens: number;
      /** Threads of the session, where the worker must open one. */
      threads: number;
      texts: string[];
    }
  /** Closes all sessions. */
  | { type: 'close' };

/** Errors travel as plain data: a thrown one would lose its code and facts on the way between threads. */
export type InferenceAnswer =
  /** float32 [texts, 2], row-major, in the order of the texts. */
  | { type: 'logits'; logits: Float32Array }
  | { type: 'closed' }
  | { type: 'failed'; code: ErrorCode; message: string; facts: ErrorFacts };
