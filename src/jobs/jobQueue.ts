/** The waiting line of runs in pg-boss: a job is there exactly as long as its run is queued or running. */
import PgBoss from 'pg-boss';
import type { Database, Transaction } from '../storage/database.ts';

const queue = 'runs';
/** A job's own lifetime in pg-boss ends before a day; runs may take longer, and their lease is kept in the runs table. */
const retention = { expireInHours: 23, retentionDays: 3650 };

export interface RetryPolicy {
  /** How often a run is tried again after its process died. */
  retryLimit: number;
  /** Before the first retry; doubles with each. */
  retryDelaySeconds: number;
}

export class JobQueue {
  readonly #boss: PgBoss;
  readonly #retry: RetryPolicy;

  constructor(database: Database, retry: RetryPolicy, onError: (error: Error) => void) {
    this.#retry = retry;
    // No supervision: pg-boss would hand a job out again while its run still goes on, and a job that is
    // finished is deleted here, so there is nothing to archive.
    this.#boss = new PgBoss({ db: bossOn(database), schema: 'pgboss', supervise: false, schedule: false });
    this.#boss.on('error', onError);
  }

  get retryLimit(): number {
    return this.#retry.retryLimit;
  }

  async start(): Promise<void> {
    await this.#boss.start();
    await this.#boss.createQueue(queue);
  }

  async stop(): Promise<void> {
    await this.#boss.stop({ graceful: false });
  }

  /** Adds a run's job; a second one for the same run is not possible. `first`: before those that wait already. */
  async add(runId: string, transaction: Transaction, first = false): Promise<void> {
    const { retryLimit, retryDelaySeconds } = this.#retry;
    await this.#boss.send(
      queue,
      { runId },
      {
        id: runId,
        db: bossOn(transaction),
        priority: first ? 1 : 0,
        retryLimit,
        retryDelay: retryDelaySeconds,
        retryBackoff: retryDelaySeconds > 0,
        ...retention,
      },
    );
  }

  /** The next run that waits. It stays taken once the transaction commits; other processes pass over it meanwhile. */
  async take(transaction: Transaction): Promise<string | null> {
    const [job] = await this.#boss.fetch(queue, { db: bossOn(transaction), batchSize: 1 });
    return job?.id ?? null;
  }

  async remove(runId: string, transaction: Transaction): Promise<void> {
    await this.#boss.deleteJob(queue, runId, { db: bossOn(transaction) });
  }

  /** Whether a run that was just taken may be tried once more; counted over all its tries. */
  async triesLeft(runId: string): Promise<number> {
    const job = await this.#boss.getJobById(queue, runId);
    return job ? job.retryLimit - job.retryCount : this.#retry.retryLimit;
  }

  /** Gives a taken job back for another try, after the delay of its retry policy. */
  async retry(runId: string, error: Error, transaction: Transaction): Promise<void> {
    const db = bossOn(transaction);
    await this.#boss.fail(queue, runId, { message: error.message }, { db });
    // Where the job was lost, a run that is queued would wait for ever; where it is there, this adds none.
    await this.add(runId, transaction);
  }
}

function bossOn(queries: Pick<Database, 'executeSql'>): PgBoss.Db {
  return { executeSql: (text, values) => queries.executeSql(text, values) };
}
