/** What a survey's file has more than the survey that was started from it. */
import { isDeepStrictEqual } from 'node:util';
import { DistilleryError } from '../errors.ts';

/** The input of startSurvey, as far as it is looked at here. */
export interface SurveyInput {
  name: string;
  seeds?: number[];
  beside?: string[];
  grids: { name: string; [setting: string]: unknown }[];
  [setting: string]: unknown;
}

/**
 * @param stored what the server has, defaults filled in
 * @returns the input of extendSurvey; null where there is nothing to add
 * @throws DistilleryError CONFLICT where a setting differs, since the survey's runs were made with the old one
 */
export function addedTo(
  stored: SurveyInput,
  input: SurveyInput,
): Partial<Pick<SurveyInput, 'seeds' | 'grids' | 'beside'>> | null {
  const known = new Map(stored.grids.map((grid) => [grid.name, grid]));
  for (const grid of input.grids) {
    const before = known.get(grid.name);
    if (before) requireSame(before, grid, `the grid "${grid.name}"`, input.name);
  }
  const rest = Object.entries(input).filter(([setting]) => !compared.has(setting));
  requireSame(stored, Object.fromEntries(rest), 'it', input.name);
  const seeds = (input.seeds ?? []).filter((seed) => !stored.seeds?.includes(seed));
  const grids = input.grids.filter(({ name }) => !known.has(name));
  const beside = (input.beside ?? []).filter(
    (reference) =>
      !stored.beside?.some((pinned) => pinned === reference || pinned.startsWith(`${reference}@`)),
  );
  const added = {
    ...(seeds.length > 0 ? { seeds } : {}),
    ...(grids.length > 0 ? { grids } : {}),
    ...(beside.length > 0 ? { beside } : {}),
  };
  return Object.keys(added).length > 0 ? added : null;
}

/** Looked at one by one; the teacher's reference holds as it was meant when the survey was started. */
const compared = new Set(['seeds', 'beside', 'grids', 'teacher']);

/** Everything that `given` says must be in `stored`, which has defaults besides. */
function requireSame(stored: object, given: object, what: string, survey: string): void {
  for (const [setting, value] of Object.entries(given)) {
    const before = (stored as Record<string, unknown>)[setting];
    if (holds(before, value)) continue;
    throw new DistilleryError(
      'CONFLICT',
      `The survey "${survey}" in this data directory was started with another value of ${setting} in ${what}. Give the changed survey another name; its runs that did the same are taken over.`,
      { survey, setting },
    );
  }
}

function holds(stored: unknown, given: unknown): boolean {
  if (Array.isArray(given)) {
    return (
      Array.isArray(stored) &&
      stored.length === given.length &&
      given.every((value, i) => holds(stored[i], value))
    );
  }
  if (typeof given === 'object' && given !== null) {
    const fields = (stored ?? {}) as Record<string, unknown>;
    return Object.entries(given).every(([name, value]) => holds(fields[name], value));
  }
  if (given === null || given === undefined) return stored === null || stored === undefined;
  // An enum's name on the wire, a word in the configuration
  if (typeof given === 'string')
    return stored === given || stored === given.toLowerCase().replaceAll('_', '-');
  return isDeepStrictEqual(stored, given);
}
