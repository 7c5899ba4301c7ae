/** What aliases point at: the two that move by themselves, and all that are moved by hand or try a version. */
import { DistilleryError } from '../errors.ts';
import * as rows from '../storage/aliases.ts';
import type { Queries, Transaction } from '../storage/database.ts';
import { namePattern, referenceOf } from '../names.ts';
import { bestStudent, findVersion, newestReferences, type ModelRow } from '../storage/models.ts';
import type { ModelCard } from './card.ts';
import { checkName } from './modelFolder.ts';

/** How an alias takes a version on: wholly, as it does by default, or on trial beside its own. */
export interface TrialTerms {
  /** Of the texts, above 0 and up to 1. */
  readonly share?: number;
  readonly shadow?: boolean;
}

/** What the history of an alias tells of a change beside what was changed. */
export interface ChangedBy {
  /** null where it is not known. */
  readonly actor?: string | null;
  /** It went back to a version that it meant before. */
  readonly rollback?: boolean;
}

/**
 * Aliases that the registry keeps itself: the newest teacher, and the student with the best validation accuracy among
 * those of the dataset that a student was trained on last. Moved by hand, they stay until the next such model.
 */
const teacherAlias = 'teacher';
const bestStudentAlias = 'best-student';

const isManaged = (alias: string) => alias === teacherAlias || alias === bestStudentAlias;

type Version = Pick<ModelCard, 'name' | 'version'>;

/** @throws DistilleryError BAD_USER_INPUT for an alias that is no name, or a share that is none */
export function checkAlias(alias: string, { share = 1 }: TrialTerms): void {
  checkName(alias, 'alias');
  if (share > 0 && share <= 1) return;
  throw new DistilleryError('BAD_USER_INPUT', `share is ${share}; expected a number above 0 and up to 1.`, {
    share,
  });
}

/**
 * Points an alias at a version, which ends what it tried before, or lets it try the version. Its own version, where it
 * is to be tried, ends the trial.
 * @throws DistilleryError BAD_USER_INPUT for a new alias that is a model's name or is to try something
 */
export async function pointAlias(
  transaction: Transaction,
  alias: string,
  { name, version }: Version,
  { share = 1, shadow = false }: TrialTerms,
  { actor = null, rollback = false }: ChangedBy,
): Promise<void> {
  const now = await rows.lockAlias(transaction, alias);
  if (share === 1 && !shadow) {
    if (!isManaged(alias)) await checkNoModel(transaction, alias);
    await rows.moveAlias(transaction, alias, name, version);
    return rows.recordChange(transaction, alias, { reason: rollback ? 'rollback' : 'set', actor });
  }
  if (!now) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `There is no alias "${alias}" yet, so it has no version to try another beside. ` +
        'Set it to one first, without share and shadow.',
      { alias },
    );
  }
  if (now.name === name && now.version === version) await rows.removeCandidate(transaction, alias);
  else await rows.insertCandidate(transaction, { alias, name, version, share, shadow });
  return rows.recordChange(transaction, alias, { reason: 'trial', actor });
}

/** Moves the aliases that move by themselves, after `card` has been stored. */
export async function keepAliases(
  transaction: Transaction,
  card: ModelCard,
  { replaceTeacher = true } = {},
): Promise<void> {
  if (card.method === 'baseline') return;
  if (card.method !== 'teacher') {
    const best = await bestStudent(transaction);
    if (best) await keepAlias(transaction, bestStudentAlias, best);
  } else if (replaceTeacher || !(await rows.isAlias(transaction, teacherAlias))) {
    await keepAlias(transaction, teacherAlias, card);
  }
}

/** Whether nobody would find a model of this name behind an alias; a teacher called teacher is what the alias means. */
export async function hidesModel(queries: Queries, name: string, kind: string): Promise<boolean> {
  if (name === teacherAlias && kind === 'teacher') return false;
  return isManaged(name) || rows.isAlias(queries, name);
}

/** Where it stays, its trial goes on. */
async function keepAlias(transaction: Transaction, alias: string, { name, version }: Version): Promise<void> {
  const now = await rows.lockAlias(transaction, alias);
  if (now?.name === name && now.version === version) return;
  await rows.moveAlias(transaction, alias, name, version);
  await rows.recordChange(transaction, alias, { reason: 'published', actor: null });
}

async function checkNoModel(transaction: Transaction, alias: string): Promise<void> {
  if (!(await findVersion(transaction, alias))) return;
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `"${alias}" is the name of a model, so it can't be an alias. Choose another.`,
    { alias },
  );
}

/** @throws DistilleryError NOT_FOUND with those that exist */
export async function checkIsAlias(queries: Queries, alias: string): Promise<void> {
  if (await rows.isAlias(queries, alias)) return;
  const known = await rows.allAliases(queries);
  const shown = alias.slice(0, 100);
  const there = known.length > 0 ? `There are: ${known.join(', ')}.` : 'There are none yet.';
  throw new DistilleryError('NOT_FOUND', `There is no alias "${shown}". ${there}`, { alias: shown, known });
}

/**
 * The version that the alias meant last before its present one, whatever it tried meanwhile.
 * @throws DistilleryError NOT_FOUND for the alias; CONFLICT where there is no such version, or it is gone
 */
export async function versionBefore(queries: Queries, alias: string): Promise<ModelRow> {
  await checkIsAlias(queries, alias);
  const before = await rows.versionBefore(queries, alias);
  if (!before) {
    const message = `"${alias}" has always meant the version that it means now, so there is none to go back to.`;
    throw new DistilleryError('CONFLICT', message, { alias });
  }
  const row = await findVersion(queries, before.name, before.version);
  if (row) return row;
  const reference = referenceOf(before);
  const message = `"${alias}" meant ${reference} before, which is gone. Set it to another version instead.`;
  throw new DistilleryError('CONFLICT', message, { alias, reference });
}

/** @returns null for what can be no reference */
export function parseReference(reference: string): rows.ParsedReference | null {
  const [, name = '', number] = /^([^@]*)(?:@([1-9][0-9]{0,8}))?$/.exec(reference) ?? [];
  if (!namePattern.test(name)) return null;
  return { reference, name, version: number === undefined ? null : Number(number) };
}

/** NOT_FOUND with everything that exists. */
export async function unknownReference(queries: Queries, reference: string): Promise<DistilleryError> {
  const known = [...(await rows.allAliases(queries)), ...(await newestReferences(queries))];
  const there =
    known.length > 0 ? `There are: ${known.join(', ')}.` : 'There are no models yet: train a teacher first.';
  const shown = reference.slice(0, 100);
  return new DistilleryError(
    'NOT_FOUND',
    `There is no model "${shown}". ${there} A name, name@version or an alias is expected.`,
    { reference: shown, known },
  );
}
