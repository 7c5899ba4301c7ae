/** Texts for one model that wait for a batch: which of them go together, when, and what they will probably cost. */
import { DistilleryError } from '../errors.ts';
import type { ModelVersion } from '../models/registry.ts';
import { referenceOf } from '../names.ts';

/** The part of a model version that serving needs. */
export type ServedModel = Pick<ModelVersion, 'folder' | 'card'> & Partial<Pick<ModelVersion, 'files'>>;

/** One who waits for the answer to a text. */
export interface Waiter {
  /** When it was asked, in milliseconds of `performance.now()`. */
  readonly askedAt: number;
  /** After which the answer is worth nothing; Infinity where it always is. */
  readonly deadlineAt: number;
  /** Aborted when nobody waits any more. */
  readonly signal: Pick<AbortSignal, 'aborted'> | undefined;
  /** Gets the two logits, and when the text was given to a worker. */
  readonly resolve: (logits: Logits, startedAt: number) => void;
  readonly reject: (error: unknown) => void;
}

export type Logits = readonly [negative: number, positive: number];

/** A text, and all who have asked for it before its batch was answered. */
export interface PendingText {
  readonly text: string;
  /** What stands in for its length in tokens, which only the worker counts. */
  readonly characters: number;
  waiters: Waiter[];
}

export interface BatchLimits {
  /** Most texts in a batch. */
  readonly maxBatch: number;
  /** How long a text may wait for others while a batch of its model runs, in milliseconds. */
  readonly maxBatchWaitMs: number;
}

/**
 * A batch that would probably take longer is made smaller: no thread may be taken from the other models for long, and
 * what is gained by larger batches is gained well before.
 */
const longestBatchMs = 20;
/** Texts are chosen among so many full batches of the oldest. */
const batchesToChooseFrom = 4;
/** A model of which nothing is known yet starts with few. */
const firstBatch = 4;
/** Of the newest batch, in what is known of the speed. */
const newestShare = 0.2;
/** Longer texts are cut by the tokenizer, which keeps about so many characters for a token. */
const charactersPerToken = 6;
/** What a batch of one empty text would count. */
const charactersPerText = 20;

export class ModelQueue {
  readonly model: ServedModel;
  /** name@version */
  readonly name: string;
  readonly limits: BatchLimits;
  /** Batches and texts of this model that run now. */
  runningBatches = 0;
  runningTexts = 0;
  /**
   * Milliseconds of worker time that this model has had, as the scheduler counts them: the model with the least comes
   * first (start-time fair queueing; Goyal, Vin and Cheng 1996).
   */
  servedMs = 0;
  /** When a text was last asked of it. */
  lastUsedAt = 0;
  /** To be closed as soon as nothing waits or runs. */
  released = false;
  /** In the order in which they came. */
  #waiting: PendingText[] = [];
  #waitingCharacters = 0;
  /** Waiting or running, by text. */
  readonly #pending = new Map<string, PendingText>();
  /** Moving sums; their ratio is the cost of a character. */
  #milliseconds = 0;
  #characters = 0;

  constructor(model: ServedModel, limits: BatchLimits) {
    this.model = model;
    this.name = referenceOf(model.card);
    this.limits = limits;
  }

  /** Texts that wait. */
  get size(): number {
    return this.#waiting.length;
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.runningBatches === 0;
  }

  /** Adds one who waits to a text that is under way already, or queues the text. */
  add(text: string, waiter: Waiter): void {
    const known = this.#pending.get(text);
    if (known) return void known.waiters.push(waiter);
    const characters =
      charactersPerText + Math.min(text.length, charactersPerToken * this.model.card.maxTokens);
    const pending: PendingText = { text, characters, waiters: [waiter] };
    this.#pending.set(text, pending);
    this.#waiting.push(pending);
    this.#waitingCharacters += characters;
  }

  /** Whether a text is waiting or running, so that asking for it again costs nothing. */
  has(text: string): boolean {
    return this.#pending.has(text);
  }

  /**
   * Takes the oldest text and those closest to it in length, so that little of the batch is padding and none waits
   * forever; only as many as will probably be done within {@link longestBatchMs}, and no more than their share where
   * several workers are free for them.
   * @param workers that could begin with a batch of this model now
   * @returns none where all have been dropped, else shortest text first
   */
  take(workers: number): PendingText[] {
    const oldest = this.#waiting[0];
    if (!oldest) return [];
    const most = this.#batchSize(workers);
    const chosenFrom = this.#waiting.slice(0, batchesToChooseFrom * most);
    const byLength = chosenFrom.sort((a, b) => a.characters - b.characters);
    const place = byLength.indexOf(oldest);
    const start = Math.max(0, Math.min(place - Math.floor(most / 2), byLength.length - most));
    const batch = byLength.slice(start, start + most);
    const taken = new Set(batch);
    this.#waiting = this.#waiting.filter((pending) => !taken.has(pending));
    for (const { characters } of batch) this.#waitingCharacters -= characters;
    return batch;
  }

  /** Drops texts that nobody waits for any more, and tells those whose deadline has passed. @returns how many waiters of each kind */
  drop(now: number): { expired: number; abandoned: number } {
    let expired = 0;
    let abandoned = 0;
    const isWaiting = ({ deadlineAt, signal, askedAt, reject }: Waiter): boolean => {
      if (signal?.aborted) {
        abandoned++;
        reject(new DistilleryError('CANCELLED', 'The client waits for the answer no more.'));
        return false;
      }
      if (deadlineAt > now) return true;
      expired++;
      reject(deadlineExceeded(deadlineAt - askedAt));
      return false;
    };
    const kept: PendingText[] = [];
    for (const pending of this.#waiting) {
      if (!pending.waiters.every(({ deadlineAt, signal }) => deadlineAt > now && !signal?.aborted))
        pending.waiters = pending.waiters.filter(isWaiting);
      if (pending.waiters.length > 0) kept.push(pending);
      else {
        this.#pending.delete(pending.text);
        this.#waitingCharacters -= pending.characters;
      }
    }
    if (kept.length < this.#waiting.length) this.#waiting = kept;
    return { expired, abandoned };
  }

  /** A text has been answered, or has failed: who asks for it from now on starts it anew. */
  settle({ text }: PendingText): void {
    this.#pending.delete(text);
  }

  /**
   * A batch may go at once where none of this model runs: waiting would only add latency. Under load, texts gather
   * until the batch is full or the oldest has waited long enough.
   * @returns milliseconds of `performance.now()` from which a batch may go; Infinity where nothing waits
   */
  readyAt(): number {
    const [oldest] = this.#waiting;
    if (!oldest) return Infinity;
    if (this.runningBatches === 0 || this.size >= this.#batchSize(1)) return -Infinity;
    return (oldest.waiters[0]?.askedAt ?? 0) + this.limits.maxBatchWaitMs;
  }

  /** Milliseconds of worker time that these texts will probably take; 0 where the model's speed is not known yet. */
  expectedMs(texts: readonly PendingText[]): number {
    return this.#msPerCharacter * texts.reduce((sum, { characters }) => sum + characters, 0);
  }

  /** The same of all texts that wait. */
  get waitingMs(): number {
    return this.#msPerCharacter * this.#waitingCharacters;
  }

  /** Learns from a batch how long this model takes. */
  learn(texts: readonly PendingText[], milliseconds: number): void {
    const characters = texts.reduce((sum, pending) => sum + pending.characters, 0);
    this.#milliseconds += newestShare * (milliseconds - this.#milliseconds);
    this.#characters += newestShare * (characters - this.#characters);
  }

  get #msPerCharacter(): number {
    return this.#characters === 0 ? 0 : this.#milliseconds / this.#characters;
  }

  #batchSize(workers: number): number {
    const { maxBatch } = this.limits;
    if (this.size === 0) return maxBatch;
    if (this.#characters === 0) return Math.min(maxBatch, firstBatch);
    const msPerText = this.waitingMs / this.size;
    const within = (milliseconds: number) => Math.max(1, Math.floor(milliseconds / msPerText));
    // Another thread is worth its messages only for a millisecond of work.
    const share = Math.max(Math.ceil(this.size / workers), within(1));
    return Math.min(maxBatch, within(longestBatchMs), share);
  }
}

function deadlineExceeded(deadlineMs: number): DistilleryError {
  return new DistilleryError(
    'DEADLINE_EXCEEDED',
    `The text's turn did not come within its ${Math.round(deadlineMs)} ms. Allow more time, or send the request again later.`,
    { deadlineMs },
  );
}
