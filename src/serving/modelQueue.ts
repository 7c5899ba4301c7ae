/** Requests for one model that wait for a batch, and the choice of those that go together. */
import type { ModelVersion } from '../models/registry.ts';

/** The part of a model version that serving needs. */
export type ServedModel = Pick<ModelVersion, 'folder' | 'card'>;

export interface Request {
  readonly text: string;
  /** When it was asked, in milliseconds of `performance.now()`. */
  readonly askedAt: number;
  /** Gets the two logits. */
  readonly resolve: (negative: number, positive: number) => void;
  readonly reject: (error: unknown) => void;
}

export class ModelQueue {
  readonly model: ServedModel;
  /** Batches of this model that run now. */
  running = 0;
  /** In the order in which they came. */
  #waiting: Request[] = [];

  constructor(model: ServedModel) {
    this.model = model;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Infinity where nothing waits. */
  get oldestAskedAt(): number {
    return this.#waiting[0]?.askedAt ?? Infinity;
  }

  push(requests: readonly Request[]): void {
    this.#waiting.push(...requests);
  }

  /**
   * Takes the oldest request and those whose texts are closest to it in length, so that little of the batch is
   * padding and no request waits forever. Characters stand in for tokens, which only the worker counts.
   * @returns 1 to `most` requests, shortest text first
   */
  take(most: number): Request[] {
    const byLength = this.#waiting.toSorted((a, b) => a.text.length - b.text.length);
    const oldest = this.#waiting[0] ? byLength.indexOf(this.#waiting[0]) : 0;
    const start = Math.max(0, Math.min(oldest - Math.floor(most / 2), byLength.length - most));
    const batch = byLength.slice(start, start + most);
    const taken = new Set(batch);
    this.#waiting = this.#waiting.filter((request) => !taken.has(request));
    return batch;
  }

  /**
   * A batch may go at once where none of this model is running: waiting would only add latency. Else requests
   * gather until the batch is full or the oldest has waited long enough.
   * @returns milliseconds of `performance.now()` from which a batch may go; Infinity where nothing waits
   */
  readyAt(maxBatch: number, maxBatchWaitMs: number): number {
    if (this.size === 0) return Infinity;
    if (this.running === 0 || this.size >= maxBatch) return -Infinity;
    return this.oldestAskedAt + maxBatchWaitMs;
  }
}
