/** Tokenised reviews with their targets, and the order in which training sees them. */
import type { TrainingBatch } from '../nn/engine.ts';
import { Random } from '../nn/random.ts';
import { padBatch } from '../text/batch.ts';

export interface Example {
  readonly ids: readonly number[];
  readonly label: 0 | 1 | null;
  /** Logits of the teacher: negative, positive; null where training uses hard labels only. */
  readonly teacherLogits: readonly [number, number] | null;
}

/** Batches of similar length are cut from so many batches at a time: little padding, and still a random order. */
const batchesPerBucket = 50;
/** Lengths are rounded up to a multiple of this, so that few distinct shapes occur. */
const lengthMultiple = 8;

/**
 * The batches of one epoch, as indices of examples: a seeded shuffle, sorted by length within buckets, and the
 * batches shuffled again. The same examples, seed and epoch give the same order.
 */
export function epochBatches(
  examples: readonly Example[],
  batchSize: number,
  seed: number,
  epoch: number,
): number[][] {
  const random = new Random(seed, 0xba7c, epoch);
  const order = random.shuffle(examples.map((_, i) => i));
  const bucketSize = batchSize * batchesPerBucket;
  const batches: number[][] = [];
  for (let start = 0; start < order.length; start += bucketSize) {
    const bucket = order
      .slice(start, start + bucketSize)
      .sort((a, b) => examples[a]!.ids.length - examples[b]!.ids.length || a - b);
    for (let at = 0; at < bucket.length; at += batchSize) batches.push(bucket.slice(at, at + batchSize));
  }
  return random.shuffle(batches);
}

export function trainingBatch(examples: readonly Example[]): TrainingBatch {
  const labels = new Float32Array(2 * examples.length);
  const teacherLogits = new Float32Array(2 * examples.length);
  examples.forEach(({ label, teacherLogits: logits }, row) => {
    if (label !== null) labels[2 * row + label] = 1;
    if (logits) teacherLogits.set(logits, 2 * row);
  });
  return {
    ...padBatch(
      examples.map(({ ids }) => ids),
      lengthMultiple,
    ),
    labels,
    teacherLogits,
  };
}
