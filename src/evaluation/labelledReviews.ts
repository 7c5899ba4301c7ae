/** The reviews that models are measured on. */
import type { Dataset, Review, Split } from '../data/dataset.ts';
import { DistilleryError } from '../errors.ts';

export type LabelledReview = Review & { readonly label: 0 | 1 };

export function isLabelled(review: Review): review is LabelledReview {
  return review.label !== null;
}

/**
 * All reviews of a split, in its order.
 * @throws DistilleryError BAD_USER_INPUT for a split without reviews, INVALID_DATASET for one with a single class or
 *   without labels
 */
export async function labelledReviews(dataset: Dataset, split: Split): Promise<readonly LabelledReview[]> {
  if (!dataset.counts[split]) {
    const filled = Object.entries(dataset.counts).flatMap(([name, count]) => (count > 0 ? [name] : []));
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `The dataset ${dataset.name} has no reviews in its ${split} split; it has some in: ${filled.join(', ')}.`,
      { dataset: dataset.name, split, expected: filled },
    );
  }
  const reviews = await dataset.reviews(split);
  const labelled = reviews.filter(isLabelled);
  const positive = labelled.filter(({ label }) => label === 1).length;
  if (labelled.length < reviews.length || positive === 0 || positive === labelled.length) {
    const found = `${labelled.length - positive} negative, ${positive} positive and ${reviews.length - labelled.length} unlabelled`;
    throw new DistilleryError(
      'INVALID_DATASET',
      `The ${split} split of ${dataset.name} has ${found} reviews; expected labelled reviews of both classes.`,
      { dataset: dataset.name, split, negative: labelled.length - positive, positive },
    );
  }
  return labelled;
}
