/**
 * `npm run bench -- scale`: how many more runs two workers do than one, what the things cost that many workers and
 * subscribers do again and again, and what breaks first when there are 1,000 of the ones and 10,000 of the others.
 * Parts that are measured alone replace their figures in the result; the others stay as they are.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { errorDetails } from '../src/errors.ts';
import { describeMachine } from '../src/evaluation/machine.ts';
import { createDatabase } from './chaos/database.ts';
import { writeResult } from './results.ts';
import { measureDatabaseCosts } from './scale/databaseCosts.ts';
import { aim, habits, limitsOf } from './scale/limits.ts';
import { measureSubscriberCosts } from './scale/subscriberCosts.ts';
import { measureWorkerRate } from './scale/workerRate.ts';
import { scaleResult } from './scaleSection.ts';

const parts = ['workers', 'database', 'subscribers'] as const;
type Part = (typeof parts)[number];

export async function run(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const folder = await mkdtemp(join(tmpdir(), 'distillery-scale-'));
  const measured: Record<Part, (url: string) => Promise<object>> = {
    workers: (url) => measureWorkerRate(url, join(folder, 'workers'), options),
    database: (url) => measureDatabaseCosts(url, options.repeats),
    subscribers: (url) => measureSubscriberCosts(url, join(folder, 'subscribers'), options.subscribers),
  };
  const flags: Record<Part, string> = {
    workers: `--rounds ${options.rounds} --runs ${options.runs} --epochs ${options.epochs}`,
    database: `--repeats ${options.repeats}`,
    subscribers: `--subscribers ${options.subscribers}`,
  };
  try {
    for (const part of options.only) {
      console.log(part);
      const database = await createDatabase(options.postgresql, 'scale');
      try {
        const found = await measured[part](database.url);
        console.log(found);
        await record(part, { command: `npm run bench -- scale --only ${part} ${flags[part]}`, ...found });
      } finally {
        await database.drop();
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readOptions(args: readonly string[]) {
  const count = z.coerce.number().int().positive();
  const given = new Command('scale')
    .option('--only <parts>', `what is measured: ${parts.join(', ')}`, parts.join(','))
    .option('--rounds <count>', 'of one worker and of two', '3')
    .option('--runs <count>', 'of a round with so many workers', '12')
    .option('--epochs <count>', 'of a run', '6')
    .option('--repeats <count>', 'of each operation on the database', '1000')
    .option('--subscribers <count>', 'with a socket each; a multiple of ten', '1000')
    .option(
      '--postgresql <url>',
      'a server on this machine, where a database may be created',
      'postgres://postgres@127.0.0.1:5432',
    )
    .parse([...args], { from: 'user' })
    .opts<Record<string, string>>();
  return {
    only: z.array(z.enum(parts)).parse(given.only?.split(',')),
    rounds: count.parse(given.rounds),
    runs: count.parse(given.runs),
    epochs: count.parse(given.epochs),
    repeats: count.parse(given.repeats),
    subscribers: count.multipleOf(10).parse(given.subscribers),
    postgresql: z.string().parse(given.postgresql),
  };
}

/** Each part as soon as it is measured, so that an interruption loses no other. */
async function record(part: Part, found: object): Promise<void> {
  const path = new URL('results/scale.json', import.meta.url);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorDetails(error).code === 'ENOENT') return '{}';
    throw error;
  });
  const earlier = z.looseObject({}).parse(JSON.parse(text));
  const stamp = { machine: describeMachine(), date: new Date().toISOString(), cores: availableParallelism() };
  const all = scaleResult.parse({ ...earlier, [part]: { ...stamp, ...found } });
  const { workers, database, subscribers } = all;
  const limits = (workersListen: boolean) =>
    database && subscribers && limitsOf(database, subscribers, { cores: database.cores, workersListen });
  await writeResult('scale', 'scale', {
    ratio: workers?.ratio,
    workers,
    database,
    subscribers,
    aim,
    habits,
    limits: { workersListen: limits(true), workersDoNotListen: limits(false) },
  });
}
