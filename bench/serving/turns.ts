/** Sides of a comparison measured in turn, round by round, so that what else the machine does falls on all alike. */
import { setTimeout as delay } from 'node:timers/promises';
import { closedLoop } from '../../src/benchmark/load.ts';
import { DistilleryError } from '../../src/errors.ts';
import type { HttpTarget } from './http.ts';
import { latencyOf, type Latency } from './latency.ts';
import { cpuClock } from './processFacts.ts';

export interface Turn {
  /** Requests or reviews, as the comparison says. */
  readonly perSecond: number;
  /** Of requests; null where nothing is requested. */
  readonly latency: Latency | null;
  /** Cores that the load generator itself was busy on; null where it did the work that was measured. */
  readonly generatorCores: number | null;
}

export interface Side {
  readonly name: string;
  turn(seconds: number): Promise<Turn>;
}

/** Every turn of every side, by its name. */
export type Rounds = Readonly<Record<string, readonly Turn[]>>;

/** Thread pools of ONNX Runtime spin a while after their work; the next side should not feel it. */
const pauseMs = 250;

/** The first round warms up and is not kept. */
export async function interleaved(
  sides: readonly Side[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Rounds> {
  const turns = Object.fromEntries(sides.map(({ name }) => [name, [] as Turn[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const side of sides) {
      await delay(pauseMs);
      const turn = await side.turn(seconds);
      if (round > 0) turns[side.name]!.push(turn);
    }
    const told = sides.map(({ name }) => `${name} ${turns[name]!.at(-1)?.perSecond.toFixed(0) ?? ''}`);
    console.log(round === 0 ? '  warmed up' : `  round ${round} of ${rounds}: ${told.join(', ')} a second`);
  }
  return turns;
}

/**
 * A closed loop over HTTP; every turn asks the same bodies in the same order.
 * @param options.texts that one request holds: `perSecond` counts them
 */
export function httpSide(
  name: string,
  target: HttpTarget,
  bodies: readonly Buffer[],
  { concurrency, texts = 1 }: { concurrency: number; texts?: number },
): Side {
  return {
    name,
    async turn(seconds) {
      const cores = cpuClock();
      let reason: unknown;
      const send = async (query: number) => {
        try {
          await target.mustAnswer(bodies[query % bodies.length]!);
        } catch (error) {
          reason = error;
          throw error;
        }
      };
      const { queries, failed, answeredPerSecond, latency } = await closedLoop({
        send,
        concurrency,
        seconds,
      });
      if (failed > 0) {
        throw new DistilleryError(
          'UNAVAILABLE',
          `${failed} of ${queries} requests to ${name} failed; expected none. The last one: ${String(reason)}`,
          { side: name, failed, queries },
          { cause: reason },
        );
      }
      return {
        perSecond: texts * answeredPerSecond,
        latency: latencyOf(latency),
        generatorCores: cores(),
      };
    },
  };
}

export interface Ratio {
  /** The median of those of the single rounds. */
  readonly ratio: number;
  readonly perRound: readonly number[];
}

export function ratioOf(rounds: Rounds, ours: string, other: string): Ratio {
  const perRound = rounds[ours]!.map(({ perSecond }, round) => perSecond / rounds[other]![round]!.perSecond);
  return { ratio: median(perRound), perRound };
}

/** @returns the side with the highest median rate */
export function fastest(rounds: Rounds, names: readonly string[]): string {
  const rate = (name: string) => median(rounds[name]!.map(({ perSecond }) => perSecond));
  return names.reduce((best, name) => (rate(name) > rate(best) ? name : best));
}

/** The median over rounds of a side's 99th percentile, in milliseconds. */
export function p99Of(rounds: Rounds, name: string): number {
  return median(rounds[name]!.map(({ latency }) => latency?.p99Ms ?? NaN));
}

/** Of an even number the mean of the middle two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return ((low ?? NaN) + (high ?? NaN)) / 2;
}
