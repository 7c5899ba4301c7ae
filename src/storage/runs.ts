/** Runs: what was asked for, where it stands, what came out. Each change of state is written with the event that tells it. */
import { randomUUID } from 'node:crypto';
import { and, desc, eq, inArray, lt, or, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { DistilleryError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { BenchmarkReport } from '../benchmark/report.ts';
import type { EpochMetrics } from '../evaluation/metrics.ts';
import { progressOf } from '../progress/progress.ts';
import type { RunState } from '../progress/progress.ts';
import type { RunConfig } from '../training/config.ts';
import type { Database, Transaction } from './database.ts';
import { epochsOf, writeEpoch } from './epochs.ts';
import { checkFirst, decodePosition, encodeCursor, pageOf } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { checkHold, checkRunId, isFinal, lockRun, writeEvent } from './progressLog.ts';
import type { RunHold } from './progressLog.ts';
import { runs } from './tables.ts';

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

/** Told with a run's id when it has ended, whichever way. */
export const runEndedChannel = 'distillery_run_ended';

/** A run that a worker has begun. */
export interface BegunRun {
  /** Running; or cancelled, where that was asked for before. */
  run: Run;
  hold: RunHold;
  /** The number of its last event. */
  lastSequence: number;
}

/** A running run, as others than its worker see it. */
export interface HeldRun {
  id: string;
  config: RunConfig;
  hold: RunHold;
  /** Its worker has not been heard of for as long as its lease. */
  silent: boolean;
  cancelRequested: boolean;
}

export interface RunFilter {
  state?: RunState | null | undefined;
  kind?: RunConfig['kind'] | null | undefined;
}

export type RunResult =
  | {
      state: 'succeeded';
      model: { name: string; version: number } | null;
      /** Of a benchmark. A survey's is stored with the survey. */
      report: BenchmarkReport | null;
      message: string;
    }
  | { state: 'failed'; code: ErrorCode; message: string }
  | { state: 'cancelled'; message: string };

type RunRow = typeof runs.$inferSelect;

export class RunStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Stores a queued run with its first event. @param message what the event says */
  async create(
    config: RunConfig,
    usedModels: string[] = [],
    also?: (transaction: Transaction, runId: string) => Promise<void>,
    message: string | null = null,
  ): Promise<Run> {
    const id = randomUUID();
    return this.#database.transaction(async (transaction) => {
      await transaction.orm.insert(runs).values({ id, kind: config.kind, config, usedModels });
      const row = await lockRun(transaction, id);
      await writeEvent(transaction, row, progressOf('queued', { state: 'queued', message }));
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
    const [epochs] = await epochsOf(this.#database, [row.id]);
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
          after ? lt(runs.position, decodePosition('run', after)) : undefined,
          state ? eq(runs.state, state) : undefined,
          kind ? eq(runs.kind, kind) : undefined,
        ),
      )
      .orderBy(desc(runs.position))
      .limit(first + 1);
    const epochs = await epochsOf(
      this.#database,
      rows.map(({ id }) => id),
    );
    return pageOf(rows, first, (row, index) => ({
      ...runOf(row, epochs[index] ?? []),
      cursor: encodeCursor('run', row.position),
    }));
  }

  /** Runs of the same kind, seed and used models that have succeeded or may yet, the newest first. */
  async alike(config: Extract<RunConfig, { seed: number }>, usedModels: readonly string[]): Promise<Run[]> {
    const rows = await this.#database.orm
      .select()
      .from(runs)
      .where(
        and(
          eq(runs.kind, config.kind),
          inArray(runs.state, ['queued', 'running', 'succeeded']),
          eq(runs.cancelRequested, false),
          sql`${runs.usedModels} = ${JSON.stringify(usedModels)}::jsonb`,
          sql`${runs.config} ->> 'seed' = ${String(config.seed)}`,
        ),
      )
      .orderBy(desc(runs.position));
    return rows.map((row) => runOf(row, []));
  }

  /** In the order of the ids; their epochs only where they are asked for. */
  async many(ids: readonly string[], { epochs = false } = {}): Promise<Run[]> {
    if (ids.length === 0) return [];
    const rows = await this.#database.orm
      .select()
      .from(runs)
      .where(inArray(runs.id, [...ids]));
    const found = new Map(rows.map((row) => [row.id, row]));
    const ordered = ids.flatMap((id) => found.get(id) ?? []);
    const ofRuns = epochs
      ? await epochsOf(
          this.#database,
          ordered.map(({ id }) => id),
        )
      : [];
    return ordered.map((row, index) => runOf(row, ofRuns[index] ?? []));
  }

  /** queued → running, or cancelled where that was asked for. `null` where the run is not queued any more. */
  async begin(transaction: Transaction, id: string, worker: string): Promise<BegunRun | null> {
    const row = await lockRun(transaction, id);
    if (row.state !== 'queued') return null;
    const hold = { worker, attempt: row.attempt + 1 };
    const begun = (state: RunState) => ({
      run: { ...runOf(row, []), state },
      hold,
      lastSequence: row.lastSequence + 1,
    });
    if (row.cancelRequested) {
      await cancel(transaction, row, 'Cancelled before it started.');
      return begun('cancelled');
    }
    const message = row.startedAt ? 'The run goes on.' : 'The run has started.';
    await writeEvent(transaction, row, progressOf('loading-data', { message }));
    await update(transaction, id, { ...hold, heartbeatAt: sql`now()` });
    return begun('running');
  }

  /**
   * running → queued, to be resumed, or cancelled where that was asked for.
   * @returns the state after
   * @throws DistilleryError CONFLICT if `hold` is not the run's any more
   */
  async putBack(
    id: string,
    hold: RunHold,
    message: string,
    also?: (transaction: Transaction, state: 'queued' | 'cancelled') => Promise<void>,
  ): Promise<'queued' | 'cancelled'> {
    return this.#change(id, hold, async (transaction, row) => {
      const state = row.cancelRequested ? 'cancelled' : 'queued';
      if (state === 'cancelled') await cancel(transaction, row, 'The run was cancelled.');
      else {
        await writeEvent(transaction, row, progressOf('queued', { state, message }));
        await update(transaction, id, { worker: null, heartbeatAt: null });
      }
      await also?.(transaction, state);
      return state;
    });
  }

  /**
   * Ends the run with its final event. Where this attempt has ended it in the same way already, that holds: the answer
   * may have been lost.
   * @throws DistilleryError CONFLICT if `hold` is not the run's any more
   */
  async finish(
    id: string,
    hold: RunHold,
    result: RunResult,
    also?: (transaction: Transaction) => Promise<void>,
  ): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const row = await lockRun(transaction, id);
      if (row.state === result.state && row.attempt === hold.attempt) return;
      checkHeld(row, hold);
      await end(transaction, row, result);
      await also?.(transaction);
    });
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
        await cancel(transaction, row, 'Cancelled before it started.');
      } else if (row.state === 'running') {
        await update(transaction, id, { cancelRequested: true });
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

  /**
   * Stores what an epoch came to; a resumed run may tell one again.
   * @param position 0-based over all phases of the run
   * @throws DistilleryError CONFLICT if `hold` is not the run's any more
   */
  async saveEpoch(id: string, hold: RunHold, position: number, epoch: EpochMetrics): Promise<void> {
    await this.#change(id, hold, (transaction) => writeEpoch(transaction, id, position, epoch));
  }

  /** @throws DistilleryError CONFLICT if `hold` is not the run's any more; while it does not, no other attempt begins */
  async checkHold(transaction: Transaction, id: string, hold: RunHold): Promise<void> {
    checkHold(await lockRun(transaction, id), hold);
  }

  /**
   * Says that the worker lives and works on these attempts.
   * @returns which of them still have their run, and which shall be cancelled
   */
  async heartbeat(
    worker: string,
    attempts: readonly { id: string; attempt: number }[],
  ): Promise<{ id: string; attempt: number; cancelRequested: boolean }[]> {
    if (attempts.length === 0) return [];
    return this.#database.orm
      .update(runs)
      .set({ heartbeatAt: sql`now()` })
      .where(
        and(
          or(...attempts.map(({ id, attempt }) => and(eq(runs.id, id), eq(runs.attempt, attempt)))),
          eq(runs.worker, worker),
          eq(runs.state, 'running'),
        ),
      )
      .returning({ id: runs.id, attempt: runs.attempt, cancelRequested: runs.cancelRequested });
  }

  /** @param leaseMs after which a worker that has not been heard of is silent, by the clock of the database */
  async running(leaseMs: number): Promise<HeldRun[]> {
    const rows = await this.#database.orm
      .select({
        id: runs.id,
        config: runs.config,
        worker: sql<string>`coalesce(${runs.worker}, '')`,
        attempt: runs.attempt,
        silent: sql<boolean>`coalesce(${runs.heartbeatAt} < now() - ${leaseMs} * interval '1 millisecond', true)`,
        cancelRequested: runs.cancelRequested,
      })
      .from(runs)
      .where(eq(runs.state, 'running'));
    return rows.map(({ worker, attempt, ...run }) => ({ ...run, hold: { worker, attempt } }));
  }

  /** A change to a run that is with `hold`. */
  async #change<T>(
    id: string,
    hold: RunHold,
    change: (transaction: Transaction, row: RunRow) => Promise<T>,
  ): Promise<T> {
    return this.#database.transaction(async (transaction) => {
      const row = await lockRun(transaction, id);
      checkHeld(row, hold);
      return change(transaction, row);
    });
  }
}

function checkHeld(row: RunRow, hold: RunHold): void {
  if (isFinal(row.state))
    throw new DistilleryError('CONFLICT', `Run ${row.id} has already ended.`, { runId: row.id });
  checkHold(row, hold);
}

/** Writes the final event, and what came out. */
async function end(transaction: Transaction, row: RunRow, result: RunResult): Promise<void> {
  const { state, message } = result;
  await writeEvent(transaction, row, progressOf('ended', { state, message }));
  await update(transaction, row.id, changesOf(result));
  await transaction.executeSql('SELECT pg_notify($1, $2)', [runEndedChannel, row.id]);
}

async function cancel(transaction: Transaction, row: RunRow, message: string): Promise<void> {
  await end(transaction, row, { state: 'cancelled', message });
}

async function update(
  { orm }: Transaction,
  id: string,
  changes: PgUpdateSetSource<typeof runs>,
): Promise<void> {
  await orm.update(runs).set(changes).where(eq(runs.id, id));
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
    // Reports of earlier releases lack comparisons
    report: row.report && { ...row.report, comparisons: row.report.comparisons ?? [] },
    epochs,
  };
}
