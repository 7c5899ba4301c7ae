/** Runs over real HTTP and WebSocket; how a run is executed is replaced, since not that is tested here. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { cuttableProxy } from '../../bench/chaos/cuttableProxy.ts';
import type { BenchmarkReport } from '../../src/benchmark/report.ts';
import { DistilleryClient, type ProgressMessage } from '../../src/client.ts';
import { DistilleryError } from '../../src/errors.ts';
import type { Progress } from '../../src/progress/progress.ts';
import { progressOf } from '../../src/progress/progress.ts';
import type { RunInChild } from '../../src/training/child.ts';
import {
  overWebSocket,
  publishSpotter,
  startTestServer,
  untilCancelled,
  type TestServer,
} from './testServer.ts';

let server: TestServer;
let execute: RunInChild = untilCancelled;

beforeAll(async () => {
  server = await startTestServer({ runInChild: (job, options) => execute(job, options) });
  await publishSpotter(server, 'spotter');
});
afterAll(() => server.stop());
beforeEach(() => {
  execute = untilCancelled;
});

const student = { name: 'small', dataset: 'sample', architecture: 'gru-8' };
const benchmark = { models: ['spotter'], dataset: 'sample' };
const start = (operation: string, input: object) =>
  server.client.call<{ id: string; state: string }>(operation, { input });

const step = (number: number, more: Partial<Progress> = {}) =>
  progressOf('training', {
    epoch: 1,
    step: number,
    total: 20,
    loss: 1 / number,
    ...more,
  });

/** Tells steps until it is let go, then succeeds with a report. */
function steppingRun(steps: number, gate: Promise<unknown> = Promise.resolve()): RunInChild {
  return async (_job, { onProgress }) => {
    for (let number = 1; number <= steps; number++) onProgress(step(number));
    await gate;
    onProgress(step(steps + 1, { validationAccuracy: 0.75, reviewsPerSecond: 123.5, secondsLeft: 0 }));
    const report: BenchmarkReport = {
      dataset: 'sample',
      split: 'test',
      reviews: 10,
      machine: 'this one',
      workers: 1,
      threads: 1,
      percentile: 99,
      latencyBoundMs: null,
      entries: [],
      comparisons: [],
    };
    return { kind: 'benchmark', report };
  };
}

async function collect(events: AsyncIterable<ProgressMessage>): Promise<ProgressMessage[]> {
  const all: ProgressMessage[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const sequences = (events: readonly ProgressMessage[]) => events.map(({ sequence }) => sequence);
const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('starting a run', () => {
  it('answers at once with the whole configuration', async () => {
    const run = await start('startStudentTraining', { ...student, epochs: 2 });
    expect(run).toMatchObject({
      kind: 'STUDENT',
      configuration: { ...student, kind: 'student', epochs: 2, embeddingSize: 64 },
    });
    await server.client.call('cancelRun', { runId: run.id });
    await collect(server.client.progress(run.id));
  });

  it('names every field that is not as expected, in one error', async () => {
    const input = { ...student, name: 'Not A Name', architecture: 'lstm-3', epochs: 0, temperature: 0 };
    await expect(start('startDistillation', input)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/temperature.*0.01/),
      extensions: { fields: expect.arrayContaining(['name', 'architecture', 'epochs', 'temperature']) },
    });
  });

  it.each([
    ['T < 0', 'startDistillation', { ...student, temperature: -1 }, 'BAD_USER_INPUT'],
    ['an unknown dataset', 'startStudentTraining', { ...student, dataset: 'nothing' }, 'NOT_FOUND'],
    ['an unknown teacher', 'startDistillation', { ...student, teacher: 'nobody' }, 'NOT_FOUND'],
    ['a student as teacher', 'startDistillation', { ...student, teacher: 'spotter' }, 'BAD_USER_INPUT'],
    [
      'an unknown checkpoint',
      'startTeacherTraining',
      { dataset: 'sample', checkpoint: 'nothing' },
      'NOT_FOUND',
    ],
    [
      'a checkpoint by path',
      'startTeacherTraining',
      { dataset: 'sample', checkpoint: '../../etc' },
      'BAD_USER_INPUT',
    ],
    [
      'a checkpoint out of the hub',
      'startTeacherTraining',
      { dataset: 'sample', checkpoint: 'a/../b' },
      'BAD_USER_INPUT',
    ],
    ['a benchmark of nobody', 'startBenchmark', { ...benchmark, models: ['spotter', 'nobody'] }, 'NOT_FOUND'],
    ['a benchmark of nothing', 'startBenchmark', { ...benchmark, models: [] }, 'BAD_USER_INPUT'],
    ...[
      { scenarios: ['SERVER'] },
      { scenarios: ['SERVER'], rates: [100, 0] },
      { scenarios: ['SERVER'], rates: [100], percentile: 98 },
      { scenarios: ['SERVER'], latencyBoundMs: 50, queries: 1_000 },
      { scenarios: ['CONCURRENCY'], concurrencies: [] },
      { queries: 1_000_001 },
      { queries: 0 },
      { tailMargin: 0.01 },
    ].map((wrong): [string, string, object, string] => [
      `a benchmark with ${JSON.stringify(wrong)}`,
      'startBenchmark',
      { ...benchmark, ...wrong },
      'BAD_USER_INPUT',
    ]),
  ])('refuses %s and stores no run', async (_name, operation, input, code) => {
    const before = await server.app.runs.list({ first: 100 });
    await expect(start(operation, input)).rejects.toMatchObject({ code });
    expect((await server.app.runs.list({ first: 100 })).items).toHaveLength(before.items.length);
  });
});

describe('onTrainingProgress', () => {
  it('tells history and live events in order, and ends with the run', async () => {
    let letGo = (): void => undefined;
    execute = steppingRun(5, new Promise<void>((resolve) => (letGo = resolve)));
    const { id } = await start('startBenchmark', benchmark);
    const early = collect(server.client.progress(id));
    await until(async () => (await server.app.progress.after(id, 0)).length >= 7);
    const late = collect(server.client.progress(id));
    letGo();
    const [first, second] = await Promise.all([early, late]);
    expect(second).toEqual(first);
    expect(sequences(first)).toEqual(upTo(first.length));
    expect(first.at(-2)).toMatchObject({
      phase: 'TRAINING',
      validationAccuracy: 0.75,
      reviewsPerSecond: 123.5,
      secondsLeft: 0,
    });
    expect(first.at(-1)).toMatchObject({ phase: 'ENDED', state: 'SUCCEEDED' });
    expect(sequences(await collect(server.client.progress(id, 4)))).toEqual(upTo(first.length, 5));
    expect(await collect(server.client.progress(id, first.length))).toEqual([]);
  });

  it('misses nothing when the connection is lost again and again', async () => {
    const steps = 60;
    execute = async (job, options) => {
      for (let number = 1; number <= steps; number++) {
        options.onProgress(step(number));
        await delay(5);
      }
      return steppingRun(0)(job, options);
    };
    const proxy = await cuttableProxy(server.url);
    try {
      const { id } = await start('startBenchmark', benchmark);
      const events: ProgressMessage[] = [];
      for await (const event of new DistilleryClient({ url: proxy.url }).progress(id)) {
        events.push(event);
        if (event.sequence % 15 === 0) proxy.cut();
      }
      expect(sequences(events)).toEqual(upTo(events.length));
      expect(events.length).toBeGreaterThan(steps);
      expect(events.at(-1)?.state).toBe('SUCCEEDED');
    } finally {
      await proxy.stop();
    }
  });

  it.each([
    ['an unknown run', '00000000-0000-4000-8000-000000000000', 0, 'NOT_FOUND'],
    ['an id that is none', 'x', 0, 'NOT_FOUND'],
    ['a negative number', '00000000-0000-4000-8000-000000000000', -1, 'BAD_USER_INPUT'],
  ])('refuses %s', async (_name, runId, after, code) => {
    await expect(collect(server.client.progress(runId, after))).rejects.toMatchObject({ code });
  });

  it('frees everything when the client leaves', async () => {
    const follow = jest.spyOn(server.app.progress, 'follow');
    const { id } = await start('startBenchmark', benchmark);
    for await (const event of server.client.progress(id)) if (event.state === 'RUNNING') break;
    const events = follow.mock.results[0]?.value as AsyncGenerator;
    // Ended by the client's leaving, while the run goes on: a generator that still waited would not answer.
    expect(await events.next()).toEqual({ done: true, value: undefined });
    follow.mockRestore();
    expect((await server.app.runs.get(id)).state).toBe('RUNNING'.toLowerCase());
    await server.client.call('cancelRun', { runId: id });
    await collect(server.client.progress(id));
  });

  it('says so where the log fails in the middle', async () => {
    const { id } = await start('startBenchmark', benchmark);
    const after = jest
      .spyOn(server.app.progress, 'after')
      .mockRejectedValueOnce(new Error('the secret of the house'));
    const query = `subscription { onTrainingProgress(runId: "${id}") { sequence } }`;
    await expect(overWebSocket(server.url, query)).rejects.toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'INTERNAL' }) }),
    ]);
    after.mockRestore();
    await server.client.call('cancelRun', { runId: id });
    await collect(server.client.progress(id));
  });
});

describe('a run', () => {
  it('can be cancelled once', async () => {
    const { id } = await start('startBenchmark', benchmark);
    const events = collect(server.client.progress(id));
    await until(async () => (await server.app.runs.get(id)).state === 'running');
    await server.client.call('cancelRun', { runId: id });
    expect((await events).at(-1)).toMatchObject({ state: 'CANCELLED' });
    await expect(server.client.call('cancelRun', { runId: id })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('tells why it failed, and the server goes on', async () => {
    execute = async () => {
      throw new DistilleryError('CORRUPT_ARCHIVE', 'The archive ends early.');
    };
    const { id } = await start('startStudentTraining', student);
    expect((await collect(server.client.progress(id))).at(-1)).toMatchObject({
      state: 'FAILED',
      message: 'The archive ends early.',
    });
    const run = await server.client.call('run', { id });
    expect(run).toMatchObject({
      state: 'FAILED',
      error: { code: 'CORRUPT_ARCHIVE' },
      model: null,
      report: null,
    });
  });

  it('publishes a report, which benchmark finds', async () => {
    execute = steppingRun(1);
    const { id } = await start('startBenchmark', benchmark);
    await collect(server.client.progress(id));
    expect(await server.client.call('benchmark', { runId: id })).toMatchObject({
      dataset: 'sample',
      reviews: 10,
    });
    const { progress } = await server.client.call<{ progress: ProgressMessage[] }>('run', { id, after: 1 });
    expect(sequences(progress)).toEqual(upTo(progress.length + 1, 2));
    execute = untilCancelled;
    const other = await start('startStudentTraining', student);
    await expect(server.client.call('benchmark', { runId: other.id })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    await server.client.call('cancelRun', { runId: other.id });
    await collect(server.client.progress(other.id));
  });

  it('is found in the list by state and kind, newest first', async () => {
    interface Page {
      edges: { node: { id: string; kind: string; state: string; createdAt: string } }[];
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
    }
    const nodes: Page['edges'][number]['node'][] = [];
    let after: string | null = null;
    do {
      const { edges, pageInfo }: Page = await server.client.call('runs', { first: 2, after });
      nodes.push(...edges.map(({ node }) => node));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
    expect(nodes.map(({ createdAt }) => createdAt)).toEqual(
      nodes
        .map(({ createdAt }) => createdAt)
        .sort()
        .reverse(),
    );
    const failed: Page = await server.client.call('runs', { state: 'FAILED', kind: 'STUDENT' });
    expect(failed.edges.map(({ node }) => node.id)).toEqual(
      nodes.filter(({ state, kind }) => state === 'FAILED' && kind === 'STUDENT').map(({ id }) => id),
    );
    expect(failed.edges).toHaveLength(1);
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(10);
}
