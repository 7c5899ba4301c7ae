/** What each thing that workers and servers do again and again costs a PostgreSQL server on this machine. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import pg from 'pg';
import { DistilleryError } from '../../src/errors.ts';
import { JobQueue } from '../../src/jobs/jobQueue.ts';
import { progressOf } from '../../src/progress/progress.ts';
import { openDatabase, type Database } from '../../src/storage/database.ts';
import { progressChannel, ProgressLog } from '../../src/storage/progressLog.ts';
import { RunStore } from '../../src/storage/runs.ts';
import { WorkerStore } from '../../src/storage/workers.ts';
import { studentConfig } from '../../src/training/config.ts';
import { ownMemoryMb, processorMs } from './processorTime.ts';

export interface DatabaseCosts {
  /** Processor time of the database for one of each, in milliseconds. */
  emptyPollMs: number;
  runHeartbeatMs: number;
  workerHeartbeatMs: number;
  /** Stored and announced, with one listening connection. */
  eventMs: number;
  /** More for each further connection that listens, whatever to. */
  eventPerListenerMs: number;
  followerReadMs: number;
  /** A look for interrupted runs, for each run that goes on. */
  lookPerRunMs: number;
  /** That four connections store in one second, each of a run of its own. */
  eventsPerSecond: number;
  eventBytes: number;
  /** Of a connection that has worked. */
  connectionMb: number;
  maxConnections: number;
}

const listeners = 30;
const runsGoingOn = 500;
const description = {
  ...{ host: 'a', release: '1', engine: 'onnx', gpu: false },
  ...{ threads: 1, concurrentRuns: 1, memoryBytes: 1 },
};

/** @param url of a database of its own; @param repeats of each operation */
export async function measureDatabaseCosts(url: string, repeats: number): Promise<DatabaseCosts> {
  const database = await openDatabase({ dataDirectory: '', databaseUrl: url });
  const watch = new pg.Client({ connectionString: url });
  await watch.connect();
  const jobs = new JobQueue(
    database,
    { retryLimit: 1, retryDelaySeconds: 1, longestRetryDelaySeconds: 1 },
    () => undefined,
  );
  try {
    await jobs.start();
    const runs = new RunStore(database);
    const progress = new ProgressLog(database);
    const workers = new WorkerStore(database);
    const hold = await begun(database, runs);
    const event = progressOf('training', { epoch: 1, step: 1, total: 100, loss: 0.5, reviewsPerSecond: 100 });
    const append = () => progress.append(hold.id, event);
    const cost = (work: () => Promise<unknown>, times = repeats) => costOf(watch, work, times);

    const emptyPollMs = await cost(() =>
      database.transaction((transaction) => jobs.take(transaction, false)),
    );
    const runHeartbeatMs = await cost(() => runs.heartbeat('w', [hold]));
    const workerHeartbeatMs = await cost(() => workers.heartbeat('w', description));
    const eventMs = await cost(append);
    const others = await Promise.all(Array.from({ length: 4 }, () => begun(database, runs)));
    const eventsPerSecond = await rateOf(
      others.map(
        ({ id }) =>
          () =>
            progress.append(id, event),
      ),
      repeats,
    );
    const { rows } = await database.executeSql(
      `SELECT pg_total_relation_size('progress_events')::float8 / count(*) AS bytes FROM progress_events`,
    );
    const { lastSequence } = (
      await database.executeSql('SELECT last_sequence AS "lastSequence" FROM runs WHERE id = $1', [hold.id])
    ).rows[0] as { lastSequence: number };
    const followerReadMs = await cost(() => progress.after(hold.id, lastSequence - 1));
    const withListeners = await amongListeners(url, () => cost(append));
    for (let run = 1; run < runsGoingOn - others.length; run += 1) await begun(database, runs);
    const lookMs = await cost(() => runs.running(60_000), Math.ceil(repeats / 10));
    const { rows: limits } = await watch.query<{ max: number }>(
      `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS max`,
    );
    return {
      emptyPollMs,
      runHeartbeatMs,
      workerHeartbeatMs,
      eventMs,
      eventPerListenerMs: Math.max(0, (withListeners - eventMs) / listeners),
      followerReadMs,
      lookPerRunMs: lookMs / runsGoingOn,
      eventsPerSecond,
      eventBytes: Number(rows[0]?.bytes),
      connectionMb: await connectionMb(watch),
      maxConnections: limits[0]!.max,
    };
  } finally {
    await jobs.stop();
    await watch.end();
    await database.close();
  }
}

/** A run that goes on. */
async function begun(database: Database, runs: RunStore): Promise<{ id: string; attempt: number }> {
  const config = studentConfig.parse({
    kind: 'student',
    name: `run-${randomUUID().slice(0, 8)}`,
    dataset: 'sample',
    architecture: 'gru-8',
  });
  const { id } = await runs.create(config);
  const attempt = await database.transaction((transaction) => runs.begin(transaction, id, 'w'));
  return { id, attempt: attempt!.hold.attempt };
}

async function backendsOf(watch: pg.Client): Promise<number[]> {
  const { rows } = await watch.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  if (rows.every(({ pid }) => existsSync(`/proc/${pid}`))) return rows.map(({ pid }) => pid);
  throw new DistilleryError(
    'BAD_USER_INPUT',
    "The processes of this PostgreSQL can't be seen from here. Name a server on this machine, under Linux.",
  );
}

/** @returns milliseconds of the database's processors for one time */
async function costOf(watch: pg.Client, work: () => Promise<unknown>, times: number): Promise<number> {
  for (let time = 0; time < times / 10; time += 1) await work();
  const backends = await backendsOf(watch);
  const before = await processorMs(backends);
  for (let time = 0; time < times; time += 1) await work();
  return ((await processorMs(backends)) - before) / times;
}

/** @returns times a second of all of them together, each one after another */
async function rateOf(works: readonly (() => Promise<unknown>)[], times: number): Promise<number> {
  const started = performance.now();
  await Promise.all(
    works.map(async (work) => {
      for (let time = 0; time < times; time += 1) await work();
    }),
  );
  return (works.length * times * 1_000) / (performance.now() - started);
}

async function amongListeners<T>(url: string, work: () => Promise<T>): Promise<T> {
  const clients = Array.from({ length: listeners }, () => new pg.Client({ connectionString: url }));
  try {
    for (const client of clients) {
      await client.connect();
      await client.query(`LISTEN ${progressChannel}_of_another`);
    }
    return await work();
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

async function connectionMb(watch: pg.Client): Promise<number> {
  const memory = await Promise.all((await backendsOf(watch)).map(ownMemoryMb));
  return memory.reduce((sum, mb) => sum + mb, 0) / memory.length;
}
