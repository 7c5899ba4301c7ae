/**
 * `npm run bench -- chaos`: trainings whose processes are killed or stand still and whose connections are cut, at
 * random; whether every run ends once, with the weights of a calm one, and no subscriber misses an event or sees one
 * twice. On PostgreSQL with several workers and servers, and on PGlite with the one server that it can have.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { DistilleryError } from '../src/errors.ts';
import { createDatabase } from './chaos/database.ts';
import { plannedRuns } from './chaos/plannedRuns.ts';
import { verdictOf, type Verdict } from './chaos/verdict.ts';
import { weather, type Weather } from './chaos/weather.ts';
import { writeResult } from './results.ts';
import { builtCommand } from './serverProcess.ts';

const forms = ['postgresql', 'pglite'] as const;

export async function run(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const command = await builtCommand();
  const plan = plannedRuns(options.runs, options.epochs);
  const folder = await mkdtemp(join(tmpdir(), 'distillery-chaos-'));
  const result: Record<string, Storm> = {};
  try {
    const shared = { command, plan, deadlineMs: options.deadlineSeconds * 1_000, tell: console.log };
    const storm = { kills: options.kills, seed: options.seed, meanPauseMs: options.pauseMs };
    for (const form of options.forms) {
      const site =
        form === 'pglite'
          ? { servers: 1, workers: 0 }
          : { servers: options.servers, workers: options.workers };
      const carryOut = async (name: string, blowing: Weather['storm']) => {
        console.log(`${form}, ${name}`);
        const dataDirectory = join(folder, `${form}-${name}`);
        const database = form === 'pglite' ? null : await createDatabase(options.postgresql, 'chaos');
        try {
          const databaseUrl = database?.url ?? null;
          return await weather({ ...shared, ...site, dataDirectory, databaseUrl, storm: blowing });
        } finally {
          await database?.drop();
        }
      };
      const calm = await carryOut('calm', null);
      const stormy = await carryOut('storm', storm);
      const verdict = verdictOf(stormy.stored, stormy.followers, calm.stored);
      const { kills, faults, seconds } = stormy;
      const found = { ...site, kills, faults, ...verdict, seconds, calmSeconds: calm.seconds };
      console.log(found);
      result[form] = found;
    }
    await rm(folder, { recursive: true });
  } catch (error) {
    console.error(error instanceof DistilleryError ? error.message : error);
    console.error(`What the processes said is in ${folder}.`);
    // Subscribers would go on trying to reach their servers
    process.exit(1);
  }
  const flags = `--runs ${options.runs} --kills ${options.kills} --seed ${options.seed}`;
  await writeResult('chaos', `chaos ${flags}`, {
    seed: options.seed,
    epochs: options.epochs,
    ...inAll(Object.values(result)),
    ...result,
  });
}

type Storm = Verdict & { kills: number };

/** Over all databases. */
function inAll(storms: readonly Storm[]) {
  const sum = (of: (storm: Storm) => number) => storms.reduce((total, storm) => total + of(storm), 0);
  return {
    kills: sum(({ kills }) => kills),
    runsLost: sum(({ runsLost }) => runsLost),
    runsDoubled: sum(({ runsDoubled }) => runsDoubled),
    eventsLost: sum(({ eventsLost }) => eventsLost),
    eventsDoubled: sum(({ eventsDoubled }) => eventsDoubled),
    weightsEqual: storms.every(({ weightsEqual }) => weightsEqual),
  };
}

function readOptions(args: readonly string[]) {
  const count = z.coerce.number().int().positive();
  const given = new Command('chaos')
    .option('--forms <names>', `on which databases: ${forms.join(', ')}`, forms.join(','))
    .option('--runs <count>', 'trainings, the teacher included', '20')
    .option('--epochs <count>', 'of each student', '12')
    .option('--kills <count>', 'of processes, beside the other faults', '50')
    .option('--seed <number>', 'of the faults', '1')
    .option('--pause-ms <number>', 'between two faults, on average', '2000')
    .option('--workers <count>', 'on PostgreSQL', '3')
    .option('--servers <count>', 'on PostgreSQL', '2')
    .option('--deadline-seconds <count>', 'after which a calm or a storm is given up', '1800')
    .option(
      '--postgresql <url>',
      'a server where a database may be created',
      'postgres://postgres@127.0.0.1:5432',
    )
    .parse([...args], { from: 'user' })
    .opts<Record<string, string>>();
  return {
    forms: z.array(z.enum(forms)).parse(given.forms?.split(',')),
    runs: count.parse(given.runs),
    epochs: count.parse(given.epochs),
    kills: count.parse(given.kills),
    seed: z.coerce.number().int().parse(given.seed),
    pauseMs: count.parse(given.pauseMs),
    workers: count.parse(given.workers),
    servers: count.parse(given.servers),
    deadlineSeconds: count.parse(given.deadlineSeconds),
    postgresql: z.string().parse(given.postgresql),
  };
}
