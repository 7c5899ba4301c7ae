/** The waiting line of runs in pg-boss: a job is there exactly as long as its run is queued or running. */
import PgBoss from 'pg-boss';
import type { Database, Transaction } from '../storage/database.ts';

/** A run that asks for a GPU waits in a line of its own, at which only workers that have one look. */
const queues = { any: 'runs', gpu: 'runs-gpu' } as const;
const allQueues = Object.values(queues);
/** A job's own lifetime in pg-boss ends before a day; runs may take longer, and their lease is kept in the runs table. */
const retention = { expireInHours: 23, retentionDays: 3650 };

/** What the line must know of a run. */
export interface WaitingRun {
  id: string;
  gpu: boolean;
}

export interface RetryPolicy {
  /** How often a run is tried again after its process died. */
  retryLimit: number;
  /** Before the first retry; doubles with each, up to the longest. */
  retryDelaySeconds: number;
  longestRetryDelaySeconds: number;
}

export class JobQueue {
  readonly #database: Database;
  readonly #boss: PgBoss;
  readonly #retry: RetryPolicy;

  constructor(database: Database, retry: RetryPolicy, onError: (error: Error) => void) {
    this.#database = database;
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
    for (const queue of allQueues) await this.#boss.createQueue(queue);
  }

  async stop(): Promise<void> {
    await this.#boss.stop({ graceful: false });
  }

  /** Adds a run's job; a second one for the same run is not possible. `first`: before those that wait already. */
  async add(run: WaitingRun, transaction: Transaction, first = false): Promise<void> {
    const { retryLimit, retryDelaySeconds } = this.#retry;
    await this.#boss.send(
      queueOf(run),
      { runId: run.id },
      {
        id: run.id,
        db: bossOn(transaction),
        priority: first ? 1 : 0,
        retryLimit,
        retryDelay: retryDelaySeconds,
        retryBackoff: retryDelaySeconds > 0,
        ...retention,
      },
    );
  }

  /**
   * The next run that waits. It stays taken once the transaction commits; other processes pass over it meanwhile.
   * @param gpu whether those that ask for a GPU may be taken; they come first, since few workers can
   */
  async take(transaction: Transaction, gpu: boolean): Promise<string | null> {
    for (const queue of gpu ? [queues.gpu, queues.any] : [queues.any]) {
      const [job] = await this.#boss.fetch(queue, { db: bossOn(transaction), batchSize: 1 });
      if (job) return job.id;
    }
    return null;
  }

  /** Queued runs without a job, the oldest first: those of a database that was restored. */
  async forgotten(): Promise<string[]> {
    const { rows } = await this.#database.executeSql(
      `select id from runs where state = 'queued' and not exists
        (select from pgboss.job where job.id = runs.id) order by position`,
    );
    return rows.map(({ id }) => String(id));
  }

  async remove(runId: string, transaction: Transaction): Promise<void> {
    for (const queue of allQueues) await this.#boss.deleteJob(queue, runId, { db: bossOn(transaction) });
  }

  /** Whether a run that was just taken may be tried once more; counted over all its tries, by whichever process. */
  async triesLeft(runId: string): Promise<number> {
    for (const queue of allQueues) {
      const job = await this.#boss.getJobById(queue, runId);
      if (job) return job.retryLimit - job.retryCount;
    }
    return this.#retry.retryLimit;
  }

  /** Gives a taken job back for another try, after the delay of its retry policy. */
  async retry(run: WaitingRun, error: Error, transaction: Transaction): Promise<void> {
    const db = bossOn(transaction);
    const queue = queueOf(run);
    await this.#boss.fail(queue, run.id, { message: error.message }, { db });
    // pg-boss itself knows no longest delay: after 16 retries it would be a day.
    await transaction.executeSql(
      `UPDATE pgboss.job SET start_after = least(start_after, now() + $3 * interval '1 second') WHERE name = $1 AND id = $2`,
      [queue, run.id, this.#retry.longestRetryDelaySeconds],
    );
    // Where the job was lost, a run that is queued would wait for ever; where it is there, this adds none.
    await this.add(run, transaction);
  }
}

const queueOf = ({ gpu }: WaitingRun) => (gpu ? queues.gpu : queues.any);

function bossOn(queries: Pick<Database, 'executeSql'>): PgBoss.Db {
  return { executeSql: (text, values) => queries.executeSql(text, values) };
}
