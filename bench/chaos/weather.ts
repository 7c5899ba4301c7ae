/** Carries planned runs out, in calm or in a storm, with subscribers who follow all of them from start to end. */
import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ClientError, DistilleryClient } from '../../src/client.ts';
import { DistilleryError } from '../../src/errors.ts';
import { Random } from '../../src/nn/random.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { Storm, type Faults } from './faults.ts';
import { Followers, type Follower } from './followers.ts';
import type { PlannedRun, PlannedRuns } from './plannedRuns.ts';
import { openSite, type SiteOptions } from './site.ts';
import { storedRuns, type StoredRun } from './verdict.ts';

export interface Weather extends Omit<SiteOptions, 'leaseSeconds'> {
  readonly plan: PlannedRuns;
  /** null for a calm one */
  readonly storm: {
    readonly kills: number;
    readonly seed: number;
    /** Between two faults. */
    readonly meanPauseMs: number;
  } | null;
  readonly deadlineMs: number;
  readonly tell: (line: string) => void;
}

export interface Aftermath {
  readonly stored: StoredRun[];
  readonly followers: Follower[];
  readonly faults: Faults;
  readonly kills: number;
  readonly seconds: number;
}

/** Short, so that a worker can stand still for longer. */
const leaseSeconds = 3;

/** @throws DistilleryError DEADLINE_EXCEEDED where runs have not ended by then */
export async function weather({ plan, storm, deadlineMs, tell, ...place }: Weather): Promise<Aftermath> {
  const started = performance.now();
  await mkdir(place.dataDirectory, { recursive: true });
  const site = await openSite({ ...place, leaseSeconds });
  const random = new Random(storm?.seed ?? 0);
  const strikes = new Storm(site.target, random);
  const goal = storm?.kills ?? 0;
  const followers = new Followers(site.target.proxies.map(({ url }) => url));
  const control = new AbortController();

  let endedRuns = 0;
  const start = async (run: PlannedRun): Promise<{ ended: Promise<void> }> => {
    const id = await submit(site.urls, run, control.signal);
    const follow = async () => {
      await followers.follow(id);
      endedRuns += 1;
      tell(`  ${run.name} has ended; ${strikes.kills} kills so far`);
    };
    return { ended: follow() };
  };
  const carryOut = async () => {
    await (
      await start(plan.teacher)
    ).ended;
    const all: Promise<void>[] = [];
    for (const run of plan.students) all.push((await start(run)).ended);
    await Promise.all(all);
  };
  // With the runs from the first to the last: no kill meets idle processes, and none of the runs meets most of them.
  const isDue = () => strikes.kills < goal * ((endedRuns + 1) / (plan.students.length + 1));
  const blow = async () => {
    while (storm && strikes.kills < goal) {
      await delay(-Math.log(1 - random.uniform()) * storm.meanPauseMs, undefined, control);
      if (isDue()) await strikes.strike();
    }
  };
  try {
    await within(deadlineMs, Promise.all([carryOut(), blow()]));
  } finally {
    control.abort();
    await strikes.over();
    await site.close();
  }

  const { dataDirectory, databaseUrl } = place;
  const database = await openDatabase({ dataDirectory, databaseUrl: databaseUrl ?? undefined });
  try {
    return {
      stored: await storedRuns(database, dataDirectory),
      followers: await followers.ended(),
      faults: strikes.faults,
      kills: strikes.kills,
      seconds: Math.round((performance.now() - started) / 1000),
    };
  } finally {
    await database.close();
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const message = `The runs have not ended within ${milliseconds / 1000} s.`;
    timer = setTimeout(() => reject(new DistilleryError('DEADLINE_EXCEEDED', message)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

interface RunAnswer {
  readonly id: string;
  readonly configuration: { readonly name?: string };
}

/** Through whichever server answers. One whose answer was lost may have been stored: that is looked up before another try. */
async function submit(
  urls: readonly string[],
  { name, operation, input }: PlannedRun,
  signal: AbortSignal,
): Promise<string> {
  const clients = urls.map((url) => new DistilleryClient({ url }));
  for (let tries = 0; ; tries += 1) {
    const client = clients[tries % clients.length]!;
    try {
      const { edges } = await client.call<{ edges: { node: RunAnswer }[] }>('runs', { first: 100 });
      const there = edges.find(({ node }) => node.configuration.name === name);
      if (there) return there.node.id;
      const { id } = await client.call<RunAnswer>(operation, { input });
      return id;
    } catch (error) {
      // A server that is down or starting, or whose database is away.
      if (error instanceof ClientError && !['UNAVAILABLE', 'INTERNAL'].includes(error.code)) throw error;
      await delay(250, undefined, { signal });
    }
  }
}
