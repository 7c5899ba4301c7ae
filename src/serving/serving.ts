/** Classifies texts with any model version: batches form across requests and run in worker threads. */
import { LRUCache } from 'lru-cache';
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';
import { predictedClass, softmaxPair } from '../evaluation/metrics.ts';
import type { Logits, ModelQueue, ServedModel } from './modelQueue.ts';
import type { ServedModelState, ServingObserver } from './observer.ts';
import { Scheduler } from './scheduler.ts';
import type { SchedulerConfig } from './scheduler.ts';
import { checkCount, checkText } from './textLimits.ts';
import { referenceOf } from '../names.ts';

export interface Prediction {
  label: 'negative' | 'positive';
  probabilities: { negative: number; positive: number };
  /** From the call to the answer: waiting, tokenising and inference. */
  latencyMs: number;
  /** The part of it before a worker was given the text; 0 where the answer was remembered. */
  queueMs: number;
}

export interface ClassifyOptions {
  /** Aborted when nobody waits for the answer any more: texts whose turn has not come are dropped. */
  signal?: Pick<AbortSignal, 'aborted'> | undefined;
  /** Milliseconds that the answer is worth waiting for; texts whose turn has not come by then are dropped. */
  deadlineMs?: number | undefined;
}

export type ServingConfig = SchedulerConfig &
  Pick<Config, 'maxTextCharacters' | 'maxTextsPerRequest' | 'maxQueueMs' | 'answerCache'>;

/** Texts of one model that may wait, in full batches and in the largest requests: whichever is more. */
const waitingBatches = 32;
const waitingRequests = 4;

/** Any word: a model is as warm after it as after a review. */
const warmUpText = 'warm';

export class Serving {
  readonly #config: ServingConfig;
  readonly #observer: ServingObserver | undefined;
  readonly #prepare: ((model: ServedModel) => Promise<void>) | undefined;
  /** Models that are being prepared, whose texts are not in a queue yet. */
  readonly #preparing = new Set<Promise<void>>();
  readonly #scheduler: Scheduler;
  /** Recent answers by folder and text; null where none are to be remembered. */
  readonly #answers: LRUCache<string, Logits> | null;
  readonly #mostWaiting: number;
  #stopped: Promise<void> | null = null;

  /** @param prepare what a model needs before it is opened: its files, intact */
  constructor(
    config: ServingConfig,
    observer?: ServingObserver,
    prepare?: (model: ServedModel) => Promise<void>,
  ) {
    this.#config = config;
    this.#observer = observer;
    this.#prepare = prepare;
    this.#scheduler = new Scheduler(config, observer);
    this.#answers = config.answerCache > 0 ? new LRUCache({ max: config.answerCache }) : null;
    this.#mostWaiting = Math.max(
      waitingBatches * config.maxBatch,
      waitingRequests * config.maxTextsPerRequest,
    );
  }

  /**
   * @throws DistilleryError BAD_USER_INPUT for an empty or overlong text, INVALID_CHECKPOINT for a model whose files
   *   can't be read or are damaged, UNAVAILABLE where too many texts wait or serving stops, DEADLINE_EXCEEDED and CANCELLED as the
   *   options say
   */
  async classify(model: ServedModel, text: string, options: ClassifyOptions = {}): Promise<Prediction> {
    checkText(text, this.#config.maxTextCharacters);
    const [prediction] = await this.#answer(model, [text], options);
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
    options: ClassifyOptions = {},
  ): Promise<Prediction[]> {
    checkCount(texts.length, this.#config.maxTextsPerRequest);
    for (const [index, text] of texts.entries()) checkText(text, this.#config.maxTextCharacters, index);
    return this.#answer(model, texts, options);
  }

  /**
   * Opens the model in a worker and runs it once, so that its first request need not wait. Nothing happens where it is
   * open.
   * @throws DistilleryError INVALID_CHECKPOINT for a model whose files can't be read
   */
  async warm(model: ServedModel): Promise<void> {
    if (!this.#scheduler.isOpen(model.folder)) await this.#enqueue(model, [warmUpText], {});
  }

  /** Closes the model as soon as nothing waits for it. Asked for again, it is opened again. */
  release(model: ServedModel): void {
    this.#scheduler.release(model.folder);
  }

  state(): ServedModelState[] {
    return this.#scheduler.state();
  }

  /** Takes no more requests, answers those that it has taken, then ends the worker threads. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await Promise.allSettled(this.#preparing);
    await this.#scheduler.drained();
    await this.#scheduler.stop();
  }

  async #answer(
    model: ServedModel,
    texts: readonly string[],
    options: ClassifyOptions,
  ): Promise<Prediction[]> {
    const answers = this.#answers;
    if (!answers) return this.#enqueue(model, texts, options);
    const keyOf = (text: string) => `${model.folder}\n${text}`;
    const remembered = texts.map((text) => answers.get(keyOf(text)));
    const missing = texts.filter((_, index) => remembered[index] === undefined);
    const computed =
      missing.length === 0
        ? []
        : await this.#enqueue(model, missing, options, (text, logits) => answers.set(keyOf(text), logits));
    if (missing.length < texts.length) {
      this.#observer?.texts(referenceOf(model.card), 'answered', texts.length - missing.length);
    }
    let next = 0;
    return remembered.map((logits) => (logits ? toPrediction(logits, 0, 0) : computed[next++]!));
  }

  #enqueue(
    model: ServedModel,
    texts: readonly string[],
    options: ClassifyOptions,
    onLogits?: (text: string, logits: Logits) => void,
  ): Promise<Prediction[]> {
    if (this.#stopped) {
      throw new DistilleryError('UNAVAILABLE', 'The server is stopping. Send the request again later.');
    }
    const askedAt = performance.now();
    if (!this.#prepare || this.#scheduler.isOpen(model.folder))
      return this.#queue(model, texts, askedAt, options, onLogits);
    const prepared = this.#prepare(model);
    this.#preparing.add(prepared);
    return prepared
      .then(() => this.#queue(model, texts, askedAt, options, onLogits))
      .finally(() => this.#preparing.delete(prepared));
  }

  #queue(
    model: ServedModel,
    texts: readonly string[],
    askedAt: number,
    { signal, deadlineMs }: ClassifyOptions,
    onLogits?: (text: string, logits: Logits) => void,
  ): Promise<Prediction[]> {
    const queue = this.#scheduler.queueOf(model);
    this.#requireRoom(queue, texts);
    const deadlineAt = deadlineMs === undefined ? Infinity : askedAt + deadlineMs;
    const predictions = texts.map(
      (text) =>
        new Promise<Prediction>((resolve, reject) => {
          queue.add(text, {
            askedAt,
            deadlineAt,
            signal,
            resolve: (logits, startedAt) => {
              onLogits?.(text, logits);
              const queueMs = Math.max(0, startedAt - askedAt);
              resolve(toPrediction(logits, performance.now() - askedAt, queueMs));
            },
            reject,
          });
        }),
    );
    if (deadlineMs !== undefined) {
      const timer = setTimeout(() => this.#scheduler.drop(queue), deadlineMs);
      void Promise.allSettled(predictions).then(() => clearTimeout(timer));
    }
    this.#scheduler.plan();
    return Promise.all(predictions);
  }

  /**
   * A text that is under way already takes no room, and a request that meets an empty queue is always taken.
   * @throws DistilleryError UNAVAILABLE, its facts saying when to come again
   */
  #requireRoom(queue: ModelQueue, texts: readonly string[]): void {
    const added = texts.filter((text) => !queue.has(text)).length;
    if (added === 0 || queue.size === 0) return;
    const waitMs = this.#scheduler.expectedWaitMs(queue);
    if (queue.size + added <= this.#mostWaiting && waitMs <= this.#config.maxQueueMs) return;
    const { name } = queue;
    this.#observer?.texts(name, 'refused', texts.length);
    const retryAfterMs = Math.max(100, Math.ceil(waitMs));
    throw new DistilleryError(
      'UNAVAILABLE',
      `${queue.size} texts already wait for ${name}, for about ${Math.round(waitMs)} ms; at most ` +
        `${this.#mostWaiting} may, for ${this.#config.maxQueueMs} ms. Send the request again in ${retryAfterMs} ms.`,
      { waiting: queue.size, limit: this.#mostWaiting, retryAfterMs },
    );
  }
}

function toPrediction([negative, positive]: Logits, latencyMs: number, queueMs: number): Prediction {
  const [negativeProbability, positiveProbability] = softmaxPair(negative, positive);
  return {
    label: predictedClass(negative, positive) === 1 ? 'positive' : 'negative',
    probabilities: { negative: negativeProbability, positive: positiveProbability },
    latencyMs,
    queueMs,
  };
}
