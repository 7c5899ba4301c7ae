/** What subscribers cost a server: memory of each, and processor time for every event that one of them gets. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DistilleryClient } from '../../src/client.ts';
import { progressOf } from '../../src/progress/progress.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { ProgressLog } from '../../src/storage/progressLog.ts';
import { RunStore } from '../../src/storage/runs.ts';
import { studentConfig } from '../../src/training/config.ts';
import { residentMb } from '../serving/processFacts.ts';
import { startServerProcess } from '../serverProcess.ts';
import { processorMs } from './processorTime.ts';

export interface SubscriberCosts {
  subscribers: number;
  /** Of the server, in kB. */
  subscriberKb: number;
  /** Processor time of the server for one event to one subscriber, in milliseconds. */
  deliveryMs: number;
  /** From the moment that an event was stored until the last of its subscribers had it: the median, in milliseconds. */
  medianDelayMs: number;
}

const subscribersOfRun = 10;
const eventsOfRun = 20;
/** Events a second over all runs. */
const eventsPerSecond = 50;

/** @param url of a database of its own; each subscriber has a socket of its own */
export async function measureSubscriberCosts(
  url: string,
  dataDirectory: string,
  subscribers: number,
): Promise<SubscriberCosts> {
  await mkdir(dataDirectory, { recursive: true });
  const server = await startServerProcess(dataDirectory, {
    DATABASE_URL: url,
    DISTILLERY_CONCURRENT_RUNS: '0',
    DISTILLERY_SOCKETS_PER_CLIENT: String(subscribers),
    DISTILLERY_SERVING_WORKERS: '1',
    DISTILLERY_RELEASED_MODELS: join(dataDirectory, 'none'),
  });
  const database = await openDatabase({ dataDirectory, databaseUrl: url });
  try {
    const runs = new RunStore(database);
    const progress = new ProgressLog(database);
    const config = studentConfig.parse({
      kind: 'student',
      name: 'one',
      dataset: 'sample',
      architecture: 'gru-8',
    });
    const ids: string[] = [];
    for (let run = 0; run < subscribers / subscribersOfRun; run += 1)
      ids.push((await runs.create(config)).id);
    const client = new DistilleryClient({ url: server.url, keepAliveMs: 600_000 });
    const event = progressOf('training', { state: 'queued', epoch: 1, step: 1, total: 100, loss: 0.5 });

    const before = (await residentMb(server)) ?? NaN;
    const delays: number[] = [];
    let arrived = 0;
    const storedAt = new Map<string, number>();
    const followers = ids.flatMap((id) =>
      Array.from({ length: subscribersOfRun }, () => client.progress(id)),
    );
    const follow = async (events: AsyncGenerator<{ runId: string; sequence: number }>) => {
      for await (const { runId, sequence } of events) {
        arrived += 1;
        const at = storedAt.get(`${runId} ${sequence}`);
        if (at !== undefined) delays.push(performance.now() - at);
        if (sequence > eventsOfRun) return;
      }
    };
    const all: Promise<void>[] = [];
    // Some at a time: a server's backlog of new connections is short
    for (let start = 0; start < followers.length; start += 50) {
      all.push(...followers.slice(start, start + 50).map(follow));
      while (arrived < Math.min(start + 50, followers.length)) await delay(20);
    }
    await delay(1_000);
    const during = (await residentMb(server)) ?? NaN;
    const busyBefore = await processorMs([server.pid]);
    for (let number = 1; number <= eventsOfRun; number += 1) {
      for (const id of ids) {
        const due = delay(1_000 / eventsPerSecond);
        storedAt.set(`${id} ${number + 1}`, performance.now());
        await progress.append(id, event);
        await due;
      }
    }
    await Promise.all(all);
    const busyMs = (await processorMs([server.pid])) - busyBefore;
    delays.sort((a, b) => a - b);
    return {
      subscribers: followers.length,
      subscriberKb: ((during - before) * 1024) / followers.length,
      deliveryMs: busyMs / (followers.length * eventsOfRun),
      medianDelayMs: delays[Math.floor(delays.length / 2)]!,
    };
  } finally {
    await database.close();
    await server.stop();
  }
}
