/** From a source's reviews to four splits that share no text. */
import { createHash } from 'node:crypto';
import { DistilleryError } from '../errors.ts';
import type { Review, SourceReview, Split } from './dataset.ts';
import { splits } from './dataset.ts';

/** Share of the labelled reviews that a missing validation or test split gets. */
const heldOutShare = 0.1;
const largestValidation = 2500;
/** Who keeps a text that stands in several splits, first to last. */
const keepers: readonly Split[] = ['test', 'validation', 'train', 'unlabelled'];

export interface AssembledDataset {
  readonly splits: Readonly<Record<Split, readonly Review[]>>;
  readonly fingerprint: string;
  readonly duplicatesRemoved: number;
}

interface KeyedReview {
  readonly review: Review;
  /** sha256 of the text with its white space evened out: the identity of a text, and its place in the order. */
  readonly key: string;
}

/**
 * Cuts validation, and test where the source has none, from train: the texts with the smallest salted hash of
 * each class, so that a review stays where it is when others are added. Removes texts that stand in more than
 * one split. Repeated texts within one split stay, as published accuracies count them.
 *
 * @throws DistilleryError INVALID_DATASET where train, validation or test lacks one of the two classes
 */
export function assemble(reviews: readonly SourceReview[]): AssembledDataset {
  const keyed: Record<Split, KeyedReview[]> = { train: [], validation: [], test: [], unlabelled: [] };
  for (const { split, id, text, label } of reviews) {
    keyed[split].push({
      review: { id, text, label: split === 'unlabelled' ? null : label },
      key: textKey(text),
    });
  }
  const labelled = keyed.train.length + keyed.validation.length + keyed.test.length;
  const heldOut = Math.round(labelled * heldOutShare);
  if (keyed.test.length === 0) [keyed.test, keyed.train] = cut(keyed.train, 'test', heldOut);
  if (keyed.validation.length === 0) {
    const share = Math.min(largestValidation, Math.round(keyed.train.length * heldOutShare), heldOut);
    [keyed.validation, keyed.train] = cut(keyed.train, 'validation', share);
  }
  const owners = new Map<string, Split>();
  let duplicatesRemoved = 0;
  for (const split of keepers) {
    const kept = keyed[split].filter(({ key }) => (owners.get(key) ?? split) === split);
    duplicatesRemoved += keyed[split].length - kept.length;
    for (const { key } of kept) owners.set(key, split);
    keyed[split] = kept.sort(byKey);
  }
  for (const split of ['train', 'validation', 'test'] as const) checkClasses(split, keyed[split]);
  const hash = createHash('sha256');
  for (const split of splits)
    for (const { review } of keyed[split]) hash.update(JSON.stringify([split, review.label, review.text]));
  return {
    splits: {
      train: keyed.train.map(({ review }) => review),
      validation: keyed.validation.map(({ review }) => review),
      test: keyed.test.map(({ review }) => review),
      unlabelled: keyed.unlabelled.map(({ review }) => review),
    },
    fingerprint: hash.digest('hex'),
    duplicatesRemoved,
  };
}

/** Texts that are the same but for their white space have the same. */
export function textKey(text: string): string {
  return createHash('sha256').update(text.trim().replace(/\s+/g, ' ')).digest('hex');
}

function byKey(a: KeyedReview, b: KeyedReview): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.review.id < b.review.id ? -1 : 1;
}

/** @returns about `size` reviews with both classes in their proportions, and the rest */
function cut(reviews: readonly KeyedReview[], salt: string, size: number): [KeyedReview[], KeyedReview[]] {
  const taken: KeyedReview[] = [];
  const rest: KeyedReview[] = [];
  for (const label of [0, 1]) {
    const ofClass = reviews
      .filter(({ review }) => review.label === label)
      .map((entry) => ({ entry, order: createHash('sha256').update(`${salt}:${entry.key}`).digest('hex') }))
      .sort((a, b) => (a.order === b.order ? byKey(a.entry, b.entry) : a.order < b.order ? -1 : 1))
      .map(({ entry }) => entry);
    const count = Math.max(1, Math.round((size * ofClass.length) / Math.max(1, reviews.length)));
    taken.push(...ofClass.slice(0, count));
    rest.push(...ofClass.slice(count));
  }
  return [taken, rest];
}

function checkClasses(split: Split, reviews: readonly KeyedReview[]): void {
  const positive = reviews.filter(({ review }) => review.label === 1).length;
  const negative = reviews.length - positive;
  if (positive > 0 && negative > 0) return;
  throw new DistilleryError(
    'INVALID_DATASET',
    `The ${split} reviews have ${negative} negative and ${positive} positive ones once duplicates are removed; expected both classes.`,
    { split, negative, positive },
  );
}
