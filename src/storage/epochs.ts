/** Rows of what each epoch of a run came to. */
import { asc, inArray } from 'drizzle-orm';
import type { EpochMetrics } from '../evaluation/metrics.ts';
import type { Queries } from './database.ts';
import { runEpochs } from './tables.ts';

/** A row that is there already is replaced. @param position 0-based over all phases of the run */
export async function writeEpoch(
  { orm }: Queries,
  runId: string,
  position: number,
  epoch: EpochMetrics,
): Promise<void> {
  await orm
    .insert(runEpochs)
    .values({ runId, position, ...epoch })
    .onConflictDoUpdate({ target: [runEpochs.runId, runEpochs.position], set: { ...epoch } });
}

/** The epochs of each run, in order, by one query. */
export async function epochsOf({ orm }: Queries, runIds: readonly string[]): Promise<EpochMetrics[][]> {
  if (runIds.length === 0) return [];
  const found = await orm
    .select()
    .from(runEpochs)
    .where(inArray(runEpochs.runId, [...runIds]))
    .orderBy(asc(runEpochs.position));
  return runIds.map((id) =>
    found
      .filter(({ runId }) => runId === id)
      .map(({ phase, epoch, loss, validation }) => ({ phase, epoch, loss, validation })),
  );
}
