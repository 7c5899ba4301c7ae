/** From the answers of a survey's models to what it reports of cells, comparisons and reviews. */
import { holm, mcNemar } from '../evaluation/comparison.ts';
import { discordant, meanInterval, pairedBootstrap } from '../evaluation/intervals.ts';
import type { LabelledReview } from '../evaluation/labelledReviews.ts';
import { predictedClass, softmaxPair } from '../evaluation/metrics.ts';
import type { Cell, Condition, GridPoint, PlannedComparison } from './plan.ts';
import type {
  CellResult,
  ComparisonResult,
  DividedReview,
  MeanOverSeeds,
  PublishedResult,
  RunResult,
  SeedPair,
  Verdict,
} from './report.ts';
import type { SurveyGrid } from './spec.ts';

/** Which test reviews a run's model gets right: 1 or 0 for each. */
export interface RunAnswers {
  key: string;
  cell: string;
  seed: number;
  right: Uint8Array;
}

/** A comparison by itself: its p value is not corrected for those beside it, so there is no verdict yet. */
export type LoneComparison = Omit<ComparisonResult, 'verdict'>;

const significance = 0.05;
/** The same reviews are drawn for every comparison. */
const bootstrapSeed = 1;
const mostDivided = 100;

/** Those with a run, in the order of the plan. */
export function cellResults(cells: readonly Cell[], runs: readonly RunResult[]): CellResult[] {
  return cells.flatMap((cell): CellResult[] => {
    const own = runs.filter((run) => run.cell === cell.id);
    if (own.length === 0) return [];
    const over = (figure: (run: RunResult) => number) => meanOverSeeds(own.map(figure));
    return [
      {
        id: cell.id,
        ...conditionOf(cell),
        seeds: own.map(({ seed }) => seed),
        runs: own.map(({ key }) => key),
        accuracy: over(({ metrics }) => metrics.accuracy),
        precision: over(({ metrics }) => metrics.precision),
        recall: over(({ metrics }) => metrics.recall),
        f1: over(({ metrics }) => metrics.f1),
        calibrationError: over(({ metrics }) => metrics.calibrationError),
        agreement: over(({ teacher }) => teacher.agreement),
      },
    ];
  });
}

function conditionOf(cell: Cell): Condition {
  const { architecture, targets, temperature, hardLabelWeight, labelled, unlabelled, restUnlabelled } = cell;
  return { architecture, targets, temperature, hardLabelWeight, labelled, unlabelled, restUnlabelled };
}

function meanOverSeeds(values: readonly number[]): MeanOverSeeds {
  if (values.length === 1) return { mean: values[0]!, interval: null };
  const { mean, ...interval } = meanInterval(values);
  return { mean, interval };
}

/** @returns null where no seed has both runs */
export function compareRuns(
  { axis, point, reference }: PlannedComparison,
  runs: readonly RunAnswers[],
): LoneComparison | null {
  const pairs = runs.flatMap((run) => {
    if (run.cell !== point.cell) return [];
    const other = runs.find(({ cell, seed }) => cell === reference.cell && seed === run.seed);
    return other ? [{ run, other }] : [];
  });
  if (pairs.length === 0) return null;
  const seedPairs = pairs.map(({ run, other }) => seedPair(run, other));
  const differences = Float64Array.from(pairs[0]!.run.right, (_, review) => {
    const sum = pairs.reduce((total, { run, other }) => total + run.right[review]! - other.right[review]!, 0);
    return sum / pairs.length;
  });
  return {
    axis,
    point,
    reference,
    difference: meanOverSeeds(seedPairs.map(({ difference }) => difference)),
    overReviews: pairedBootstrap(differences, bootstrapSeed),
    pValue: Math.max(...seedPairs.map(({ pValue }) => pValue)),
    pairs: seedPairs,
  };
}

function seedPair(run: RunAnswers, other: RunAnswers): SeedPair {
  const { onlyFirst: onlyPoint, onlySecond: onlyReference } = discordant(run.right, other.right);
  return {
    seed: run.seed,
    run: run.key,
    reference: other.key,
    difference: (onlyPoint - onlyReference) / run.right.length,
    pValue: mcNemar(run.right, other.right),
    onlyPoint,
    onlyReference,
  };
}

/** Corrects the p values of a grid's comparisons, those along one axis together, and says what each comes to. */
export function judge(comparisons: readonly LoneComparison[]): ComparisonResult[] {
  const corrected = new Map<LoneComparison, number>();
  for (const axis of new Set(comparisons.map((comparison) => comparison.axis))) {
    const family = comparisons.filter((comparison) => comparison.axis === axis);
    const pValues = holm(family.map(({ pValue }) => pValue));
    for (const [i, comparison] of family.entries()) corrected.set(comparison, pValues[i]!);
  }
  return comparisons.map((lone) => {
    const comparison = { ...lone, pValue: corrected.get(lone)! };
    return { ...comparison, verdict: verdictOf(comparison) };
  });
}

function verdictOf({ pairs, overReviews, pValue }: LoneComparison): Verdict {
  if (pValue >= significance) return 'undecided';
  if (overReviews.low > 0 && pairs.every(({ difference }) => difference > 0)) return 'better';
  if (overReviews.high < 0 && pairs.every(({ difference }) => difference < 0)) return 'worse';
  return 'undecided';
}

/** A figure stands beside the point of its network and targets that has the first value of every other axis. */
export function publishedResults(
  { published, temperatures, hardLabelWeights, labelled, unlabelled }: SurveyGrid,
  points: readonly GridPoint[],
  cells: readonly CellResult[],
): PublishedResult[] {
  const isFirst = (value: number | null, values: readonly number[]) => value === null || value === values[0];
  return published.map((figure) => {
    const place = points.find(
      (point) =>
        point.architecture === figure.architecture &&
        point.targets === figure.targets &&
        isFirst(point.temperature, temperatures) &&
        isFirst(point.hardLabelWeight, hardLabelWeights) &&
        point.labelled === labelled[0]!.reviews &&
        isFirst(point.unlabelled, unlabelled),
    );
    return { ...figure, cell: cells.find(({ id }) => id === place?.cell)?.id ?? null };
  });
}

/**
 * The reviews that most students answer otherwise than the teacher: at most 100, the most divided first.
 * @param teacher its logits, float32 [reviews, 2]
 * @param students the class that each gives each review
 */
export function dividedReviews(
  reviews: readonly LabelledReview[],
  teacher: Float32Array,
  students: readonly Uint8Array[],
): DividedReview[] {
  return reviews
    .map(({ id, label }, review): DividedReview => {
      const [negative, positive] = [teacher[2 * review]!, teacher[2 * review + 1]!];
      const teacherClass = predictedClass(negative, positive);
      return {
        id,
        label,
        teacherClass,
        teacherPositive: softmaxPair(negative, positive)[1],
        studentsAgainst: students.filter((classes) => classes[review] !== teacherClass).length,
      };
    })
    .filter(({ studentsAgainst }) => studentsAgainst > 0)
    .sort((a, b) => b.studentsAgainst - a.studentsAgainst || (a.id < b.id ? -1 : 1))
    .slice(0, mostDivided);
}
