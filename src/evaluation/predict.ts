/** Logits for many texts: tokenised, sorted by length, batched with little padding, answered in the texts' order. */
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { DistilleryError } from '../errors.ts';
import type { Predictor } from '../nn/engine.ts';
import { padBatch } from '../text/batch.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

export interface PredictOptions {
  /** Tokens of a text that are read; longer ones keep head and tail. */
  maxTokens: number;
  /** Most texts in one batch. */
  batchSize: number;
  /** Called after each batch with the number of texts done so far. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Texts are tokenised and sorted in windows of so many batches, so that memory stays small for any number of texts. */
const batchesPerWindow = 64;

/** A batch ends early where a longer sequence would make more than this share of it padding. */
const largestPaddingShare = 1 / 3;

/**
 * The event loop turns between batches, so that a cancellation sent to this process is heard.
 * @returns logits, float32 [texts, 2], row-major, in the order of the texts
 * @throws DistilleryError CANCELLED soon after `signal` is aborted
 */
export async function predictAll(
  predictor: Predictor,
  tokenizer: Tokenizer,
  texts: readonly string[],
  { maxTokens, batchSize, onProgress, signal }: PredictOptions,
): Promise<Float32Array> {
  const logits = new Float32Array(2 * texts.length);
  const windowSize = batchesPerWindow * batchSize;
  let done = 0;

  for (let start = 0; start < texts.length; start += windowSize) {
    const sequences: Sequence[] = [];
    for (const [offset, text] of texts.slice(start, start + windowSize).entries()) {
      if (offset > 0 && offset % batchSize === 0) await turnUnlessAborted(signal);
      sequences.push({ index: start + offset, ids: tokenizer.encode(text, maxTokens) });
    }
    for (const batch of batchesByLength(sequences, batchSize)) {
      await turnUnlessAborted(signal);
      await predictInto(logits, predictor, batch);
      done += batch.length;
      onProgress?.(done, texts.length);
    }
  }
  return logits;
}

/**
 * Predicts one batch, padded to its longest sequence.
 * @param logits float32 [texts, 2], row-major; gets the rows of the batch at their sequences' indices
 */
export async function predictInto(
  logits: Float32Array,
  predictor: Predictor,
  batch: readonly Sequence[],
): Promise<void> {
  const answers = await predictor.predict(padBatch(batch.map(({ ids }) => ids)));
  for (const [row, { index }] of batch.entries()) {
    logits.set(answers.subarray(2 * row, 2 * row + 2), 2 * index);
  }
}

/** @throws DistilleryError CANCELLED */
export async function turnUnlessAborted(signal: AbortSignal | undefined): Promise<void> {
  await turnOfEventLoop();
  if (signal?.aborted) throw new DistilleryError('CANCELLED', 'The work was cancelled before its end.');
}

export interface Sequence {
  /** Where its text stands among all texts. */
  readonly index: number;
  readonly ids: number[];
}

/** Short ones first; no batch is larger than `batchSize` or mostly padding. */
export function batchesByLength(sequences: readonly Sequence[], batchSize: number): Sequence[][] {
  const batches: Sequence[][] = [];
  let batch: Sequence[] = [];
  let tokens = 0;
  for (const sequence of sequences.toSorted((a, b) => a.ids.length - b.ids.length)) {
    const length = sequence.ids.length;
    const paddingShare = 1 - (tokens + length) / ((batch.length + 1) * Math.max(length, 1));
    if (batch.length === batchSize || (batch.length > 0 && paddingShare > largestPaddingShare)) {
      batches.push(batch);
      batch = [];
      tokens = 0;
    }
    batch.push(sequence);
    tokens += length;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
