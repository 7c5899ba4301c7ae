/** Which reviews a run trains on. */
import type { Dataset, Review, Split } from '../data/dataset.ts';
import type { DistillationConfig } from './config.ts';
import type { Report } from '../progress/progress.ts';
import { DistilleryError } from '../errors.ts';
import { Random } from '../nn/random.ts';
import { progressOf } from '../progress/progress.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

export interface Selected {
  readonly review: Review;
  readonly split: Split;
  readonly index: number;
}

/**
 * A seeded choice of `count` labelled reviews (all of them where it is null), in the dataset's order, and the rest.
 * @throws INVALID_DATASET where the choice holds one class only
 */
export async function selectLabelled(
  dataset: Dataset,
  count: number | null,
  seed: number,
): Promise<{ labelled: Selected[]; rest: Selected[] }> {
  const reviews = await dataset.reviews('train');
  const all = reviews.map((review, index): Selected => ({ review, split: 'train', index }));
  const limit = Math.min(count ?? all.length, all.length);
  const chosen = new Set(new Random(seed, 0x5e1ec7).shuffle(all.map((_, i) => i)).slice(0, limit));
  const labelled = all.filter(({ index }) => chosen.has(index));
  const positives = labelled.filter(({ review }) => review.label === 1).length;
  if (positives === 0 || positives === labelled.length) {
    throw new DistilleryError(
      'INVALID_DATASET',
      `The ${labelled.length} training reviews of ${dataset.name} hold one class only (${positives} positive). Both are needed: use more reviews.`,
      { reviews: labelled.length, positive: positives },
    );
  }
  return { labelled, rest: all.filter(({ index }) => !chosen.has(index)) };
}

/**
 * Reviews for soft targets alone: `unlabelledReviews` of the unlabelled split and of the training reviews whose labels
 * are not used; with `restUnlabelled` all of the latter, and so many of the unlabelled split beside them.
 */
export async function selectUnlabelled(
  dataset: Dataset,
  rest: readonly Selected[],
  {
    unlabelledReviews: count,
    restUnlabelled,
  }: Pick<DistillationConfig, 'unlabelledReviews' | 'restUnlabelled'>,
  seed: number,
): Promise<Selected[]> {
  const always = restUnlabelled ? rest : [];
  if (count === 0) return [...always];
  const unlabelled = await dataset.reviews('unlabelled');
  const pool = [
    ...(restUnlabelled ? [] : rest),
    ...unlabelled.map((review, index): Selected => ({ review, split: 'unlabelled', index })),
  ];
  if (count > pool.length) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `${count} unlabelled reviews were asked for, and ${dataset.name} has ${pool.length} beyond the labelled ones. Ask for ${pool.length} at most.`,
      { asked: count, available: pool.length },
    );
  }
  return [...always, ...new Random(seed, 0x0b5e55).shuffle(pool).slice(0, count)];
}

/** Token ids of each text; the event loop turns now and then, so that a cancellation is heard. */
export async function tokenize(
  texts: readonly string[],
  tokenizer: Tokenizer,
  maxTokens: number,
  { report, signal }: { report: Report; signal: AbortSignal },
): Promise<number[][]> {
  const sequences: number[][] = [];
  const chunk = 500;
  for (let start = 0; start < texts.length; start += chunk) {
    for (const text of texts.slice(start, start + chunk)) sequences.push(tokenizer.encode(text, maxTokens));
    if (start % (10 * chunk) === 0)
      report(progressOf('tokenizing', { step: sequences.length, total: texts.length }));
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted)
      throw new DistilleryError('CANCELLED', 'The training was stopped before its first step.');
  }
  return sequences;
}
