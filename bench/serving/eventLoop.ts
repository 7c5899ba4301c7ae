/** The server's event loop and its latency while a training goes on beside it. */
import { openLoop } from '../../src/benchmark/load.ts';
import type { DistilleryClient } from '../../src/client.ts';
import { DistilleryError } from '../../src/errors.ts';
import type { ServerProcess } from '../serverProcess.ts';
import { withTarget } from './http.ts';
import type { Latency } from './latency.ts';
import { Outcomes } from './outcomes.ts';
import { readMetrics } from './processFacts.ts';
import { headlineStudent, withServer, type ServingBench } from './session.ts';
import { classifyBodies } from './workload.ts';

export interface EventLoopResult {
  readonly model: string;
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly training: { readonly dataset: string; readonly architecture: string };
  readonly calm: LoadBeside;
  readonly whileTraining: LoadBeside;
  /** False where the run was over before the load was: then the second load was not all beside a training. */
  readonly trainedThroughout: boolean;
}

interface LoadBeside {
  readonly latency: Latency;
  readonly notAnswered: number;
  /** Milliseconds between two turns of a timer of 10 ms; null where the server has no such metrics. */
  readonly eventLoopMs: Readonly<Record<'p50' | 'p99' | 'max', number>> | null;
}

/** Moderate: a small part of what the server can answer. */
const ratePerSecond = 50;
const connections = 128;
const architecture = 'gru-64';
/** More than it gets to; the run is cancelled. */
const epochs = 50;
const seed = 1;

/** @param seconds of each of the two loads */
export function measureEventLoop(
  { workload, imdbArchive }: ServingBench,
  seconds: number,
): Promise<EventLoopResult> {
  const bodies = classifyBodies(headlineStudent, workload.texts.whole);
  const settings = { DISTILLERY_IMDB_ARCHIVE: imdbArchive ?? '' };
  return withServer(settings, async (server) => {
    const { client } = server;
    const calm = await load(server, bodies, seconds);
    console.log(`  calm: p99 ${calm.latency.p99Ms.toFixed(1)} ms`);
    const training = { dataset: workload.dataset, architecture };
    const input = { ...training, name: 'beside', epochs };
    const { id } = await client.call<{ id: string }>('startStudentTraining', { input });
    await untilItTrains(client, id);
    const whileTraining = await load(server, bodies, seconds);
    console.log(`  while training: p99 ${whileTraining.latency.p99Ms.toFixed(1)} ms`);
    const { state } = await client.call<{ state: string }>('run', { id });
    const trainedThroughout = state === 'RUNNING';
    if (trainedThroughout) await client.call('cancelRun', { runId: id });
    return {
      model: headlineStudent,
      ratePerSecond,
      seconds,
      training,
      calm,
      whileTraining,
      trainedThroughout,
    };
  });
}

/** @throws DistilleryError UNAVAILABLE where the run ends before it has made a step */
async function untilItTrains(client: DistilleryClient, runId: string): Promise<void> {
  for await (const { phase, step } of client.progress(runId)) {
    if (phase === 'TRAINING' && (step ?? 0) > 0) return;
  }
  throw new DistilleryError('UNAVAILABLE', 'The training ended before it had made a step.', { runId });
}

async function load({ url }: ServerProcess, bodies: readonly Buffer[], seconds: number): Promise<LoadBeside> {
  return withTarget(url, connections, async (target) => {
    const outcomes = new Outcomes();
    const send = (query: number) => outcomes.send(target, bodies[query % bodies.length]!);
    await openLoop({ send, ratePerSecond, seconds: 2, seed });
    const measured = new Outcomes();
    // The delay is counted anew from each reading on
    await readMetrics(url);
    const { failed } = await openLoop({
      send: (query) => measured.send(target, bodies[query % bodies.length]!),
      ratePerSecond,
      seconds,
      seed: seed + 1,
    });
    const metrics = await readMetrics(url);
    const delayMs = (which: string) => 1000 * (metrics.get(`nodejs_eventloop_lag_${which}_seconds`) ?? NaN);
    const eventLoopMs = { p50: delayMs('p50'), p99: delayMs('p99'), max: delayMs('max') };
    return {
      latency: measured.answered,
      notAnswered: failed,
      eventLoopMs: Number.isNaN(eventLoopMs.p99) ? null : eventLoopMs,
    };
  });
}
