/** What becomes of runs that have ended: they are gone on with, or what they kept is given up. */
import { eq, sql } from 'drizzle-orm';
import { DistilleryError } from '../errors.ts';
import { progressOf } from '../progress/progress.ts';
import type { Database, Transaction } from './database.ts';
import { checkRunId, isFinal, lockRun, writeEvent } from './progressLog.ts';
import { runs } from './tables.ts';

const whyNot = {
  queued: 'waits in the queue already',
  running: 'is still running',
  succeeded: 'has succeeded',
} as const;

/**
 * cancelled or failed → queued. Its events go on without a gap; what it ended with is forgotten.
 * @returns the run's settings
 * @throws DistilleryError CONFLICT for a run that has not ended, or has succeeded; NOT_FOUND
 */
export async function resumeRun(
  transaction: Transaction,
  id: string,
): Promise<Pick<typeof runs.$inferSelect, 'config'>> {
  const row = await lockRun(transaction, id);
  const { state } = row;
  if (state !== 'cancelled' && state !== 'failed') {
    throw new DistilleryError(
      'CONFLICT',
      `Run ${id} ${whyNot[state]}; only a run that was cancelled or has failed can be resumed.`,
      { runId: id, state },
    );
  }
  const message = 'The run was resumed; it goes on from its last checkpoint where there is one.';
  await writeEvent(transaction, row, progressOf('queued', { state: 'queued', message }), { resuming: true });
  await transaction.orm
    .update(runs)
    .set({
      // Later by the pause, so that from start to end is the time that the run has taken.
      startedAt: sql`now() - (${runs.endedAt} - ${runs.startedAt})`,
      endedAt: null,
      errorCode: null,
      errorMessage: null,
      cancelRequested: false,
    })
    .where(eq(runs.id, row.id));
  return row;
}

/**
 * Calls `work` where nothing will go on with the run: it has succeeded, or ended otherwise at least `hours` ago. It
 * can't be resumed before `work` has resolved.
 * @throws DistilleryError NOT_FOUND
 */
export async function ifOver(
  database: Database,
  id: string,
  hours: number,
  work: () => Promise<void>,
): Promise<void> {
  await database.transaction(async (transaction) => {
    const { state } = await lockRun(transaction, id);
    if (!isFinal(state)) return;
    const [row] = await transaction.orm
      // By the database's clock, which has set the time of the end as well.
      .select({
        isOld: sql<boolean>`coalesce(${runs.endedAt} <= now() - ${hours} * interval '1 hour', true)`,
      })
      .from(runs)
      .where(eq(runs.id, checkRunId(id)));
    if (state === 'succeeded' || row?.isOld) await work();
  });
}
