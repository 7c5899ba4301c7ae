/** Ten times the rate that the server can bear: what it answers, what it turns away, and how soon it is well again. */
import { setTimeout as delay } from 'node:timers/promises';
import { closedLoop, openLoop } from '../../src/benchmark/load.ts';
import { highestRate } from '../../src/benchmark/highestRate.ts';
import { LatencyRecorder } from '../../src/evaluation/latency.ts';
import { DistilleryError } from '../../src/errors.ts';
import type { ServerProcess } from '../serverProcess.ts';
import { withTarget, type HttpTarget } from './http.ts';
import { latencyOf, type Latency } from './latency.ts';
import { Outcomes } from './outcomes.ts';
import { cpuClock, watchMemory, type Sample } from './processFacts.ts';
import { headlineStudent, teacher, withServer, type ServingBench } from './session.ts';
import { classifyBodies, typenameBodies } from './workload.ts';

export interface OverloadResult {
  readonly model: string;
  /** The p99 that a sustainable rate has to keep. */
  readonly boundMs: number;
  /** What clients get that wait for their answers. */
  readonly closedLoopPerSecond: number;
  /** Arrivals a second, the highest that were found to keep the bound with no request rejected. */
  readonly sustainablePerSecond: number;
  readonly seconds: number;
  readonly wantedPerSecond: number;
  /** What the load generator sent of it. */
  readonly offeredPerSecond: number;
  readonly generatorCores: number;
  readonly answeredPerSecond: number;
  readonly rejectedPerSecond: number;
  /** From sending. */
  readonly answered: Latency;
  readonly rejected: Latency;
  /** Neither answered nor rejected: expected are none. */
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  /** Arrivals that found every connection busy; waiting for one would be counted as the server's time. */
  readonly notSent: number;
  readonly memory: readonly Sample[];
  readonly recovery: Recovery;
}

export interface Recovery {
  readonly ratePerSecond: number;
  readonly calmP99Ms: number;
  /** Of each second after the overload, by the time of sending; null where nothing that was sent in it was answered. */
  readonly p99Ms: readonly (number | null)[];
  /** Until p99 is under twice the calm one; null where it never was. */
  readonly seconds: number | null;
  readonly notAnswered: number;
}

const boundsMs = { [teacher]: 200, [headlineStudent]: 50 };
const overloadFactor = 10;
/** More than the server works on at a time. */
const connections = 1_024;
const closedConnections = 32;
/** Of the sustainable rate: the load before the overload and after it. */
const calmShare = 0.5;
const calmSeconds = 20;
const seed = 1;

/** @param seconds of the overload itself */
export async function measureOverload(bench: ServingBench, seconds: number): Promise<OverloadResult[]> {
  const results: OverloadResult[] = [];
  for (const [model, boundMs] of Object.entries(boundsMs)) {
    const bodies = classifyBodies(model, bench.workload.texts.whole);
    const measure = (server: ServerProcess) => overload(server, { model, boundMs, bodies, seconds, bench });
    results.push(await withServer({}, measure));
  }
  return results;
}

interface OverloadOptions {
  readonly model: string;
  readonly boundMs: number;
  /** As many different ones as there are: the server classifies equal texts that wait at the same time once. */
  readonly bodies: readonly Buffer[];
  readonly seconds: number;
  readonly bench: ServingBench;
}

function overload(server: ServerProcess, options: OverloadOptions): Promise<OverloadResult> {
  const { model, boundMs, bodies, seconds, bench } = options;
  const { url } = server;
  return withTarget(url, connections, async (target) => {
    const { closedLoopPerSecond, sustainablePerSecond } = await rates(target, bodies, boundMs, bench.seconds);
    console.log(
      `  ${model}: ${closedLoopPerSecond.toFixed(1)} a second, ${sustainablePerSecond.toFixed(1)} within ${boundMs} ms`,
    );
    const wantedPerSecond = overloadFactor * sustainablePerSecond;
    const ratePerSecond = calmShare * sustainablePerSecond;
    // Connections of its own: those of the overload may have requests of the overload waiting.
    return withTarget(url, connections, async (calmTarget) => {
      const calm = new Outcomes();
      await openLoop({
        send: (query) => calm.send(calmTarget, bodies[query % bodies.length]!),
        ratePerSecond,
        seconds: calmSeconds,
        seed,
      });

      await openConnections(target);
      const memory = watchMemory(server);
      const cores = cpuClock();
      const outcomes = new Outcomes();
      const load = openLoop({
        send: (query) => outcomes.send(target, bodies[query % bodies.length]!),
        ratePerSecond: wantedPerSecond,
        mostOutstanding: connections,
        seconds,
        seed,
      });
      // Not until its last answer: what still waits then is what recovery is from.
      await delay(1000 * seconds);
      const generatorCores = cores();
      const recovery = await recover(calmTarget, bodies, ratePerSecond, calm.answered.p99Ms);
      const { queries } = await load;
      const { answered, rejected } = outcomes;
      const sent = answered.samples + rejected.samples + outcomes.failed;
      console.log(
        `  ${model}: ${sent} offered, ${answered.samples} answered, ${rejected.samples} rejected, ${outcomes.failed} failed; well again after ${recovery.seconds} s`,
      );
      return {
        model,
        boundMs,
        closedLoopPerSecond,
        sustainablePerSecond,
        seconds,
        wantedPerSecond,
        offeredPerSecond: sent / seconds,
        generatorCores,
        answeredPerSecond: answered.samples / seconds,
        rejectedPerSecond: rejected.samples / seconds,
        answered,
        rejected,
        failed: outcomes.failed,
        failures: outcomes.failures,
        notSent: queries - sent,
        memory: memory(),
        recovery,
      };
    });
  });
}

/** Arrivals of a rate that is tried: of fewer, the 99th percentile would be the slowest one. */
const leastArrivals = 200;

/**
 * @param seconds of each rate that is tried; a low one gets up to four times as long
 * @throws DistilleryError UNAVAILABLE where not even a thousandth of what a closed loop gets keeps the bound
 */
async function rates(
  target: HttpTarget,
  bodies: readonly Buffer[],
  boundMs: number,
  seconds: number,
): Promise<Pick<OverloadResult, 'closedLoopPerSecond' | 'sustainablePerSecond'>> {
  const outcomes = new Outcomes();
  const send = (query: number) => outcomes.send(target, bodies[query % bodies.length]!);
  // The first one opens the model
  await closedLoop({ send, concurrency: closedConnections, seconds: 2 });
  const { answeredPerSecond } = await closedLoop({ send, concurrency: closedConnections, seconds });
  const found = await highestRate(answeredPerSecond / 2, async (ratePerSecond) => {
    const length = Math.min(4 * seconds, Math.max(seconds, leastArrivals / ratePerSecond));
    const allowance = { latencyMs: boundMs, queries: Math.floor(0.01 * ratePerSecond * length) };
    const { gaveUp, failed } = await openLoop({ send, ratePerSecond, seconds: length, seed, allowance });
    return { passed: !gaveUp && failed === 0 };
  });
  if (found) return { closedLoopPerSecond: answeredPerSecond, sustainablePerSecond: found.ratePerSecond };
  throw new DistilleryError(
    'UNAVAILABLE',
    `No rate of requests keeps its p99 under ${boundMs} ms; a closed loop gets ${answeredPerSecond.toFixed(1)} a second.`,
    { boundMs },
  );
}

/**
 * A few at a time: of more than the kernel lets wait for a server to take them, some would wait for seconds without the
 * server's knowing of them.
 */
async function openConnections(target: HttpTarget): Promise<void> {
  const [body] = typenameBodies;
  const send = async () => void (await target.post(body!));
  for (let concurrency = 128; concurrency <= connections; concurrency += 128) {
    await closedLoop({ send, concurrency, queries: 2 * concurrency });
  }
}

/** The calm load again, second by second. */
async function recover(
  target: HttpTarget,
  bodies: readonly Buffer[],
  ratePerSecond: number,
  calmP99Ms: number,
): Promise<Recovery> {
  const start = performance.now();
  const eachSecond = Array.from({ length: calmSeconds }, () => new LatencyRecorder());
  const outcomes = new Outcomes((sentAt, latencyMs) =>
    eachSecond[Math.floor((sentAt - start) / 1000)]?.record(latencyMs),
  );
  const { failed } = await openLoop({
    send: (query) => outcomes.send(target, bodies[query % bodies.length]!),
    ratePerSecond,
    seconds: calmSeconds,
    seed,
  });
  const p99Ms = eachSecond.map(latencyOf).map((latency) => (latency.samples === 0 ? null : latency.p99Ms));
  return {
    ratePerSecond,
    calmP99Ms,
    p99Ms,
    seconds: secondsUntilCalm(p99Ms, 2 * calmP99Ms),
    notAnswered: failed,
  };
}

/** @returns the seconds before the first one whose p99 is below `boundMs`; null where there is none */
export function secondsUntilCalm(p99Ms: readonly (number | null)[], boundMs: number): number | null {
  const first = p99Ms.findIndex((p99) => p99 !== null && p99 < boundMs);
  return first === -1 ? null : first;
}
