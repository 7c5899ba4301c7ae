/** Runs that ended long ago: those that nothing refers to are removed, of the others what they told on their way. */
import { inArray, sql } from 'drizzle-orm';
import type { Database, Transaction } from './database.ts';
import { progressEvents, runs } from './tables.ts';

/** Any fixed number: of several processes one alone is at this. */
const retentionLock = 7_303_115_208;
/** So many runs in one transaction, which others may have to wait for. */
const batchSize = 100;

/** By the database's clock, which has set the time of the end as well. */
const isOld = (days: number) =>
  sql`${runs.endedAt} < now() - ${days} * interval '1 day' and ${runs.state} in ('succeeded', 'failed', 'cancelled')`;

// Written out, since Drizzle leaves table names away where a query has one table.
const isReferredTo = sql`(runs.report is not null
  or exists (select from model_versions v where v.run_id = runs.id)
  or exists (select from survey_runs s where s.run_id = runs.id)
  or exists (select from surveys s where s.analysis_run = runs.id))`;

const hasEarlierEvents = sql`exists (select from progress_events e
  where e.run_id = runs.id and e.sequence < runs.last_sequence)`;

/**
 * Removes runs that have made no model, belong to no survey and have no report, once they ended so many days ago.
 * @param first called with the ids of some before their rows are gone, which happens only if it resolves
 * @returns how many; another process that is at it does the rest
 */
export async function removeOldRuns(
  database: Database,
  days: number,
  first: (ids: readonly string[]) => Promise<void>,
): Promise<number> {
  return inBatches(database, async (transaction) => {
    const ids = await lockRuns(transaction, sql`${isOld(days)} and not ${isReferredTo}`);
    if (ids.length === 0) return 0;
    await first(ids);
    await transaction.orm.delete(runs).where(inArray(runs.id, ids));
    return ids.length;
  });
}

/** Removes the events of old runs but the last of each, which says how it ended. @returns of how many runs */
export async function removeOldEvents(database: Database, days: number): Promise<number> {
  return inBatches(database, async (transaction) => {
    const ids = await lockRuns(transaction, sql`${isOld(days)} and ${hasEarlierEvents}`);
    if (ids.length === 0) return 0;
    await transaction.orm.delete(progressEvents).where(
      sql`${inArray(progressEvents.runId, ids)} and ${progressEvents.sequence} <
          (select r.last_sequence from runs r where r.id = progress_events.run_id)`,
    );
    return ids.length;
  });
}

/** One that is being resumed is passed over. */
async function lockRuns({ orm }: Transaction, condition: ReturnType<typeof sql>): Promise<string[]> {
  const rows = await orm
    .select({ id: runs.id })
    .from(runs)
    .where(condition)
    .orderBy(runs.position)
    .limit(batchSize)
    .for('update', { skipLocked: true });
  return rows.map(({ id }) => id);
}

async function inBatches(
  database: Database,
  work: (transaction: Transaction) => Promise<number>,
): Promise<number> {
  for (let done = 0; ;) {
    const now = await database.transaction(async (transaction) => {
      const { rows } = await transaction.executeSql(
        `select pg_try_advisory_xact_lock(${retentionLock}) as mine`,
      );
      return rows[0]?.mine === true ? work(transaction) : 0;
    });
    done += now;
    if (now < batchSize) return done;
  }
}
