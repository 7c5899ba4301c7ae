/** Runs an hour with one worker and with two, of one thread each: side by side in alternating rounds. */
import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { DistilleryClient } from '../../src/client.ts';
import { DistilleryError } from '../../src/errors.ts';
import { openDatabase, type Database } from '../../src/storage/database.ts';
import { WorkerStore } from '../../src/storage/workers.ts';
import { openSite } from '../chaos/site.ts';
import { builtCommand } from '../serverProcess.ts';
import { median } from '../serving/turns.ts';

export interface WorkerRate {
  /** Of two workers over one: the median of the rounds'. */
  ratio: number;
  runsPerHour: { oneWorker: number; twoWorkers: number };
  /** Runs an hour of every round, by the number of workers. */
  rounds: { oneWorker: number[]; twoWorkers: number[] };
  /** Of one round with so many workers. */
  runs: number;
  architecture: string;
  epochs: number;
}

const leaseSeconds = 60;
const student = {
  ...{ dataset: 'sample', architecture: 'gru-32', maxTokens: 64, batchSize: 32 },
  ...{ trainReviews: 3_000, threads: 1, seed: 1 },
};

export async function measureWorkerRate(
  databaseUrl: string,
  dataDirectory: string,
  { rounds, runs, epochs }: { rounds: number; runs: number; epochs: number },
): Promise<WorkerRate> {
  await mkdir(dataDirectory, { recursive: true });
  const database = await openDatabase({ dataDirectory, databaseUrl });
  const command = await builtCommand();
  const turn = async (workers: number, count: number) => {
    const site = await openSite({ command, dataDirectory, databaseUrl, servers: 1, workers, leaseSeconds });
    try {
      return await rateOf(database, site.urls[0]!, { workers, count, epochs });
    } finally {
      await site.close();
    }
  };
  try {
    // Prepares the reviews, and is not counted.
    await turn(1, 1);
    const rates = { oneWorker: [] as number[], twoWorkers: [] as number[] };
    for (let round = 1; round <= rounds; round += 1) {
      rates.oneWorker.push(await turn(1, runs));
      rates.twoWorkers.push(await turn(2, runs));
      const told = [rates.oneWorker, rates.twoWorkers].map((rate) => rate.at(-1)!.toFixed(0));
      console.log(`  round ${round} of ${rounds}: ${told.join(' and ')} runs an hour`);
    }
    return {
      ratio: median(rates.twoWorkers.map((rate, round) => rate / rates.oneWorker[round]!)),
      runsPerHour: { oneWorker: median(rates.oneWorker), twoWorkers: median(rates.twoWorkers) },
      rounds: rates,
      runs,
      architecture: student.architecture,
      epochs,
    };
  } finally {
    await database.close();
  }
}

/** From the moment that the first of them began until the last had ended, by the clock of the database. */
async function rateOf(
  database: Database,
  url: string,
  { workers, count, epochs }: { workers: number; count: number; epochs: number },
): Promise<number> {
  const client = new DistilleryClient({ url });
  const store = new WorkerStore(database);
  const answers = () =>
    fetch(new URL('/readyz', url)).then(
      ({ ok }) => ok,
      () => false,
    );
  while ((await store.list(1_000 * leaseSeconds)).length < workers || !(await answers())) await delay(100);
  const ids: string[] = [];
  for (let run = 1; run <= count; run += 1) {
    const input = { ...student, epochs, name: `run-${run}` };
    ids.push((await client.call<{ id: string }>('startStudentTraining', { input })).id);
  }
  for (;;) {
    const { rows } = await database.executeSql(
      `SELECT count(*) FILTER (WHERE state = 'succeeded')::int AS succeeded,
         count(*) FILTER (WHERE state IN ('failed', 'cancelled'))::int AS failed,
         extract(epoch FROM max(ended_at) - min(started_at))::float8 AS seconds
       FROM runs WHERE id = ANY($1::uuid[])`,
      [ids],
    );
    const { succeeded, failed, seconds } = rows[0] as Record<'succeeded' | 'failed' | 'seconds', number>;
    if (failed > 0) throw new DistilleryError('INTERNAL', `${failed} of ${count} runs did not succeed.`);
    if (succeeded === count) return (3_600 * count) / seconds;
    await delay(500);
  }
}
