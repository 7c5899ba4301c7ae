/** Minutes of mixed load while a model gets a new version every ten seconds: what fails, and whether memory grows. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openLoop } from '../../src/benchmark/load.ts';
import { readOperation, type DistilleryClient } from '../../src/client.ts';
import { DistilleryError } from '../../src/errors.ts';
import { exportTo } from '../../src/models/exported.ts';
import { readCard } from '../../src/models/modelFolder.ts';
import { Random } from '../../src/nn/random.ts';
import { straightLine, type Line } from './fit.ts';
import { graphqlBodies, withTarget } from './http.ts';
import type { Latency } from './latency.ts';
import { Outcomes } from './outcomes.ts';
import { watchMemory, type Sample } from './processFacts.ts';
import { headlineStudent, released, teacher, withServer, type ServingBench } from './session.ts';
import { classifyBodies, classifyManyBodies, typenameBodies } from './workload.ts';

export interface SoakResult {
  readonly seconds: number;
  readonly ratePerSecond: number;
  readonly requests: number;
  readonly answered: Latency;
  readonly rejected: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  /** Versions of one name that were published during the load, each in place of the one before. */
  readonly versionsReplaced: number;
  readonly failedPublications: readonly string[];
  /** Resident memory of the server: when it was warm, after each further minute, and at the end. */
  readonly memory: readonly Sample[];
  /** Megabytes a minute, after the first minute. */
  readonly growth: Line;
}

const ratePerSecond = 40;
const connections = 128;
const replaceEveryMs = 10_000;
const name = 'soak';
const alias = 'soak-current';
/** Their versions take turns, so that the network changes with each. */
const published = ['imdb-gru-16', 'imdb-cnn-64'];
/** Models are opened and code is compiled in that time. */
const warmUpSeconds = 60;
const differentBodies = 256;
const seed = 1;

export async function measureSoak({ workload }: ServingBench, seconds: number): Promise<SoakResult> {
  const checkpoints = await mkdtemp(join(tmpdir(), 'distillery-soak-'));
  try {
    for (const model of published) {
      const folder = released(model);
      await exportTo({ folder, card: await readCard(folder) }, join(checkpoints, model));
    }
    return await withServer({ DISTILLERY_CHECKPOINT_DIRECTORY: checkpoints }, async (server) => {
      const publisher = new Publisher(server.client);
      await publisher.publish();
      return await withTarget(server.url, connections, async (target) => {
        const bodies = mixture(workload.texts.whole);
        const outcomes = new Outcomes();
        const memory = watchMemory(server);
        const ended = new AbortController();
        const publishing = publisher.publishUntil(ended.signal);
        const { queries } = await openLoop({
          send: (query) => outcomes.send(target, bodies[query % bodies.length]!),
          ratePerSecond,
          seconds,
          seed,
        });
        ended.abort();
        await publishing;
        const samples = memory();
        const { answered, rejected, failed, failures } = outcomes;
        console.log(`  ${queries} requests, ${failed} failed; ${publisher.versions - 1} versions replaced`);
        return {
          seconds,
          ratePerSecond,
          requests: queries,
          answered,
          rejected: rejected.samples,
          failed,
          failures,
          versionsReplaced: publisher.versions - 1,
          failedPublications: publisher.failures,
          memory: eachMinute(samples),
          growth: growthOf(samples),
        };
      });
    });
  } finally {
    await rm(checkpoints, { recursive: true, force: true });
  }
}

/** Publishes versions of one name, and moves the alias to each. */
class Publisher {
  readonly failures: string[] = [];
  versions = 0;
  readonly #client: DistilleryClient;

  constructor(client: DistilleryClient) {
    this.#client = client;
  }

  /** @throws DistilleryError UNAVAILABLE where no new version came of it */
  async publish(): Promise<void> {
    const checkpoint = published[this.versions % published.length];
    const { id } = await this.#client.call<{ id: string }>('importModel', { input: { name, checkpoint } });
    for await (const event of this.#client.progress(id)) void event;
    const { model, error } = await this.#client.call<{
      model: { reference: string } | null;
      error: { message: string } | null;
    }>('run', { id });
    const expected = `${name}@${this.versions + 1}`;
    if (model?.reference !== expected) {
      throw new DistilleryError(
        'UNAVAILABLE',
        `Expected ${expected}, got ${error?.message ?? model?.reference ?? 'no model'}`,
      );
    }
    await this.#client.call('setAlias', { alias, model: expected });
    this.versions += 1;
  }

  /** A version every ten seconds, or as soon as the last one is there; one that fails is noted. */
  async publishUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = delay(replaceEveryMs, undefined, { signal }).catch(() => undefined);
      await this.publish().catch((error: unknown) => this.failures.push(String(error)));
      await next;
    }
  }
}

/** Bodies in the order in which they are sent, again and again: mostly single reviews, by name, alias and version. */
function mixture(reviews: readonly string[]): Buffer[] {
  const texts = reviews.slice(0, differentBodies);
  const compared = texts.map((text) => ({ text, models: [headlineStudent, 'imdb-nb-svm', name] }));
  const kinds: readonly (readonly [weight: number, bodies: readonly Buffer[]])[] = [
    [4, classifyBodies(headlineStudent, texts)],
    [3, classifyBodies(name, texts)],
    [2, classifyBodies(alias, texts)],
    [1, classifyBodies(`${name}@1`, texts)],
    [1, classifyBodies('imdb-textcnn-64', texts)],
    [1, classifyBodies(teacher, texts)],
    [1, classifyManyBodies(headlineStudent, reviews, 16).slice(0, differentBodies)],
    [1, graphqlBodies(readOperation('compare'), compared)],
    [2, typenameBodies],
  ];
  const lots = kinds.flatMap(([weight, bodies]) => Array.from({ length: weight }, () => bodies));
  const random = new Random(seed);
  return Array.from({ length: differentBodies * lots.length }, () => random.pick(random.pick(lots)));
}

function eachMinute(samples: readonly Sample[]): Sample[] {
  const last = samples.at(-1);
  return samples.filter(
    (sample, index) =>
      index === 0 ||
      sample === last ||
      Math.floor(sample.seconds / 60) > Math.floor(samples[index - 1]!.seconds / 60),
  );
}

/** In a soak of a minute and less, of all samples. */
function growthOf(samples: readonly Sample[]): Line {
  const warm = samples.filter(({ seconds }) => seconds > warmUpSeconds);
  const counted = warm.length > warmUpSeconds ? warm : samples;
  return straightLine(counted.map(({ seconds, mb }) => [seconds / 60, mb] as const));
}
