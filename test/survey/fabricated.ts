/** Findings of a grid made up from the accuracy of each of its points. */
import type { Findings } from '../../src/survey/findings.ts';
import { planSurvey } from '../../src/survey/plan.ts';
import type { Condition, PlannedGrid } from '../../src/survey/plan.ts';
import type { CellResult, ComparisonResult, MeanOverSeeds } from '../../src/survey/report.ts';
import { surveySpec } from '../../src/survey/spec.ts';
import type { SurveyGrid } from '../../src/survey/spec.ts';

/** What the schema fills in is left out. */
type GridInput = Partial<SurveyGrid> | Record<string, unknown>;

export const students = (...architectures: string[]) =>
  architectures.map((architecture) => {
    const [network, size] = architecture.split('-');
    return { network, sizes: [Number(size)] };
  });

export function planOf(grid: GridInput): { grid: SurveyGrid; planned: PlannedGrid } {
  const spec = surveySpec.parse({
    name: 'made.up',
    title: 'Made up',
    dataset: 'none',
    teacher: 'teacher',
    grids: [{ name: 'grid', question: 'What?', ...grid }],
  });
  return { grid: spec.grids[0]!, planned: planSurvey(spec).grids[0]! };
}

/** Differences of half a point and more are decided. */
const decided = 0.005;

const over = (mean: number): MeanOverSeeds => ({ mean, interval: null });

/** @param accuracyOf the mean accuracy of a point's cell; null where it was not measured */
export function findingsOf(
  grid: GridInput,
  accuracyOf: (condition: Condition) => number | null,
  seeds = 3,
): Findings {
  const { points, comparisons: planned } = planOf(grid).planned;
  const accuracies = new Map(points.map((point) => [point.cell, accuracyOf(point)]));
  const cells = points.flatMap(({ cell, ...condition }): CellResult[] => {
    const accuracy = accuracies.get(cell)!;
    if (accuracy === null) return [];
    const figures = { precision: over(0), recall: over(0), f1: over(0), calibrationError: over(0) };
    const agreement = over(accuracy + 0.05);
    return [{ id: cell, ...condition, seeds: [], runs: [], accuracy: over(accuracy), ...figures, agreement }];
  });
  const comparisons = planned.flatMap(({ axis, point, reference }): ComparisonResult[] => {
    const [here, there] = [accuracies.get(point.cell)!, accuracies.get(reference.cell)!];
    if (here === null || there === null) return [];
    const difference = here - there;
    const pair = { run: '', reference: '', difference, pValue: 0, onlyPoint: 0, onlyReference: 0 };
    return [
      {
        axis,
        point,
        reference,
        difference: over(difference),
        overReviews: { low: 0, high: 0 },
        pValue: 0,
        verdict: Math.abs(difference) < decided - 1e-9 ? 'undecided' : difference > 0 ? 'better' : 'worse',
        pairs: Array.from({ length: seeds }, (_, i) => ({ seed: i + 1, ...pair })),
      },
    ];
  });
  return { points, planned, comparisons, cells };
}
