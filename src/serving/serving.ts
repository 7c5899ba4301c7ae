/** Classifies texts with any model version: batches form across requests and run in worker threads. */
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';
import { predictedClass, requireFinite, softmaxPair } from '../evaluation/metrics.ts';
import { ModelQueue } from './modelQueue.ts';
import type { Request, ServedModel } from './modelQueue.ts';
import { checkCount, checkText } from './textLimits.ts';
import { InferenceWorkers } from './workers.ts';

export interface Prediction {
  label: 'negative' | 'positive';
  probabilities: { negative: number; positive: number };
  /** From the call to the answer: waiting, tokenising and inference. */
  latencyMs: number;
  /** The part of it before a worker took the text up; 0 where the answer was remembered. */
  queueMs: number;
}

export interface ClassifyOptions {
  /** Aborted when nobody waits for the answer any more: texts whose turn has not come are dropped. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that the answer is worth waiting for; texts whose turn has not come by then are dropped. */
  deadlineMs?: number | undefined;
}

export type ServingConfig = Pick<
  Config,
  | 'servingWorkers'
  | 'servingThreads'
  | 'maxBatch'
  | 'maxBatchWaitMs'
  | 'maxTextCharacters'
  | 'maxTextsPerRequest'
>;

/** Texts of one model that may wait, in full batches and in the largest requests: whichever is more. */
const waitingBatches = 32;
const waitingRequests = 4;

export class Serving {
  readonly #config: ServingConfig;
  readonly #workers: InferenceWorkers;
  readonly #mostWaiting: number;
  /** By model folder; only models with requests that wait or run. */
  readonly #queues = new Map<string, ModelQueue>();
  #dispatchPlanned = false;
  #nextDeadline: NodeJS.Timeout | null = null;
  /** Set by stop(); resolves when all requests are answered and the workers have ended. */
  #stopped: Promise<void> | null = null;
  #drained: () => void = () => undefined;

  constructor(config: ServingConfig) {
    this.#config = config;
    this.#workers = new InferenceWorkers(config.servingWorkers);
    this.#mostWaiting = Math.max(
      waitingBatches * config.maxBatch,
      waitingRequests * config.maxTextsPerRequest,
    );
  }

  /**
   * @throws DistilleryError BAD_USER_INPUT for an empty or overlong text, INVALID_CHECKPOINT for a model whose files
   *   can't be read, UNAVAILABLE where too many requests wait or serving stops
   */
  async classify(model: ServedModel, text: string, _options: ClassifyOptions = {}): Promise<Prediction> {
    checkText(text, this.#config.maxTextCharacters);
    const [prediction] = await this.#enqueue(model, [text]);
    if (!prediction) throw new DistilleryError('INTERNAL', 'A text got no prediction.');
    return prediction;
  }

  /**
   * All texts are checked before any is classified.
   * @returns predictions in the order of the texts
   * @throws DistilleryError as {@link classify}; BAD_USER_INPUT also for no or too many texts
   */
  async classifyMany(
    model: ServedModel,
    texts: readonly string[],
    _options: ClassifyOptions = {},
  ): Promise<Prediction[]> {
    checkCount(texts.length, this.#config.maxTextsPerRequest);
    for (const [index, text] of texts.entries()) checkText(text, this.#config.maxTextCharacters, index);
    return this.#enqueue(model, texts);
  }

  /**
   * Opens the model in a worker and runs it once, so that its first request need not wait.
   * @throws DistilleryError INVALID_CHECKPOINT for a model whose files can't be read
   */
  async warm(model: ServedModel): Promise<void> {
    await this.#enqueue(model, ['warm']);
  }

  /** Takes no more requests, answers those that it has taken, then ends the worker threads. */
  stop(): Promise<void> {
    this.#stopped ??= new Promise<void>((resolve) => {
      this.#drained = resolve;
      if (this.#queues.size === 0) resolve();
    }).then(() => this.#workers.stop());
    return this.#stopped;
  }

  #enqueue(model: ServedModel, texts: readonly string[]): Promise<Prediction[]> {
    if (this.#stopped) {
      throw new DistilleryError('UNAVAILABLE', 'The server is stopping. Send the request again later.');
    }
    const queue = this.#queues.get(model.folder) ?? new ModelQueue(model);
    if (queue.size + texts.length > this.#mostWaiting) {
      throw new DistilleryError(
        'UNAVAILABLE',
        `${queue.size} texts already wait for ${model.card.name}@${model.card.version}, of ${this.#mostWaiting} that may. ` +
          'Send the request again later.',
        { waiting: queue.size, limit: this.#mostWaiting },
      );
    }
    this.#queues.set(model.folder, queue);
    const askedAt = performance.now();
    const answers = texts.map(
      (text) =>
        new Promise<Prediction>((resolve, reject) => {
          const answer: Request['resolve'] = (negative, positive) =>
            resolve(toPrediction(negative, positive, performance.now() - askedAt));
          queue.push([{ text, askedAt, resolve: answer, reject }]);
        }),
    );
    // Not at once: requests that arrive in the same turn of the event loop go into the same batch.
    if (!this.#dispatchPlanned) {
      this.#dispatchPlanned = true;
      setImmediate(() => {
        this.#dispatchPlanned = false;
        this.#dispatch();
      });
    }
    return Promise.all(answers);
  }

  /** Sends batches while a worker is idle and a batch may go, the model with the oldest request first. */
  #dispatch(): void {
    if (this.#nextDeadline) clearTimeout(this.#nextDeadline);
    this.#nextDeadline = null;
    const { maxBatch, maxBatchWaitMs } = this.#config;
    while (this.#workers.hasIdle()) {
      const now = performance.now();
      let first: ModelQueue | null = null;
      let deadline = Infinity;
      for (const queue of this.#queues.values()) {
        const readyAt = queue.readyAt(maxBatch, maxBatchWaitMs);
        if (readyAt > now) deadline = Math.min(deadline, readyAt);
        else if (!first || queue.oldestAskedAt < first.oldestAskedAt) first = queue;
      }
      if (!first) {
        if (deadline < Infinity) {
          this.#nextDeadline = setTimeout(() => this.#dispatch(), Math.ceil(deadline - now));
        }
        return;
      }
      void this.#runBatch(first);
    }
  }

  async #runBatch(queue: ModelQueue): Promise<void> {
    const { folder, card } = queue.model;
    const batch = queue.take(this.#config.maxBatch);
    queue.running++;
    try {
      const logits = await this.#workers.classify({
        folder,
        maxTokens: card.maxTokens,
        threads: this.#config.servingThreads,
        texts: batch.map(({ text }) => text),
      });
      for (const [row, request] of batch.entries()) {
        try {
          const [negative = NaN, positive = NaN] = logits.subarray(2 * row);
          requireFinite(negative, positive);
          request.resolve(negative, positive);
        } catch (error) {
          request.reject(error);
        }
      }
    } catch (error) {
      for (const request of batch) request.reject(error);
    }
    queue.running--;
    if (queue.size === 0 && queue.running === 0) this.#queues.delete(folder);
    if (this.#queues.size === 0) this.#drained();
    this.#dispatch();
  }
}

function toPrediction(negative: number, positive: number, latencyMs: number): Prediction {
  const [negativeProbability, positiveProbability] = softmaxPair(negative, positive);
  return {
    label: predictedClass(negative, positive) === 1 ? 'positive' : 'negative',
    probabilities: { negative: negativeProbability, positive: positiveProbability },
    latencyMs,
    queueMs: 0,
  };
}
