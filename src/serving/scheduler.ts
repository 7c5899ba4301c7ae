/** Which model's texts go to which worker next, and which models stay open. */
import type { Config } from '../config.ts';
import { requireFinite } from '../evaluation/metrics.ts';
import type { BatchAnswer } from './messages.ts';
import { ModelQueue } from './modelQueue.ts';
import type { PendingText, ServedModel } from './modelQueue.ts';
import type { ServedModelState, ServingObserver } from './observer.ts';
import { InferenceWorker } from './worker.ts';

export type SchedulerConfig = Pick<
  Config,
  'servingWorkers' | 'servingThreads' | 'maxBatch' | 'maxBatchWaitMs' | 'batching' | 'modelMemoryMb'
>;

/**
 * A worker is given its next batch so long before it is done with the last one, so that it need not wait for the
 * serving thread, which may be busy with requests.
 */
const aheadMs = 4;
/** A model is opened in a second worker where its texts would wait longer for the first one. */
const worthOpeningMs = 8;

export class Scheduler {
  readonly #config: SchedulerConfig;
  readonly #observer: ServingObserver | undefined;
  readonly #workers: readonly InferenceWorker[];
  /** By folder: models that are open, or that texts wait for. */
  readonly #queues = new Map<string, ModelQueue>();
  /** The `servedMs` that an idle model is given when texts come: it gets no credit for the time in which none came. */
  #servedMs = 0;
  #planned = false;
  #nextReady: NodeJS.Timeout | null = null;
  #drained: (() => void) | null = null;

  constructor(config: SchedulerConfig, observer?: ServingObserver) {
    this.#config = config;
    this.#observer = observer;
    this.#workers = Array.from({ length: config.servingWorkers }, () => new InferenceWorker());
  }

  /** The queue of a model. What is put into it goes with the next {@link plan}. */
  queueOf(model: ServedModel): ModelQueue {
    let queue = this.#queues.get(model.folder);
    if (!queue) {
      const { name, version } = model.card;
      const { maxBatch, maxBatchWaitMs, batching } = this.#config;
      const own = batching[`${name}@${version}`] ?? batching[name];
      queue = new ModelQueue(model, {
        maxBatch: own?.maxBatch ?? maxBatch,
        maxBatchWaitMs: own?.maxBatchWaitMs ?? maxBatchWaitMs,
      });
      this.#queues.set(model.folder, queue);
    }
    if (queue.idle) queue.servedMs = Math.max(queue.servedMs, this.#servedMs);
    queue.lastUsedAt = performance.now();
    queue.released = false;
    return queue;
  }

  /** Sends batches soon, not at once: requests that arrive in the same turn of the event loop go together. */
  plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    setImmediate(() => {
      this.#planned = false;
      this.#dispatch();
    });
  }

  isOpen(folder: string): boolean {
    return this.#workers.some(({ open }) => open.has(folder));
  }

  /** Milliseconds until a text of this model that comes now would have its turn, as far as can be told. */
  expectedWaitMs(queue: ModelQueue): number {
    const active = [...this.#queues.values()].filter((other) => other === queue || !other.idle).length;
    return (queue.waitingMs * active) / this.#workers.length;
  }

  /** Closes a model as soon as nothing waits for it: another version has taken its place. */
  release(folder: string): void {
    const queue = this.#queues.get(folder);
    if (!queue) return;
    queue.released = true;
    if (queue.idle) this.#close(queue);
  }

  state(): ServedModelState[] {
    return [...this.#queues.values()].map(({ model, name, size, runningTexts }) => {
      const open = this.#workers.flatMap((worker) => worker.open.get(model.folder) ?? []);
      return {
        model: name,
        waiting: size,
        running: runningTexts,
        workers: open.length,
        bytes: open.reduce((sum, bytes) => sum + bytes, 0),
      };
    });
  }

  /** Resolves when no text waits or runs. */
  async drained(): Promise<void> {
    if ([...this.#queues.values()].every(({ idle }) => idle)) return;
    await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  /** Call it when all is drained. */
  async stop(): Promise<void> {
    if (this.#nextReady) clearTimeout(this.#nextReady);
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  /** Tells those whose deadline has passed, and forgets what nobody waits for. */
  drop(queue: ModelQueue): void {
    const { expired, abandoned } = queue.drop(performance.now());
    if (expired > 0) this.#observer?.texts(queue.name, 'expired', expired);
    if (abandoned > 0) this.#observer?.texts(queue.name, 'abandoned', abandoned);
    if (queue.idle) this.#rest(queue);
  }

  #dispatch(): void {
    if (this.#nextReady) clearTimeout(this.#nextReady);
    this.#nextReady = null;
    for (;;) {
      const now = performance.now();
      const free = this.#workers.filter((worker) => worker.backlogMs(now) <= aheadMs && worker.batches < 2);
      if (free.length === 0) return;
      let next: { queue: ModelQueue; workers: InferenceWorker[] } | null = null;
      let readyLater = Infinity;
      for (const queue of this.#queues.values()) {
        const readyAt = queue.readyAt();
        if (readyAt === Infinity) continue;
        const workers = this.#workersFor(queue, free);
        if (workers.length === 0) continue;
        if (readyAt > now) readyLater = Math.min(readyLater, readyAt);
        else if (!next || queue.servedMs < next.queue.servedMs) next = { queue, workers };
      }
      if (!next) {
        if (readyLater < Infinity)
          this.#nextReady = setTimeout(() => this.#dispatch(), Math.max(1, readyLater - now));
        return;
      }
      this.drop(next.queue);
      const batch = next.queue.take(next.workers.length);
      const [worker] = next.workers;
      if (worker && batch.length > 0) void this.#run(next.queue, batch, worker);
    }
  }

  /** Free workers that should take this model's texts, the one with the least to do first. */
  #workersFor(queue: ModelQueue, free: readonly InferenceWorker[]): InferenceWorker[] {
    const { folder } = queue.model;
    const now = performance.now();
    const byBacklog = (workers: readonly InferenceWorker[]) =>
      workers.toSorted((a, b) => a.backlogMs(now) - b.backlogMs(now) || a.open.size - b.open.size);
    const having = free.filter(({ open }) => open.has(folder));
    const worthOpening = !this.isOpen(folder) || queue.waitingMs > worthOpeningMs;
    if (!worthOpening) return byBacklog(having);
    // Of those that would have to open it, one at a time.
    const others = byBacklog(free.filter((worker) => !having.includes(worker) && worker.batches === 0));
    return [...byBacklog(having), ...others.slice(0, 1)];
  }

  async #run(queue: ModelQueue, batch: readonly PendingText[], worker: InferenceWorker): Promise<void> {
    const { folder, card } = queue.model;
    const startedAt = performance.now();
    const expectedMs = queue.expectedMs(batch);
    this.#servedMs = Math.max(this.#servedMs, queue.servedMs);
    queue.servedMs += expectedMs;
    queue.runningBatches++;
    queue.runningTexts += batch.length;
    try {
      const { servingThreads: threads } = this.#config;
      const texts = batch.map(({ text }) => text);
      const answer = await worker.classify({ folder, maxTokens: card.maxTokens, threads, texts }, expectedMs);
      const tookMs = answer.tokenizeMs + answer.inferenceMs;
      queue.learn(batch, tookMs);
      queue.servedMs += tookMs - expectedMs;
      this.#settle(queue, batch, answer, startedAt);
      if (answer.openedBytes !== null) this.#keepWithinMemory(queue);
    } catch (error) {
      let waiters = 0;
      for (const pending of batch) {
        queue.settle(pending);
        waiters += pending.waiters.length;
        for (const { reject } of pending.waiters) reject(error);
      }
      this.#observer?.texts(queue.name, 'failed', waiters);
    }
    queue.runningBatches--;
    queue.runningTexts -= batch.length;
    if (queue.idle) this.#rest(queue);
    this.#dispatch();
  }

  #settle(
    queue: ModelQueue,
    batch: readonly PendingText[],
    { logits, tokens, tokenizeMs, inferenceMs }: BatchAnswer,
    startedAt: number,
  ): void {
    const queueMs: number[] = [];
    let answered = 0;
    let failed = 0;
    for (const [row, pending] of batch.entries()) {
      queue.settle(pending);
      queueMs.push(startedAt - (pending.waiters[0]?.askedAt ?? startedAt));
      const [negative = NaN, positive = NaN] = logits.subarray(2 * row, 2 * row + 2);
      try {
        requireFinite(negative, positive);
        answered += pending.waiters.length;
        for (const { resolve } of pending.waiters) resolve([negative, positive], startedAt);
      } catch (error) {
        failed += pending.waiters.length;
        for (const { reject } of pending.waiters) reject(error);
      }
    }
    const { name: model } = queue;
    this.#observer?.batch({ model, tokens: [...tokens], queueMs, tokenizeMs, inferenceMs });
    if (answered > 0) this.#observer?.texts(model, 'answered', answered);
    if (failed > 0) this.#observer?.texts(model, 'failed', failed);
  }

  /** Nothing of the model waits or runs any more. */
  #rest(queue: ModelQueue): void {
    if (queue.released) this.#close(queue);
    else if (!this.isOpen(queue.model.folder)) this.#queues.delete(queue.model.folder);
    if (this.#drained && [...this.#queues.values()].every(({ idle }) => idle)) this.#drained();
  }

  /** Closes models that were not used for longest, but for the one just opened and those at work. */
  #keepWithinMemory(opened: ModelQueue): void {
    const limit = this.#config.modelMemoryMb * 1e6;
    const total = () => this.state().reduce((sum, { bytes }) => sum + bytes, 0);
    const closable = [...this.#queues.values()]
      .filter((queue) => queue !== opened && queue.idle)
      .sort((a, b) => a.lastUsedAt - b.lastUsedAt);
    for (const queue of closable) {
      if (total() <= limit) return;
      this.#close(queue);
    }
  }

  #close({ model: { folder } }: ModelQueue): void {
    for (const worker of this.#workers) worker.close(folder);
    this.#queues.delete(folder);
  }
}
