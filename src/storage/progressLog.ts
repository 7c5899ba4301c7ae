/** The progress events of runs: written in order without gaps, read again by anyone, at any time, followed live. */
import { and, asc, eq, getTableColumns, gt, inArray, sql } from 'drizzle-orm';
import { DistilleryError } from '../errors.ts';
import type { Progress, ProgressEvent, RunState } from '../progress/progress.ts';
import type { Database, Transaction } from './database.ts';
import { following, WakeUp } from './following.ts';
import { overOutages } from './outage.ts';
import { progressEvents, runs } from './tables.ts';

/** Told with a run's id when it has a new event. */
export const progressChannel = 'distillery_progress';
const batchSize = 500;

const nextStates: Record<RunState, readonly RunState[]> = {
  queued: ['queued', 'running', 'failed', 'cancelled'],
  running: ['running', 'queued', 'succeeded', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
};
const resumable: readonly RunState[] = ['failed', 'cancelled'];

/** Who works on a run, and in which attempt: the token that each of its writes must show. */
export interface RunHold {
  worker: string;
  attempt: number;
}

export function isFinal(state: RunState): boolean {
  return nextStates[state].length === 0;
}

/** The run's row, locked until the transaction ends. @throws DistilleryError NOT_FOUND */
export async function lockRun(transaction: Transaction, runId: string): Promise<typeof runs.$inferSelect> {
  const [row] = await transaction.orm
    .select()
    .from(runs)
    .where(eq(runs.id, checkRunId(runId)))
    .for('update');
  if (!row) throw noSuchRun(runId);
  return row;
}

/**
 * Writes a run's next event, and with it the run's state: the two can't disagree.
 * @param resuming alone may queue a run that was cancelled or has failed
 * @throws DistilleryError CONFLICT for a state that can't follow the present one
 */
export async function writeEvent(
  transaction: Transaction,
  run: Pick<typeof runs.$inferSelect, 'id' | 'state' | 'lastSequence' | 'startedAt'>,
  progress: Progress,
  { resuming = false } = {},
): Promise<ProgressEvent> {
  const isResumed = resuming && resumable.includes(run.state) && progress.state === 'queued';
  if (!isResumed && !nextStates[run.state].includes(progress.state)) {
    throw new DistilleryError(
      'CONFLICT',
      `Run ${run.id} is ${run.state} and can't become ${progress.state}.` +
        (isFinal(run.state) ? ' It has ended; start a new run.' : ''),
      { runId: run.id, state: run.state, wanted: progress.state },
    );
  }
  const sequence = run.lastSequence + 1;
  const { orm } = transaction;
  await orm
    .update(runs)
    .set({
      lastSequence: sequence,
      state: progress.state,
      ...(progress.state === 'running' && !run.startedAt ? { startedAt: sql`now()` } : {}),
      ...(isFinal(progress.state) ? { endedAt: sql`now()`, worker: null, heartbeatAt: null } : {}),
    })
    .where(eq(runs.id, run.id));
  const [event] = await orm
    .insert(progressEvents)
    .values({ runId: run.id, sequence, ...progress, at: sql`clock_timestamp()` })
    .returning();
  await transaction.executeSql('SELECT pg_notify($1, $2)', [progressChannel, run.id]);
  if (!event) throw new DistilleryError('INTERNAL', `The event ${sequence} of run ${run.id} was not stored.`);
  return event;
}

export class ProgressLog {
  readonly #database: Database;
  /** The followers in this process, by run; all of them share one LISTEN. */
  readonly #followers = new Map<string, Set<() => void>>();
  /** Readings for followers that have not begun yet, by run and number. */
  readonly #readings = new Map<string, Promise<ProgressEvent[]>>();
  #listening: Promise<() => Promise<void>> | null = null;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Stores a run's next event and tells the followers, in this process and in others.
   * @param by who works on the run, and the number that the event gets: where that is there already, it was stored by
   *   an attempt whose answer was lost, and isn't stored again
   * @throws DistilleryError NOT_FOUND, or CONFLICT after a final state or where the run is with another attempt
   */
  async append(runId: string, progress: Progress, by?: { hold: RunHold; sequence: number }): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const run = await lockRun(transaction, runId);
      if (by) checkHold(run, by.hold);
      if (!by || run.lastSequence < by.sequence) await writeEvent(transaction, run, progress);
    });
  }

  /** Stored events with a sequence number above `sequence`, oldest first. */
  async after(runId: string, sequence: number, limit = batchSize): Promise<ProgressEvent[]> {
    return this.#database.orm
      .select()
      .from(progressEvents)
      .where(and(eq(progressEvents.runId, checkRunId(runId)), gt(progressEvents.sequence, sequence)))
      .orderBy(asc(progressEvents.sequence))
      .limit(limit);
  }

  /** The newest event of each run that has one. */
  async latest(runIds: readonly string[]): Promise<ProgressEvent[]> {
    if (runIds.length === 0) return [];
    return this.#database.orm
      .select(getTableColumns(progressEvents))
      .from(progressEvents)
      .innerJoin(runs, and(eq(runs.id, progressEvents.runId), eq(runs.lastSequence, progressEvents.sequence)))
      .where(inArray(runs.id, [...runIds]));
  }

  /**
   * All events after sequence number `after`, stored ones first, then new ones as they come; each once, in order.
   * Ends after the run's final event, when `signal` aborts, or when the consumer returns, at once in each case. The
   * final events of a run that was resumed since are followed by others, and don't end it.
   * @throws DistilleryError NOT_FOUND, BAD_USER_INPUT for a negative number (both at the first `next`)
   */
  follow(runId: string, after: number, signal?: AbortSignal): AsyncGenerator<ProgressEvent> {
    return following((stop) => this.#follow(runId, after, stop), signal);
  }

  /** Ends listening. Followers that still wait are not woken; end them first. */
  async close(): Promise<void> {
    const listening = this.#listening;
    this.#listening = null;
    await (
      await listening
    )?.();
  }

  async *#follow(runId: string, after: number, stop: AbortSignal): AsyncGenerator<ProgressEvent> {
    if (!Number.isInteger(after) || after < 0) {
      throw new DistilleryError(
        'BAD_USER_INPUT',
        `"after" is ${after}; expected a sequence number, 0 for all events.`,
      );
    }
    checkRunId(runId);
    const wakeUp = new WakeUp(stop);
    const followers = this.#followers.get(runId) ?? new Set();
    this.#followers.set(runId, followers.add(wakeUp.wake));
    // At first nobody waits for a database that is away; once there was something, the follower waits as long as it takes.
    const patience = { patienceMs: 0, signal: stop };
    try {
      // Listening begins before reading: what is stored after the reading wakes us.
      await this.#listen();
      let last = after;
      while (!stop.aborted) {
        const events = await overOutages(() => this.#readTogether(runId, last), patience);
        patience.patienceMs = Infinity;
        for (const event of events) {
          if (stop.aborted) return;
          yield event;
          last = event.sequence;
        }
        const newest = events.at(-1);
        if (!newest || isFinal(newest.state)) {
          const { state, lastSequence } = await overOutages(() => this.#standingOf(runId), patience);
          // More may have come since the reading: the end, or what follows it where the run was resumed.
          if (lastSequence > last) continue;
          if (isFinal(state)) return;
        }
        if (events.length < batchSize) await wakeUp.wait();
      }
    } catch (error) {
      if (!stop.aborted) throw error;
    } finally {
      wakeUp.close();
      followers.delete(wakeUp.wake);
      if (followers.size === 0 && this.#followers.get(runId) === followers) this.#followers.delete(runId);
    }
  }

  /** One reading for all followers of a run that are woken at once; it begins when all of them have asked. */
  #readTogether(runId: string, last: number): Promise<ProgressEvent[]> {
    const which = `${runId} ${last}`;
    const reading = this.#readings.get(which) ?? this.#readSoon(runId, last, which);
    this.#readings.set(which, reading);
    return reading;
  }

  async #readSoon(runId: string, last: number, which: string): Promise<ProgressEvent[]> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#readings.delete(which);
    return this.after(runId, last);
  }

  async #standingOf(runId: string): Promise<{ state: RunState; lastSequence: number }> {
    const [run] = await this.#database.orm
      .select({ state: runs.state, lastSequence: runs.lastSequence })
      .from(runs)
      .where(eq(runs.id, runId));
    if (!run) throw noSuchRun(runId);
    return run;
  }

  #listen(): Promise<unknown> {
    this.#listening ??= this.#database
      .listen(progressChannel, (runId) => {
        const woken =
          runId === '' ? [...this.#followers.values()] : [this.#followers.get(runId) ?? new Set()];
        for (const followers of woken) for (const wake of followers) wake();
      })
      .catch((error: unknown) => {
        this.#listening = null;
        throw error;
      });
    return this.#listening;
  }
}

/** @throws DistilleryError CONFLICT where the run is with another worker by now, or with a later attempt of the same */
export function checkHold(
  run: Pick<typeof runs.$inferSelect, 'id' | 'worker' | 'attempt'>,
  { worker, attempt }: RunHold,
): void {
  if ((run.worker ?? '') === worker && run.attempt === attempt) return;
  throw new DistilleryError('CONFLICT', `Run ${run.id} is no longer with this process: it was taken over.`, {
    runId: run.id,
    worker: run.worker,
    attempt: run.attempt,
  });
}

/** An id that is no UUID names no run; PostgreSQL would answer with a syntax error. */
export function checkRunId(runId: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(runId)) return runId;
  throw noSuchRun(runId);
}

function noSuchRun(runId: string): DistilleryError {
  return new DistilleryError('NOT_FOUND', `There is no run "${runId.slice(0, 100)}".`, {
    runId: runId.slice(0, 100),
  });
}
