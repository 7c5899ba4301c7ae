/** Rows of model versions. */
import { and, asc, desc, eq, gt, max, not, sql } from 'drizzle-orm';
import type { ModelCard } from '../models/card.ts';
import type { Queries, Transaction } from './database.ts';
import { models, modelVersions } from './tables.ts';

export type ModelRow = typeof modelVersions.$inferSelect & { aliases: string[] };
export type NewModelRow = typeof modelVersions.$inferInsert;

const columns = {
  name: modelVersions.name,
  version: modelVersions.version,
  card: modelVersions.card,
  root: modelVersions.root,
  path: modelVersions.path,
  sizeBytes: modelVersions.sizeBytes,
  files: modelVersions.files,
  runId: modelVersions.runId,
  createdAt: modelVersions.createdAt,
  // Written out, since Drizzle leaves table names away where a query has one table.
  aliases: sql<string[]>`array(select a.alias from model_aliases a
    where a.name = model_versions.name and a.version = model_versions.version order by a.alias)`,
};

/** The version `version` of a name, or its newest one. */
export async function findVersion(
  { orm }: Queries,
  name: string,
  version?: number,
): Promise<ModelRow | null> {
  const [row] = await orm
    .select(columns)
    .from(modelVersions)
    .where(
      and(
        eq(modelVersions.name, name),
        version === undefined ? undefined : eq(modelVersions.version, version),
      ),
    )
    .orderBy(desc(modelVersions.version))
    .limit(1);
  return row ?? null;
}

/** Those of them that exist, in no order. */
export async function findVersions(
  { orm }: Queries,
  versions: readonly { readonly name: string; readonly version: number | null }[],
): Promise<ModelRow[]> {
  const wanted = JSON.stringify(versions.map(({ name, version }) => ({ name, version })));
  return orm
    .select(columns)
    .from(modelVersions)
    .where(
      sql`(${modelVersions.name}, ${modelVersions.version}) in
        (select w.name, w.version from jsonb_to_recordset(${wanted}::jsonb) as w(name text, version int))`,
    );
}

export async function findByRun({ orm }: Queries, runId: string): Promise<ModelRow | null> {
  const [row] = await orm.select(columns).from(modelVersions).where(eq(modelVersions.runId, runId));
  return row ?? null;
}

export async function findByPath(
  { orm }: Queries,
  root: ModelRow['root'],
  path: string,
): Promise<ModelRow | null> {
  const [row] = await orm
    .select(columns)
    .from(modelVersions)
    .where(and(eq(modelVersions.root, root), eq(modelVersions.path, path)));
  return row ?? null;
}

/** The paths of all versions in a root. */
export async function pathsIn({ orm }: Queries, root: ModelRow['root']): Promise<Set<string>> {
  const found = await orm
    .select({ path: modelVersions.path })
    .from(modelVersions)
    .where(eq(modelVersions.root, root));
  return new Set(found.map(({ path }) => path));
}

/** A survey's students are made for its report: there may be hundreds, and nobody asks them all. */
const madeForSurvey = sql`exists (select 1 from survey_runs s
  where s.run_id = ${modelVersions.runId} and not s.adopted)`;

/** The newest version of each name that comes after `afterName`, by name. */
export async function newestVersions(
  { orm }: Queries,
  afterName: string | null,
  limit: number,
  { ofSurveys }: { ofSurveys: boolean },
): Promise<ModelRow[]> {
  const newest = orm
    .select({ name: modelVersions.name, version: max(modelVersions.version).as('newest') })
    .from(modelVersions)
    .where(
      and(
        afterName === null ? undefined : gt(byBytes(modelVersions.name), afterName),
        ofSurveys ? undefined : not(madeForSurvey),
      ),
    )
    .groupBy(modelVersions.name)
    .orderBy(asc(byBytes(modelVersions.name)))
    .limit(limit)
    .as('newest_versions');
  return orm
    .select(columns)
    .from(modelVersions)
    .innerJoin(newest, and(eq(modelVersions.name, newest.name), eq(modelVersions.version, newest.version)))
    .orderBy(asc(byBytes(modelVersions.name)));
}

/** name@version of every name's newest version, by name; the students that surveys made are left out. */
export async function newestReferences({ orm }: Queries): Promise<string[]> {
  const names = await orm
    .select({ name: modelVersions.name, version: max(modelVersions.version) })
    .from(modelVersions)
    .where(not(madeForSurvey))
    .groupBy(modelVersions.name)
    .orderBy(asc(modelVersions.name));
  return names.map(({ name, version }) => `${name}@${version}`);
}

/** Locks the name until the transaction ends, so that two publishers can't take the same number. */
export async function lockName({ orm }: Transaction, name: string): Promise<{ lastVersion: number }> {
  const [row] = await orm
    .insert(models)
    .values({ name })
    .onConflictDoUpdate({ target: models.name, set: { name } })
    .returning({ lastVersion: models.lastVersion });
  return row ?? { lastVersion: 0 };
}

export async function insertVersion({ orm }: Transaction, row: NewModelRow): Promise<void> {
  await orm.insert(modelVersions).values(row);
  await orm
    .update(models)
    .set({ lastVersion: sql`greatest(${models.lastVersion}, ${row.version})` })
    .where(eq(models.name, row.name));
}

/** The time by the clock of the database. */
export async function momentOf(transaction: Transaction): Promise<Date> {
  const { rows } = await transaction.executeSql(
    'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now',
  );
  return new Date(Number(rows[0]?.now));
}

export async function updateCard(
  { orm }: Transaction,
  row: ModelRow,
  card: ModelCard,
  sizeBytes: number,
): Promise<void> {
  await orm
    .update(modelVersions)
    .set({ card, sizeBytes })
    .where(and(eq(modelVersions.name, row.name), eq(modelVersions.version, row.version)));
}

const isStudent = sql`${modelVersions.card}->>'method' in ('scratch', 'distilled')`;
const fingerprint = sql<string>`${modelVersions.card}#>>'{dataset,fingerprint}'`;
/** By the card, since rows are written anew where the database was lost. */
const madeAt = sql`${modelVersions.card}->>'createdAt'`;
/** On validation reviews: choosing by the test split would make its accuracy a part of training. */
const accuracy = sql`coalesce((${modelVersions.card}#>>'{metrics,validation,accuracy}')::float8, -1)`;

/**
 * The best of the students that were trained on the same dataset as the newest one: validation accuracies on
 * different reviews can't be compared. The newest one is a student of the user's own where there is any. Those of surveys
 * are left out: the best of hundreds is best by chance.
 */
export async function bestStudent({ orm }: Queries): Promise<ModelRow | null> {
  const newest = orm
    .select({ fingerprint })
    .from(modelVersions)
    .where(and(isStudent, not(madeForSurvey)))
    .orderBy(sql`${modelVersions.root} = 'data' desc`, sql`${madeAt} desc`, desc(modelVersions.createdAt))
    .limit(1);
  const [row] = await orm
    .select(columns)
    .from(modelVersions)
    .where(and(isStudent, not(madeForSurvey), sql`${fingerprint} = (${newest})`))
    .orderBy(sql`${accuracy} desc`, sql`${madeAt}`, asc(modelVersions.createdAt))
    .limit(1);
  return row ?? null;
}

/** The same order on every server: collations differ, and a cursor must mean the same before and after a move. */
function byBytes(column: typeof modelVersions.name) {
  return sql<string>`${column} collate "C"`;
}
