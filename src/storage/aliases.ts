/** Rows of aliases and of the versions that they try, and which version a reference means by them. */
import { and, asc, desc, eq, getTableColumns, lt, sql } from 'drizzle-orm';
import type { Database, Queries, Transaction } from './database.ts';
import { findVersions, type ModelRow } from './models.ts';
import { checkFirst, decodePosition, encodeCursor, pageOf, type Page, type PageRequest } from './page.ts';
import { aliasCandidates, aliasHistory, modelAliases } from './tables.ts';

/** Told when a reference may mean something else from now on. */
const modelsChannel = 'distillery_models';

type AliasRow = typeof modelAliases.$inferSelect;
type CandidateRow = typeof aliasCandidates.$inferSelect;

export type AliasChangeRow = typeof aliasHistory.$inferSelect;
/** Why an alias was changed, and by whom; null for the registry itself. */
export type Cause = Pick<AliasChangeRow, 'reason' | 'actor'>;

/** A name, which may be an alias, or with a version one of a name's. */
export interface ParsedReference {
  readonly reference: string;
  readonly name: string;
  readonly version: number | null;
}

export interface MeaningRow {
  readonly reference: string;
  readonly version: ModelRow;
  readonly candidate:
    (Pick<CandidateRow, 'share' | 'shadow' | 'since'> & { readonly version: ModelRow }) | null;
}

/**
 * An alias comes before a name, and a name without a number means its newest version.
 * @returns a row for each reference that means something, in no order
 */
export async function findMeanings(
  queries: Queries,
  references: readonly ParsedReference[],
): Promise<MeaningRow[]> {
  const newest = sql`(select max(v.version) from model_versions v where v.name = asked.name)`;
  const meant = await queries.orm
    .select({
      reference: sql<string>`asked.reference`,
      // Without a version where no model has the name.
      version: {
        name: sql<string>`coalesce(${modelAliases.name}, asked.name)`,
        version: sql<number | null>`coalesce(${modelAliases.version}, asked.version, ${newest})`,
      },
      candidate: getTableColumns(aliasCandidates),
    })
    .from(
      sql`jsonb_to_recordset(${JSON.stringify(references)}::jsonb) as asked(reference text, name text, version int)`,
    )
    .leftJoin(modelAliases, and(eq(modelAliases.alias, sql`asked.name`), sql`asked.version is null`))
    .leftJoin(aliasCandidates, eq(aliasCandidates.alias, modelAliases.alias));
  const wanted = meant.flatMap(({ version, candidate }) => [version, ...(candidate ? [candidate] : [])]);
  const versions = new Map((await findVersions(queries, wanted)).map((row) => [keyOf(row), row]));
  return meant.flatMap(({ reference, version: key, candidate }): MeaningRow[] => {
    const version = versions.get(keyOf(key));
    const tried = candidate && versions.get(keyOf(candidate));
    if (!version) return [];
    if (!candidate || !tried) return [{ reference, version, candidate: null }];
    const { share, shadow, since } = candidate;
    return [{ reference, version, candidate: { version: tried, share, shadow, since } }];
  });
}

const keyOf = ({ name, version }: { name: string; version: number | null }) => `${name}@${version}`;

/** By name. */
export async function allAliases({ orm }: Queries): Promise<string[]> {
  const rows = await orm
    .select({ alias: modelAliases.alias })
    .from(modelAliases)
    .orderBy(asc(modelAliases.alias));
  return rows.map(({ alias }) => alias);
}

/** Locks it until the transaction ends. */
export async function lockAlias({ orm }: Transaction, alias: string): Promise<AliasRow | null> {
  const [row] = await orm.select().from(modelAliases).where(eq(modelAliases.alias, alias)).for('update');
  return row ?? null;
}

export async function isAlias({ orm }: Queries, name: string): Promise<boolean> {
  const [row] = await orm
    .select({ alias: modelAliases.alias })
    .from(modelAliases)
    .where(eq(modelAliases.alias, name));
  return row !== undefined;
}

/** What it tried is no longer tried. */
export async function moveAlias(
  transaction: Transaction,
  alias: string,
  name: string,
  version: number,
): Promise<void> {
  await transaction.orm
    .insert(modelAliases)
    .values({ alias, name, version })
    .onConflictDoUpdate({ target: modelAliases.alias, set: { name, version, updatedAt: sql`now()` } });
  await removeCandidate(transaction, alias);
}

export async function removeCandidate({ orm }: Transaction, alias: string): Promise<void> {
  await orm.delete(aliasCandidates).where(eq(aliasCandidates.alias, alias));
}

/** In place of the one that the alias tried before. */
export async function insertCandidate(
  transaction: Transaction,
  candidate: Omit<CandidateRow, 'since'>,
): Promise<void> {
  await removeCandidate(transaction, candidate.alias);
  await transaction.orm.insert(aliasCandidates).values(candidate);
}

/** Writes down what the alias means and tries by now, where that is not what its history ends with. */
export async function recordChange({ orm }: Transaction, alias: string, cause: Cause): Promise<void> {
  const candidate = sql`case when ${aliasCandidates.alias} is not null then jsonb_build_object(
    'name', ${aliasCandidates.name}, 'version', ${aliasCandidates.version},
    'share', ${aliasCandidates.share}, 'shadow', ${aliasCandidates.shadow}) end`;
  await orm.execute(sql`
    insert into alias_history (alias, name, version, candidate, reason, actor)
    select now.*, ${cause.reason}, ${cause.actor} from (
      select ${modelAliases.alias}, ${modelAliases.name}, ${modelAliases.version}, ${candidate} as candidate
      from ${modelAliases} left join ${aliasCandidates} on ${aliasCandidates.alias} = ${modelAliases.alias}
      where ${modelAliases.alias} = ${alias}
    ) as now
    where not exists (
      select 1 from (select * from alias_history h where h.alias = ${alias} order by h.position desc limit 1) as last
      where last.name = now.name and last.version = now.version and last.candidate is not distinct from now.candidate
    )`);
}

/** The newest first. @throws DistilleryError BAD_USER_INPUT */
export async function historyOf(
  { orm }: Queries,
  alias: string,
  { first, after }: PageRequest,
): Promise<Page<AliasChangeRow>> {
  checkFirst(first);
  const before = after == null ? undefined : lt(aliasHistory.position, decodePosition('history', after));
  const found = await orm
    .select()
    .from(aliasHistory)
    .where(and(eq(aliasHistory.alias, alias), before))
    .orderBy(desc(aliasHistory.position))
    .limit(first + 1);
  return pageOf(found, first, (row) => ({ ...row, cursor: encodeCursor('history', row.position) }));
}

/** The version that the alias meant last before its present one; null where it has always meant that. */
export async function versionBefore(
  { orm }: Queries,
  alias: string,
): Promise<{ name: string; version: number } | null> {
  const [row] = await orm
    .select({ name: aliasHistory.name, version: aliasHistory.version })
    .from(aliasHistory)
    .innerJoin(modelAliases, eq(modelAliases.alias, aliasHistory.alias))
    .where(
      and(
        eq(aliasHistory.alias, alias),
        sql`(${aliasHistory.name}, ${aliasHistory.version}) <> (${modelAliases.name}, ${modelAliases.version})`,
      ),
    )
    .orderBy(desc(aliasHistory.position))
    .limit(1);
  return row ?? null;
}

/** Heard by every process once the transaction is committed. */
export async function announceChange(transaction: Transaction): Promise<void> {
  await transaction.executeSql('SELECT pg_notify($1, $2)', [modelsChannel, 'changed']);
}

/** @returns stops it */
export function onAnnouncedChange(
  database: Pick<Database, 'listen'>,
  heard: () => void,
): Promise<() => Promise<void>> {
  return database.listen(modelsChannel, heard);
}
