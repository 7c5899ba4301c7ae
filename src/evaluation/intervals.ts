/** How sure a figure is: intervals that hold the true value in 95 of 100 repetitions. */
import { DistilleryError } from '../errors.ts';
import { Random } from '../nn/random.ts';

export interface Interval {
  low: number;
  high: number;
}

/** The standard normal distribution's 97.5 % point. */
const z = 1.959964;

/**
 * Wilson's interval for a share, which stays within [0, 1] and holds for few trials too (Wilson 1927, Journal of the
 * American Statistical Association 22).
 * @param right trials that succeeded, of `trials`
 */
export function wilsonInterval(right: number, trials: number): Interval {
  const share = right / trials;
  const centre = share + z ** 2 / (2 * trials);
  const spread = z * Math.sqrt((share * (1 - share)) / trials + (z / (2 * trials)) ** 2);
  const scale = 1 + z ** 2 / trials;
  return { low: Math.max(0, (centre - spread) / scale), high: Math.min(1, (centre + spread) / scale) };
}

/** Student's t distribution: 97.5 % points for 1, 2, 3, … degrees of freedom (Student 1908, Biometrika 6). */
const tPoints = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604,
  2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093,
];

/**
 * Mean and Student's t interval of measurements that vary by chance, such as one a seed. Of paired measurements, give
 * the differences.
 * @throws DistilleryError BAD_USER_INPUT for fewer than two values
 */
export function meanInterval(values: readonly number[]): Interval & { mean: number } {
  const count = values.length;
  if (count < 2) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `An interval over ${count} measurement can't be told; expected two or more. Repeat it with other seeds.`,
      { count },
    );
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const spread = (tPoints[count - 2] ?? z) * Math.sqrt(variance / count);
  return { mean, low: mean - spread, high: mean + spread };
}

/**
 * The difference of two accuracies on the same reviews. With b reviews that only the second gets right and c that
 * only the first does, it is (b − c) / n, of variance (b + c − (b − c)² / n) / n² (McNemar 1947, Psychometrika 12).
 * @param first 1 where the first model was right, else 0, one a review; `second` likewise
 */
export function pairedDifference(first: Uint8Array, second: Uint8Array): Interval & { difference: number } {
  const reviews = first.length;
  const { onlyFirst, onlySecond } = discordant(first, second);
  const difference = (onlySecond - onlyFirst) / reviews;
  const variance = (onlyFirst + onlySecond) / reviews ** 2 - difference ** 2 / reviews;
  const spread = z * Math.sqrt(variance);
  return { difference, low: difference - spread, high: difference + spread };
}

/**
 * What the mean difference of two accuracies could have been on other reviews like these: the percentile interval of
 * the bootstrap (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13). Each of B resamples draws
 * as many reviews as there are, with replacement; of the B means in order, the k-th from either end bound the
 * interval, k = ⌊(B + 1) · 0.025⌋. About a quarter of a second for 25,000 reviews.
 * @param differences one a review: right (1) or wrong (0) of the one model minus that of the other, or the mean of
 *   that over several pairs of models, which keeps the pairs together
 * @param resamples B, 39 at least
 */
export function pairedBootstrap(differences: Float64Array, seed: number, resamples = 2000): Interval {
  const random = new Random(seed);
  const reviews = differences.length;
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample += 1) {
    let sum = 0;
    for (let draw = 0; draw < reviews; draw += 1) sum += differences[random.integer(reviews)]!;
    means[resample] = sum / reviews;
  }
  means.sort();
  const fromEnd = Math.floor((resamples + 1) * 0.025);
  return { low: means[fromEnd - 1]!, high: means[resamples - fromEnd]! };
}

/**
 * Reviews that only one of two models gets right.
 * @param first 1 where the first model was right, else 0, one a review; `second` likewise
 */
export function discordant(first: Uint8Array, second: Uint8Array): { onlyFirst: number; onlySecond: number } {
  let [onlyFirst, onlySecond] = [0, 0];
  first.forEach((right, i) => {
    if (right > second[i]!) onlyFirst += 1;
    if (right < second[i]!) onlySecond += 1;
  });
  return { onlyFirst, onlySecond };
}
