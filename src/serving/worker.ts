/** One inference thread, seen from the serving thread: what it has open, what it is doing, and its answers. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { DistilleryError } from '../errors.ts';
import type { Batch, BatchAnswer, FromWorker, ToWorker } from './messages.ts';
import { startThread } from './thread.ts';

interface Asked {
  readonly resolve: (answer: BatchAnswer) => void;
  readonly reject: (error: DistilleryError) => void;
}

export class InferenceWorker {
  /** Models that it has open or is about to open, by folder, with the memory that each takes as estimated. */
  readonly open = new Map<string, number>();
  readonly #asked = new Map<number, Asked>();
  #thread: Worker | null = null;
  #closed: (() => void) | null = null;
  #lastId = 0;
  /** When what it has been given will be done as far as can be told, in milliseconds of `performance.now()`. */
  #doneAt = 0;

  /** The thread starts at once, so that the first request need not wait for it. */
  constructor() {
    this.#start();
  }

  /** Batches that it has been given and has not answered. */
  get batches(): number {
    return this.#asked.size;
  }

  /** Milliseconds until it would begin with another batch: 0 where it is idle. */
  backlogMs(now: number): number {
    return this.batches === 0 ? 0 : Math.max(1, this.#doneAt - now);
  }

  /**
   * Works the batch off after those that it was given before.
   * @param expectedMs how long it will probably take
   * @throws DistilleryError INVALID_CHECKPOINT for a model that can't be read or run, UNAVAILABLE where the thread died
   */
  classify(batch: Batch, expectedMs: number): Promise<BatchAnswer> {
    const now = performance.now();
    this.#doneAt = now + (this.batches === 0 ? 0 : Math.max(0, this.#doneAt - now)) + expectedMs;
    if (!this.open.has(batch.folder)) this.open.set(batch.folder, 0);
    const id = ++this.#lastId;
    return new Promise<BatchAnswer>((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#send({ type: 'classify', id, ...batch });
    }).then(
      (answer) => {
        if (answer.openedBytes !== null) this.open.set(batch.folder, answer.openedBytes);
        return answer;
      },
      (error: unknown) => {
        // It may not have got so far as to open it; if it has, the next batch finds it open.
        if (this.open.get(batch.folder) === 0) this.open.delete(batch.folder);
        throw error;
      },
    );
  }

  /** Releases a model's session; it is opened again when it is asked for. */
  close(folder: string): void {
    if (this.open.delete(folder)) this.#send({ type: 'close', folder });
  }

  /** Ends the thread after its sessions were released. Call it when all batches are answered. */
  async stop(): Promise<void> {
    const thread = this.#thread;
    if (!thread) return;
    const closed = new Promise<void>((resolve) => {
      this.#closed = resolve;
      thread.once('exit', () => resolve());
    });
    this.#send({ type: 'stop' });
    await closed;
    this.#thread = null;
    await thread.terminate();
  }

  #send(message: ToWorker): void {
    (this.#thread ?? this.#start()).postMessage(message);
  }

  #start(): Worker {
    // `.ts` where this file runs uncompiled, `.js` in the build.
    const extension = extname(fileURLToPath(import.meta.url));
    const script = new URL(`./inferenceWorker${extension}`, import.meta.url);
    const thread = startThread(script);
    let reason = 'it ended by itself';
    thread.on('message', (message: FromWorker) => this.#receive(message));
    thread.on('error', (error: Error) => (reason = error.message));
    thread.once('exit', () => {
      if (this.#thread !== thread) return;
      this.#thread = null;
      this.open.clear();
      const message = `The inference worker failed (${reason}) and is started anew. Send the request again.`;
      const asked = [...this.#asked.values()];
      this.#asked.clear();
      for (const { reject } of asked)
        reject(new DistilleryError('UNAVAILABLE', message, { retryAfterMs: 1_000 }));
    });
    this.#thread = thread;
    return thread;
  }

  #receive(message: FromWorker): void {
    if (message.type === 'closed') return this.#closed?.();
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if (message.type === 'answer') asked?.resolve(message.answer);
    else asked?.reject(new DistilleryError(message.code, message.message, message.facts));
  }
}
