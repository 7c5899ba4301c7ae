/** Runs: what was asked for, where it stands, what came out. Each change of state is written with the event that tells it. */
import { randomUUID } from 'node:crypto';
import { and, asc, desc, eq, inArray, lt, sql } from 'drizzle-orm';
import { DistilleryError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { BenchmarkReport } from '../evaluation/benchmark.ts';
import type { EpochMetrics } from '../evaluation/metrics.ts';
import { progressOf } from '../progress/progress.ts';
import type { Progress, RunState } from '../progress/progress.ts';
import type { RunConfig } from '../training/config.ts';
import type { Database, Transaction } from './database.ts';
import { checkFirst, decodeCursor, encodeCursor, pageOf } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { checkRunId, checkWorker, isFinal, lockRun, writeEvent } from './progressLog.ts';
import { runEpochs, runs } from './tables.ts';

export interface Run {
  id: string;
  kind: RunConfig['kind'];
  config: RunConfig;
  /** `name@version` of the models that the run uses, as they stood when it was submitted. */
  usedModels: string[];
  state: RunState;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  error: { code: ErrorCode; message: string } | null;
  /** The version that the run published. */
  model: { name: string; version: number } | null;
  report: BenchmarkReport | null;
  epochs: EpochMetrics[];
}

export interface RunFilter {
  state?: RunState | null | undefined;
  kind?: RunConfig['kind'] | null | undefined;
}

export type RunResult =
  | {
      state: 'succeeded';
      model: { name: string; version: number } | null;
      report: BenchmarkReport | null;
      message: string;
    }
  | { state: 'failed'; code: ErrorCode; message: string }
  | { state: 'cancelled'; message: string };

/** More to do in the transaction that changes a run. */
type Also = (transaction: Transaction) => Promise<void>;
type RunRow = typeof runs.$inferSelect;

export class RunStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Stores a queued run with its first event. */
  async create(
    config: RunConfig,
    usedModels: string[] = [],
    also?: (transaction: Transaction, runId: string) => Promise<void>,
  ): Promise<Run> {
    const id = randomUUID();
    return this.#database.transaction(async (transaction) => {
      await transaction.orm.insert(runs).values({ id, kind: config.kind, config, usedModels });
      const row = await lockRun(transaction, id);
      await writeEvent(transaction, row, progressOf('queued', { state: 'queued' }));
      await also?.(transaction, id);
      return runOf(row, []);
    });
  }

  /** @throws DistilleryError NOT_FOUND */
  async get(id: string): Promise<Run> {
    const [row] = await this.#database.orm
      .select()
      .from(runs)
      .where(eq(runs.id, checkRunId(id)));
    if (!row) throw new DistilleryError('NOT_FOUND', `There is no run "${id}".`, { runId: id });
    const [epochs] = await this.#epochsOf([row]);
    return runOf(row, epochs ?? []);
  }

  /** Newest first. */
  async list({ first, after, state, kind }: PageRequest & RunFilter): Promise<Page<Run>> {
    checkFirst(first);
    const rows = await this.#database.orm
      .select()
      .from(runs)
      .where(
        and(
          after ? lt(runs.position, positionOf(after)) : undefined,
          state ? eq(runs.state, state) : undefined,
          kind ? eq(runs.kind, kind) : undefined,
        ),
      )
      .orderBy(desc(runs.position))
      .limit(first + 1);
    const epochs = await this.#epochsOf(rows);
    return pageOf(rows, first, (row, index) => ({
      ...runOf(row, epochs[index] ?? []),
      cursor: encodeCursor('run', row.position),
    }));
  }

  /** queued → running. `null` where the run is not queued any more. */
  async begin(transaction: Transaction, id: string, worker: string): Promise<Run | null> {
    const row = await lockRun(transaction, id);
    if (row.state !== 'queued') return null;
    const message = row.startedAt ? 'The run goes on.' : 'The run has started.';
    await writeEvent(transaction, row, progressOf('loading-data', { message }));
    await transaction.orm
      .update(runs)
      .set({ worker, heartbeatAt: sql`now()` })
      .where(eq(runs.id, id));
    return { ...runOf(row, []), state: 'running' };
  }

  /** running → queued, to be resumed. @throws DistilleryError CONFLICT if `worker` has lost the run */
  async putBack(id: string, worker: string, message: string, also?: Also): Promise<void> {
    await this.#change(
      id,
      worker,
      { phase: 'queued', state: 'queued', message },
      { worker: null, heartbeatAt: null },
      also,
    );
  }

  /** Ends the run with its final event. @throws DistilleryError CONFLICT if `worker` has lost the run */
  async finish(id: string, worker: string, result: RunResult, also?: Also): Promise<void> {
    await this.#change(
      id,
      worker,
      { phase: 'ended', state: result.state, message: result.message },
      changesOf(result),
      also,
    );
  }

  /**
   * A queued run is cancelled at once. For a running one the wish is stored, which its worker honours.
   * @returns the state before
   * @throws DistilleryError CONFLICT for a run that has ended
   */
  async requestCancel(
    id: string,
    also: (transaction: Transaction, state: 'queued' | 'running') => Promise<void>,
  ): Promise<'queued' | 'running'> {
    return this.#database.transaction(async (transaction) => {
      const row = await lockRun(transaction, id);
      if (row.state === 'queued') {
        const message = 'Cancelled before it started.';
        await writeEvent(transaction, row, progressOf('ended', { state: 'cancelled', message }));
        await transaction.orm
          .update(runs)
          .set(changesOf({ state: 'cancelled', message }))
          .where(eq(runs.id, id));
      } else if (row.state === 'running') {
        await transaction.orm.update(runs).set({ cancelRequested: true }).where(eq(runs.id, id));
      } else {
        throw new DistilleryError('CONFLICT', `Run ${id} has already ended: it ${verbs[row.state]}.`, {
          runId: id,
          state: row.state,
        });
      }
      await also(transaction, row.state);
      return row.state;
    });
  }

  /** Replaces the run's metrics by epoch. */
  async saveEpochs(id: string, epochs: readonly EpochMetrics[]): Promise<void> {
    await this.#database.transaction(async ({ orm }) => {
      await orm.delete(runEpochs).where(eq(runEpochs.runId, id));
      if (epochs.length === 0) return;
      await orm
        .insert(runEpochs)
        .values(epochs.map((epoch, position) => ({ runId: id, position, ...epoch })));
    });
  }

  /** Says that the worker lives and works on `ids`. @returns which of them are still with it, and which shall be cancelled */
  async heartbeat(
    worker: string,
    ids: readonly string[],
  ): Promise<{ id: string; cancelRequested: boolean }[]> {
    if (ids.length === 0) return [];
    return this.#database.orm
      .update(runs)
      .set({ heartbeatAt: sql`now()` })
      .where(and(inArray(runs.id, [...ids]), eq(runs.worker, worker), eq(runs.state, 'running')))
      .returning({ id: runs.id, cancelRequested: runs.cancelRequested });
  }

  /** Running runs with their workers; `silent` where the worker has not been heard of for `leaseMs`. */
  async running(
    leaseMs: number,
  ): Promise<{ id: string; worker: string; silent: boolean; cancelRequested: boolean }[]> {
    return this.#database.orm
      .select({
        id: runs.id,
        worker: sql<string>`coalesce(${runs.worker}, '')`,
        silent: sql<boolean>`coalesce(${runs.heartbeatAt} < now() - ${leaseMs} * interval '1 millisecond', true)`,
        cancelRequested: runs.cancelRequested,
      })
      .from(runs)
      .where(eq(runs.state, 'running'));
  }

  async #change(
    id: string,
    worker: string,
    event: Pick<Progress, 'phase' | 'state' | 'message'>,
    changes: Partial<RunRow>,
    also?: Also,
  ): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const row = await lockRun(transaction, id);
      if (isFinal(row.state))
        throw new DistilleryError('CONFLICT', `Run ${id} has already ended.`, { runId: id });
      checkWorker({ id, worker: row.worker ?? '' }, worker);
      await writeEvent(transaction, row, progressOf(event.phase, event));
      await transaction.orm.update(runs).set(changes).where(eq(runs.id, id));
      await also?.(transaction);
    });
  }

  /** The epochs of each of `rows`, in one query. */
  async #epochsOf(rows: readonly RunRow[]): Promise<EpochMetrics[][]> {
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    const found = await this.#database.orm
      .select()
      .from(runEpochs)
      .where(inArray(runEpochs.runId, ids))
      .orderBy(asc(runEpochs.position));
    return ids.map((id) =>
      found
        .filter(({ runId }) => runId === id)
        .map(({ phase, epoch, loss, validation }) => ({ phase, epoch, loss, validation })),
    );
  }
}

const verbs = { succeeded: 'succeeded', failed: 'failed', cancelled: 'was cancelled' } as const;

function changesOf(result: RunResult): Partial<RunRow> {
  switch (result.state) {
    case 'succeeded':
      return {
        modelName: result.model?.name ?? null,
        modelVersion: result.model?.version ?? null,
        report: result.report,
      };
    case 'failed':
      return { errorCode: result.code, errorMessage: result.message };
    case 'cancelled':
      return { errorCode: 'CANCELLED', errorMessage: result.message };
  }
}

function runOf(row: RunRow, epochs: EpochMetrics[]): Run {
  return {
    id: row.id,
    kind: row.kind,
    config: row.config,
    usedModels: row.usedModels,
    state: row.state,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    error: row.errorCode === null ? null : { code: row.errorCode, message: row.errorMessage ?? '' },
    model:
      row.modelName === null || row.modelVersion === null
        ? null
        : { name: row.modelName, version: row.modelVersion },
    report: row.report,
    epochs,
  };
}

function positionOf(cursor: string): number {
  const position = Number(decodeCursor('run', cursor));
  if (Number.isSafeInteger(position)) return position;
  throw new DistilleryError('BAD_USER_INPUT', '"after" is not a cursor of this list.', {
    after: cursor.slice(0, 100),
  });
}
