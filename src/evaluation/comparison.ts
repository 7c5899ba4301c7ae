/** Which differences between models are real: every two of them on the same reviews. */
import { discordant, pairedDifference, type Interval } from './intervals.ts';

/** The answers of a model to reviews that all models have classified. */
export interface ModelAnswers {
  /** name@version */
  model: string;
  /** The class that it gave each review: 0 or 1. */
  classes: Uint8Array;
}

export interface ModelComparison extends Interval {
  model: string;
  /** What it is compared with. */
  other: string;
  /** Accuracy of `model` minus that of `other`, with its 95 % interval over reviews like these. */
  difference: number;
  /** Of McNemar's exact test, corrected for the number of comparisons (Holm 1979, Scandinavian Journal of Statistics 6). */
  pValue: number;
  /** Share of the reviews to which both give the same answer. */
  agreement: number;
}

/** @returns each model against each one before it, in their order */
export function compareModels(
  answers: readonly ModelAnswers[],
  labels: ArrayLike<number>,
): ModelComparison[] {
  const right = answers.map(({ classes }) => classes.map((answer, i) => Number(answer === labels[i])));
  const comparisons = answers.flatMap(({ model, classes }, place) =>
    answers.slice(0, place).map((other, before): ModelComparison => {
      const [mine, theirs] = [right[place]!, right[before]!];
      return {
        model,
        other: other.model,
        ...pairedDifference(theirs, mine),
        pValue: mcNemar(mine, theirs),
        agreement: agreement(classes, other.classes),
      };
    }),
  );
  const corrected = holm(comparisons.map(({ pValue }) => pValue));
  return comparisons.map((comparison, i) => ({ ...comparison, pValue: corrected[i]! }));
}

/** Share of the reviews to which two models give the same class. */
export function agreement(classes: Uint8Array, others: Uint8Array): number {
  return classes.filter((answer, i) => answer === others[i]).length / classes.length;
}

/**
 * McNemar's exact test (McNemar 1947, Psychometrika 12): the chance that reviews which only one of two equally good
 * models gets right are divided between them at least as unevenly as here, which is binomial with 1/2.
 * @param first 1 where the first model was right, else 0, one a review; `second` likewise
 * @returns the two-sided p value
 */
export function mcNemar(first: Uint8Array, second: Uint8Array): number {
  const { onlyFirst, onlySecond } = discordant(first, second);
  const trials = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  // log of (trials over k) / 2^trials, from k = 0 on; sums of thousands of small terms stay exact enough
  let logTerm = -trials * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= fewer; k += 1) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((trials - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

/** Holm's correction: the smallest of n is multiplied by n, the next by n − 1, and none falls below one before it. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const corrected = Array<number>(pValues.length);
  let largest = 0;
  for (const [rank, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[i]!));
    corrected[i] = largest;
  }
  return corrected;
}
