/** Processes that work runs off, as they describe themselves; one that is not heard of any more is forgotten. */
import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { runs, workers } from './tables.ts';

export type WorkerDescription = Omit<typeof workers.$inferSelect, 'id' | 'startedAt' | 'heartbeatAt'>;

export interface Worker extends WorkerDescription {
  /** As in the rows of its runs. */
  id: string;
  startedAt: Date;
  heartbeatAt: Date;
  /** The ids of the runs that it works on. */
  runs: string[];
}

export class WorkerStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Says that the worker lives; also where it was taken for gone meanwhile. */
  async heartbeat(id: string, description: WorkerDescription): Promise<void> {
    await this.#database.orm
      .insert(workers)
      .values({ id, ...description })
      .onConflictDoUpdate({ target: workers.id, set: { ...description, heartbeatAt: sql`now()` } });
  }

  async remove(id: string): Promise<void> {
    await this.#database.orm.delete(workers).where(eq(workers.id, id));
  }

  /** Forgets those that have not been heard of for `leaseMs`. */
  async removeGone(leaseMs: number): Promise<void> {
    await this.#database.orm.delete(workers).where(sql`not ${isThere(leaseMs)}`);
  }

  /** Those that have been heard of within `leaseMs`, the oldest first. */
  async list(leaseMs: number): Promise<Worker[]> {
    const { orm } = this.#database;
    const rows = await orm
      .select()
      .from(workers)
      .where(isThere(leaseMs))
      .orderBy(asc(workers.startedAt), asc(workers.id));
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    const held = await orm
      .select({ id: runs.id, worker: runs.worker })
      .from(runs)
      .where(and(eq(runs.state, 'running'), inArray(runs.worker, ids)))
      .orderBy(asc(runs.position));
    return rows.map((row) => ({
      ...row,
      runs: held.filter(({ worker }) => worker === row.id).map(({ id }) => id),
    }));
  }

  /** Whether a worker with a GPU has been heard of within `leaseMs`. */
  async anyWithGpu(leaseMs: number): Promise<boolean> {
    const found = await this.#database.orm
      .select({ id: workers.id })
      .from(workers)
      .where(and(workers.gpu, isThere(leaseMs)))
      .limit(1);
    return found.length > 0;
  }
}

/** By the clock of the database, which has set the time of the heartbeat as well. */
const isThere = (leaseMs: number) =>
  sql`${workers.heartbeatAt} >= now() - ${leaseMs} * interval '1 millisecond'`;
