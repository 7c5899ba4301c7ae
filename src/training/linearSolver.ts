/** What a linear classifier over n-grams is fitted with: log-count ratios, a support vector machine, calibration. */
import { Random } from '../nn/random.ts';

/** Distinct ids of each text, and its class. */
export interface BagsOfIds {
  readonly bags: readonly (readonly number[])[];
  readonly labels: readonly (0 | 1)[];
}

/**
 * How much more often an id stands in positive texts than in negative ones: `log((p / |p|) / (q / |q|))`, where p and
 * q count the texts of each class that hold the id, plus one (Wang and Manning 2012, ACL, "Baselines and Bigrams").
 * @returns float64 [size]; 0 where an id never occurs
 */
export function logCountRatios({ bags, labels }: BagsOfIds, size: number): Float64Array {
  const counts = [new Float64Array(size), new Float64Array(size)] as const;
  bags.forEach((bag, text) => {
    const ofClass = counts[labels[text]!];
    for (const id of bag) ofClass[id]! += 1;
  });
  const [negative, positive] = counts;
  let [ofNegative, ofPositive] = [0, 0];
  for (let id = 0; id < size; id += 1) {
    if (negative[id]! + positive[id]! === 0) continue;
    ofNegative += negative[id]! + 1;
    ofPositive += positive[id]! + 1;
  }
  return Float64Array.from({ length: size }, (_, id) =>
    negative[id]! + positive[id]! === 0
      ? 0
      : Math.log((positive[id]! + 1) / ofPositive / ((negative[id]! + 1) / ofNegative)),
  );
}

export interface SolverOptions {
  /** Value of each id's feature, float64 [size]. */
  readonly features: Float64Array;
  /** C: what an error costs against ½|w|². */
  readonly cost: number;
  readonly passes: number;
  readonly seed: number;
  /** Awaited after each pass. */
  readonly onPass: (pass: number) => Promise<void>;
}

/**
 * The L2-regularised support vector machine with squared hinge loss, `½|w|² + C Σ max(0, 1 − y w·x)²`, by dual
 * coordinate descent (Hsieh et al. 2008, ICML, algorithm 1).
 * @returns w, float64 [size]
 */
export async function supportVectorMachine(
  { bags, labels }: BagsOfIds,
  { features, cost, passes, seed, onPass }: SolverOptions,
): Promise<Float64Array> {
  const weights = new Float64Array(features.length);
  const alphas = new Float64Array(bags.length);
  const slack = 1 / (2 * cost);
  const norms = bags.map((bag) => bag.reduce((sum, id) => sum + features[id]! ** 2, 0));
  const random = new Random(seed, 0x5f3);
  const order = bags.map((_, text) => text);
  for (let pass = 1; pass <= passes; pass += 1) {
    for (const text of random.shuffle(order)) {
      const bag = bags[text]!;
      const sign = labels[text] === 1 ? 1 : -1;
      let score = 0;
      for (const id of bag) score += weights[id]! * features[id]!;
      const gradient = sign * score - 1 + slack * alphas[text]!;
      const alpha = Math.max(0, alphas[text]! - gradient / (norms[text]! + slack));
      const change = sign * (alpha - alphas[text]!);
      alphas[text] = alpha;
      if (change !== 0) for (const id of bag) weights[id]! += change * features[id]!;
    }
    await onPass(pass);
  }
  return weights;
}

/**
 * The sigmoid `1 / (1 + exp(−(a·score + b)))` that fits scores to labels best (Platt 1999, "Probabilistic outputs for
 * support vector machines"), by Newton's method on the log loss, with steps halved while they overshoot.
 */
export function plattScaling(
  scores: readonly number[],
  labels: readonly (0 | 1)[],
): { slope: number; offset: number } {
  const positives = labels.reduce<number>((sum, label) => sum + label, 0);
  // Platt's prior on the targets keeps the slope finite where the classes can be told apart
  const targets = [1 / (labels.length - positives + 2), (positives + 1) / (positives + 2)] as const;
  const lossAt = (a: number, b: number) =>
    scores.reduce((sum, score, i) => {
      const logOdds = a * score + b;
      return (
        sum + Math.max(logOdds, 0) + Math.log1p(Math.exp(-Math.abs(logOdds))) - targets[labels[i]!] * logOdds
      );
    }, 0);

  let [slope, offset] = [0, 0];
  let loss = lossAt(slope, offset);
  for (let iteration = 0; iteration < 100; iteration += 1) {
    let [gradientA, gradientB, aa, ab, bb] = [0, 0, 1e-9, 0, 1e-9];
    scores.forEach((score, i) => {
      const probability = 1 / (1 + Math.exp(-(slope * score + offset)));
      const error = probability - targets[labels[i]!];
      const curvature = probability * (1 - probability);
      gradientA += error * score;
      gradientB += error;
      aa += curvature * score * score;
      ab += curvature * score;
      bb += curvature;
    });
    const determinant = aa * bb - ab * ab;
    const stepA = (bb * gradientA - ab * gradientB) / determinant;
    const stepB = (aa * gradientB - ab * gradientA) / determinant;
    let share = 1;
    while (share > 1e-10 && lossAt(slope - share * stepA, offset - share * stepB) > loss) share /= 2;
    slope -= share * stepA;
    offset -= share * stepB;
    loss = lossAt(slope, offset);
    if (share * (Math.abs(stepA) + Math.abs(stepB)) < 1e-9) break;
  }
  return { slope, offset };
}
