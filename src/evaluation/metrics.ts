/** How good a classifier's answers are: accuracy, precision, recall, F1 and calibration of two-class logits. */
import { DistilleryError } from '../errors.ts';
import type { ClassificationMetrics } from '../models/card.ts';
import { wilsonInterval } from './intervals.ts';

/** What one epoch of a run came to. */
export interface EpochMetrics {
  phase: string;
  /** 1-based within the phase. */
  epoch: number;
  /** Mean training loss over the epoch. */
  loss: number;
  validation: ClassificationMetrics | null;
}

const calibrationBins = 15;

/**
 * Softmax over the two logits, `exp(z_i − max z) / Σ_j exp(z_j − max z)`: shifted by the larger one, so that no
 * logit is too large for `exp`.
 * @returns probabilities of negative and positive; they add up to 1, up to rounding
 */
export function softmaxPair(negative: number, positive: number): [number, number] {
  const smaller = Math.exp(-Math.abs(negative - positive));
  const larger = 1 / (1 + smaller);
  return negative >= positive ? [larger, smaller * larger] : [smaller * larger, larger];
}

/** The class that two logits stand for; equal ones count as negative, everywhere. */
export function predictedClass(negative: number, positive: number): 0 | 1 {
  return positive > negative ? 1 : 0;
}

/** Of each row of logits [reviews, 2]. */
export function predictedClasses(logits: Float32Array): Uint8Array {
  return Uint8Array.from({ length: logits.length / 2 }, (_, i) =>
    predictedClass(logits[2 * i]!, logits[2 * i + 1]!),
  );
}

/**
 * Accuracy with its 95 % interval; precision `TP / (TP + FP)`, recall `TP / (TP + FN)` and F1 `2TP / (2TP + FP + FN)` of the positive
 * class (van Rijsbergen, Information Retrieval, 1979), each 0 where its denominator is 0; and the expected
 * calibration error `Σ_m |B_m| / n · |accuracy(B_m) − confidence(B_m)|` over 15 bins of equal width, where the
 * m-th bin holds confidences in `((m − 1) / 15, m / 15]` (Guo et al. 2017, arXiv 1706.04599).
 * @param logits float32 [reviews, 2], row-major: negative, positive
 * @param labels one of 0 (negative) and 1 (positive) for each review
 * @throws DistilleryError INVALID_DATASET for no reviews or another label, INVALID_CHECKPOINT for a logit that is
 *   not finite, INTERNAL where logits and labels differ in length
 */
export function classificationMetrics(
  logits: Float32Array,
  labels: ArrayLike<number>,
): ClassificationMetrics {
  const reviews = labels.length;
  if (logits.length !== 2 * reviews) {
    throw new DistilleryError(
      'INTERNAL',
      `Expected two logits for each of ${reviews} labels, got ${logits.length} logits.`,
      { logits: logits.length, labels: reviews },
    );
  }
  if (reviews === 0) {
    throw new DistilleryError(
      'INVALID_DATASET',
      'There are no reviews to measure a model on; expected at least one.',
    );
  }

  let truePositives = 0;
  let falsePositives = 0;
  let falseNegatives = 0;
  // |B_m| · (accuracy − confidence) is the difference of two sums, so each bin needs one number only.
  const calibrationGaps = new Float64Array(calibrationBins);

  for (let review = 0; review < reviews; review++) {
    const label = labels[review] ?? NaN;
    if (label !== 0 && label !== 1) {
      throw new DistilleryError(
        'INVALID_DATASET',
        `The label of review ${review} is ${label}; expected 0 or 1.`,
        {
          review,
          expected: [0, 1],
        },
      );
    }
    const negative = logits[2 * review] ?? NaN;
    const positive = logits[2 * review + 1] ?? NaN;
    requireFinite(negative, positive);

    const predicted = predictedClass(negative, positive);
    if (predicted === 1 && label === 1) truePositives++;
    if (predicted === 1 && label === 0) falsePositives++;
    if (predicted === 0 && label === 1) falseNegatives++;

    const confidence = Math.max(...softmaxPair(negative, positive));
    const bin = Math.ceil(confidence * calibrationBins) - 1;
    calibrationGaps[bin] = (calibrationGaps[bin] ?? 0) + (predicted === label ? 1 : 0) - confidence;
  }

  const wrong = falsePositives + falseNegatives;
  return {
    reviews,
    accuracy: (reviews - wrong) / reviews,
    accuracyInterval: wilsonInterval(reviews - wrong, reviews),
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, truePositives + falseNegatives),
    f1: ratio(2 * truePositives, 2 * truePositives + wrong),
    calibrationError: calibrationGaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / reviews,
  };
}

/** @throws DistilleryError INVALID_CHECKPOINT, since only weights that have diverged give such logits */
export function requireFinite(negative: number, positive: number): void {
  if (Number.isFinite(negative) && Number.isFinite(positive)) return;
  throw new DistilleryError(
    'INVALID_CHECKPOINT',
    `The model answered with logits ${negative} and ${positive}; expected finite numbers. ` +
      'Its weights have diverged: train it again with a lower learning rate.',
  );
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
