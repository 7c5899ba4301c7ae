/** How figures of a survey are written in a sentence. */
import type { Axis, Condition } from './plan.ts';
import type { ComparisonResult, Verdict } from './report.ts';
import type { SurveyTargets } from './spec.ts';

/** A share as percentage points: 0.0123 is `1.2`. */
const points = (share: number): string => Math.abs(100 * share).toFixed(1);

/** A difference of shares in percentage points with its sign, a real minus: `+1.2`, `−0.6`, `0.0`. */
export function signed(difference: number): string {
  const text = points(difference);
  if (text === '0.0') return text;
  return `${difference < 0 ? '−' : '+'}${text}`;
}

export const percent = (share: number): string => `${points(share)} %`;

export const whole = (count: number): string => count.toLocaleString('en');

/** `a, b and c` */
export function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)!}`;
}

/** Sizes of differences, in points: `0.2 to 1.3`, or one figure where both are the same. */
export function sizes(differences: readonly number[]): string {
  const [least, most] = [Math.min, Math.max].map((end) => points(end(...differences.map(Math.abs))));
  return least === most ? least! : `${least!} to ${most!}`;
}

/** The same with signs: `−0.6 to +1.3`. */
export function range(differences: readonly number[]): string {
  const [least, most] = [Math.min, Math.max].map((end) => signed(end(...differences)));
  return least === most ? least! : `${least!} to ${most!}`;
}

/** ` on average over 3 seeds`, ` with one seed` */
export function overSeeds(comparisons: readonly ComparisonResult[]): string {
  const counts = comparisons.map(({ pairs }) => pairs.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) return ' with one seed';
  return ` on average over ${least === most ? most : `${least} to ${most}`} seeds`;
}

const targetsInWords: Readonly<Record<SurveyTargets, string>> = {
  scratch: 'labels alone',
  soft: 'soft targets',
  'soft-then-hard': 'labels after soft targets',
};

/** What a condition has on an axis: `T = 2`, `500 labelled reviews`. */
export function valueOn(axis: Axis, condition: Condition): string {
  const { targets, temperature, hardLabelWeight, labelled, unlabelled } = condition;
  switch (axis) {
    case 'targets':
      return targetsInWords[targets];
    case 'temperature':
      return `T = ${temperature ?? 'none'}`;
    case 'hardLabelWeight':
      return `hard-label weight ${hardLabelWeight ?? 'none'}`;
    case 'labelled':
      return labelled === null ? 'all labelled reviews' : `${whole(labelled)} labelled reviews`;
    case 'unlabelled':
      return `${unlabelled ? whole(unlabelled) : 'no'} unlabelled reviews`;
  }
}

/** Verdicts in numbers: `6 of 8 better, 2 undecided`; of a single comparison its verdict. */
export function tally(comparisons: readonly ComparisonResult[]): string {
  if (comparisons.length === 1) return comparisons[0]!.verdict;
  const [worse, undecided] = [count(comparisons, 'worse'), count(comparisons, 'undecided')];
  return [
    `${count(comparisons, 'better')} of ${comparisons.length} better`,
    ...(worse ? [`${worse} worse`] : []),
    ...(undecided ? [`${undecided} undecided`] : []),
  ].join(', ');
}

export function count(comparisons: readonly ComparisonResult[], wanted: Verdict): number {
  return comparisons.filter(({ verdict }) => verdict === wanted).length;
}

/** Of no figures NaN. */
export function meanOf(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}
