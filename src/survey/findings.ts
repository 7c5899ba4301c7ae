/** What a grid found, and what its verdicts say of one group of students against another. */
import type { GridPoint, PlannedComparison } from './plan.ts';
import type { CellResult, ComparisonResult } from './report.ts';
import { count, overSeeds, range, sizes } from './wording.ts';

export interface Findings {
  points: readonly GridPoint[];
  /** Those without a finished run as well. */
  planned: readonly PlannedComparison[];
  comparisons: readonly ComparisonResult[];
  /** Those of all grids of the survey. */
  cells: readonly CellResult[];
}

/** Comparisons that answer the same question. */
export interface Family {
  found: readonly ComparisonResult[];
  /** Whether some of those planned came to nothing. */
  missing: boolean;
}

export function familyOf(
  { planned, comparisons }: Findings,
  belongs: (comparison: PlannedComparison) => boolean,
): Family {
  const found = comparisons.filter(belongs);
  return { found, missing: found.length < planned.filter(belongs).length };
}

/** `sizes` where each comparison is of another network, else `comparisons`. */
export function nounOf({ found, missing }: Family): string {
  const networks = new Set(found.map(({ point }) => point.architecture));
  const noun = networks.size === found.length ? 'sizes' : 'comparisons';
  return missing ? `measured ${noun}` : noun;
}

/**
 * One sentence: at how many sizes they are better, and by how much.
 * @param subjects who is at the points, in the plural, as are `others`, who are at the references
 */
export function verdictSentence(subjects: string, others: string, family: Family): string {
  const { found } = family;
  const all = found.length;
  const [better, worse] = [count(found, 'better'), count(found, 'worse')];
  const noun = nounOf(family);
  const preposition = noun.endsWith('sizes') ? 'at' : 'in';
  const at = (some: number) => `${preposition} ${some} of ${all} ${noun}`;
  const where = all === 1 ? `(${found[0]!.point.architecture})` : at(all);
  const differences = found.map(({ difference }) => difference.mean);
  const over = overSeeds(found);
  if (better === all || worse === all) {
    const verb = better === all ? 'beat' : 'do worse than';
    return `${capital(subjects)} ${verb} ${others} ${where}, by ${sizes(differences)} points${over}.`;
  }
  const figures = `the ${all === 1 ? 'difference is' : 'differences are'} ${range(differences)} points${over}`;
  if (better + worse === 0) return `Whether ${subjects} beat ${others} is undecided ${where}; ${figures}.`;
  const decided =
    better === 0
      ? `do worse than ${others} ${at(worse)}`
      : `beat ${others} ${at(better)}${worse > 0 ? ` and do worse ${preposition} ${worse}` : ''}`;
  const undecided = all - better - worse;
  const rest = undecided > 0 ? `, with ${undecided} undecided` : '';
  return `${capital(subjects)} ${decided}${rest}; ${figures}.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
