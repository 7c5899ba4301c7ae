/** The benchmark, end to end, on models whose accuracy is known. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Dataset, Review, Split } from '../../src/data/dataset.ts';
import { benchmark } from '../../src/benchmark/benchmark.ts';
import type { BenchmarkInput } from '../../src/benchmark/benchmark.ts';
import { readConfig } from '../../src/config.ts';
import { modelCard } from '../../src/models/card.ts';
import type { Progress } from '../../src/progress/progress.ts';
import { benchmarkConfig } from '../../src/training/config.ts';
import type { BenchmarkConfig } from '../../src/training/config.ts';
import { gruModel, wordSpotter } from '../serving/tinyModel.ts';
import type { TinyModel } from '../serving/tinyModel.ts';
import type { UsedModel } from '../../src/evaluation/loadedModel.ts';

let folder = '';
let spotter: TinyModel;
let swapped: TinyModel;
let gru: TinyModel;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'distillery-benchmark-'));
  spotter = await wordSpotter(join(folder, 'spotter'));
  swapped = await wordSpotter(join(folder, 'swapped'), { swapped: true });
  gru = await gruModel(join(folder, 'gru'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function datasetOf(reviews: Partial<Record<Split, Review[]>>): Dataset {
  const of = (split: Split) => reviews[split] ?? [];
  return {
    name: 'in-memory',
    fingerprint: '0'.repeat(64),
    source: 'made for a test',
    counts: {
      train: of('train').length,
      validation: of('validation').length,
      test: of('test').length,
      unlabelled: of('unlabelled').length,
    },
    duplicatesRemoved: 0,
    reviews: async (split) => of(split),
  };
}

function review(index: number, text: string, label: 0 | 1 | null): Review {
  return { id: String(index), text: `${'the '.repeat(index % 17)}${text}`, label };
}

/** 40 good, 40 bad, and 20 positive ones without a word that the spotter knows; sorted by class, the worst case. */
const dataset = datasetOf({
  test: Array.from({ length: 100 }, (_, index) => {
    if (index < 40) return review(index, 'bad', 0);
    return index < 80 ? review(index, 'good', 1) : review(index, 'fine', 1);
  }),
});

const serving = readConfig({ DISTILLERY_SERVING_WORKERS: '1', DISTILLERY_MAX_BATCH: '8' });

async function run(
  models: readonly UsedModel[],
  config: Partial<BenchmarkConfig> = {},
  overrides: Partial<Pick<BenchmarkInput, 'dataset' | 'report' | 'signal' | 'runFolder'>> = {},
) {
  return benchmark({
    models,
    dataset,
    config: benchmarkConfig.parse({
      kind: 'benchmark',
      models: models.map(({ card }) => card.name),
      dataset: 'in-memory',
      queries: 30,
      ...config,
    }),
    serving,
    runFolder: await mkdtemp(join(folder, 'run-')),
    report: () => undefined,
    signal: new AbortController().signal,
    ...overrides,
  });
}

describe('benchmark', () => {
  it('reports accuracy beside speed and size for every model', async () => {
    const report = await run([spotter, swapped, gru]);
    expect(report).toMatchObject({
      ...{ dataset: 'in-memory', split: 'test', reviews: 100, workers: 1, threads: 1 },
      ...{ percentile: 99, latencyBoundMs: null },
    });
    expect(report.machine).toContain('onnxruntime-node');

    const [first, second, third] = report.entries;
    expect(first).toMatchObject({ model: 'tiny-cnn', version: 1, architecture: 'cnn-2', method: 'scratch' });
    expect(first).toMatchObject({ parameters: spotter.card.parameters });
    expect(first?.metrics).toMatchObject({ reviews: 100, accuracy: 0.8, precision: 1 });
    expect(first?.metrics.recall).toBeCloseTo(40 / 60, 12);
    // The swapped model takes bad for good and good for bad, and also ties for negative.
    expect(second?.metrics).toMatchObject({ accuracy: 0, precision: 0, recall: 0, f1: 0 });
    expect(third?.architecture).toBe('gru-8');

    for (const [index, entry] of report.entries.entries()) {
      const model = [spotter, swapped, gru][index];
      expect(entry.fileBytes).toBe((await stat(join(model?.folder ?? '', 'model.onnx'))).size);
      expect(entry.latency?.samples).toBe(30);
      expect(entry.latency?.meanMs).toBeGreaterThan(0);
      expect(entry.reviewsPerSecond).toBeGreaterThan(0);
      expect(entry).toMatchObject({ curve: [], highestRate: null, reference: null, valid: true });
    }
  });

  it('draws a part of the split by the seed, the same for every model and every run', async () => {
    const [one, again, other] = await Promise.all(
      [7, 7, 8].map((seed) => run([spotter, spotter], { reviews: 50, seed })),
    );
    expect(one?.reviews).toBe(50);
    expect(one?.entries[0]?.metrics).toEqual(one?.entries[1]?.metrics);
    expect(again?.entries[0]?.metrics).toEqual(one?.entries[0]?.metrics);
    expect(other?.entries[0]?.metrics).not.toEqual(one?.entries[0]?.metrics);
    // The first 50 of the split would have 10 positive reviews.
    const { accuracy = 0, recall = 0 } = one?.entries[0]?.metrics ?? {};
    const missed = Math.round((1 - accuracy) * 50);
    expect(missed / (1 - recall)).toBeGreaterThan(20);
  });

  it('tells no percentile of too few queries, and asks about texts again where they are too few', async () => {
    const [few, enough] = await Promise.all([run([spotter]), run([spotter], { queries: 107 })]);
    expect(few.entries[0]?.latency).toMatchObject({ samples: 30, p50Ms: null, p90Ms: null });
    expect(enough.entries[0]?.latency).toMatchObject({
      samples: 107,
      p50Ms: expect.any(Number),
      p90Ms: null,
    });
  });

  it('takes workers, threads and batches from the configuration before those of the server', async () => {
    const report = await run([spotter], { workers: 2, threads: 2, batchSize: 4 });
    expect(report).toMatchObject({ workers: 2, threads: 2 });
  });

  it('measures clients that wait and arrivals at random', async () => {
    const { entries } = await run([spotter], {
      scenarios: ['concurrency', 'server'],
      concurrencies: [1, 6],
      rates: [200, 400],
    });
    expect(entries[0]?.latency).toBeNull();
    const told = { queries: 30, failed: 0, latency: { samples: 30 } };
    expect(entries[0]?.curve).toMatchObject([
      { ...told, scenario: 'concurrency', concurrency: 1, ratePerSecond: null },
      { ...told, scenario: 'concurrency', concurrency: 6, ratePerSecond: null },
      { ...told, scenario: 'server', concurrency: null, ratePerSecond: 200 },
      { ...told, scenario: 'server', concurrency: null, ratePerSecond: 400 },
    ]);
    for (const point of entries[0]?.curve ?? [])
      expect(point.answeredPerSecond).toBeCloseTo(30 / point.seconds, 6);
  });

  it('finds the highest rate within a bound, and none where no answer comes in time', async () => {
    // Half of so few texts may take longer: the bound is met or missed by far
    const few = { scenarios: ['server' as const], percentile: 50 as const, tailMargin: 1, queries: 7 };
    const { entries } = await run([gru], { ...few, latencyBoundMs: 30_000 });
    const { highestRate, curve } = entries[0]!;
    expect(highestRate).toMatchObject({ latencyBoundMs: 30_000, percentile: 50, verifiedRuns: 5 });
    expect(highestRate?.latency.p50Ms).toBeLessThan(30_000);
    const verified = curve.filter(({ ratePerSecond }) => ratePerSecond === highestRate?.ratePerSecond);
    expect(verified.length).toBeGreaterThanOrEqual(5);
    const tooSlow = await run([gru], { ...few, latencyBoundMs: 0.001 });
    expect(tooSlow.entries[0]).toMatchObject({ highestRate: null, curve: [] });
  });

  it('holds a quantised model against the one that it was made of', async () => {
    const quantized = (model: TinyModel, name: string, accuracyAfter: number) => ({
      folder: model.folder,
      card: modelCard.parse({
        ...model.card,
        name,
        precision: 'int8',
        quantization: {
          ...{ model: 'tiny-cnn@1', weights: '', embeddings: '', dataset: model.card.dataset, reviews: 10 },
          ...{ accuracyBefore: 0.8, accuracyAfter, agreement: 1, bytesBefore: 2, bytesAfter: 1 },
        },
      }),
    });
    const measured = await run([spotter, quantized(spotter, 'same', 0.1), quantized(swapped, 'worse', 0.8)]);
    expect(measured.entries).toMatchObject([
      { reference: null, accuracyOfReference: null, valid: true },
      { reference: 'tiny-cnn@1', accuracyOfReference: 1, valid: true },
      { reference: 'tiny-cnn@1', accuracyOfReference: 0, valid: false },
    ]);
    // Where the reference is not measured, what the card says of both
    const alone = await run([quantized(spotter, 'good', 0.792), quantized(spotter, 'bad', 0.79)]);
    expect(alone.entries.map(({ valid }) => valid)).toEqual([true, false]);
  });

  it('goes on after the measurements that it finished before it was interrupted', async () => {
    const runFolder = await mkdtemp(join(folder, 'interrupted-'));
    const config = { scenarios: ['single-stream' as const, 'concurrency' as const], concurrencies: [2] };
    const controller = new AbortController();
    const interrupted = run([spotter], config, {
      runFolder,
      signal: controller.signal,
      report: ({ phase, message }) => {
        if (phase === 'measuring-latency' && message?.includes('2 clients')) controller.abort();
      },
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'CANCELLED' });
    const kept = await readdir(join(runFolder, 'measurements'));
    expect(kept.sort()).toEqual(['0-offline.json', '0-single-stream.json']);
    const before = await readFile(join(runFolder, 'measurements', '0-single-stream.json'), 'utf8');

    const told: (string | null)[] = [];
    const { entries } = await run([spotter], config, {
      runFolder,
      report: ({ phase, message }) => void (phase === 'measuring-latency' && told.push(message)),
    });
    expect(new Set(told)).toEqual(new Set(['tiny-cnn@1, model 1 of 1: 2 clients']));
    expect(entries[0]?.latency).toEqual((JSON.parse(before) as { latency: object }).latency);
    expect(entries[0]?.metrics.accuracy).toBe(0.8);
    expect(entries[0]?.curve).toHaveLength(1);
  });

  it('tells phase by phase which model is measured and how many reviews are done', async () => {
    const events: Partial<Progress>[] = [];
    await run([spotter, gru], {}, { report: (progress) => events.push(progress) });

    expect([...new Set(events.map(({ phase }) => phase))]).toEqual([
      'loading-data',
      'evaluating',
      'measuring-latency',
    ]);
    const evaluating = events.filter(({ phase }) => phase === 'evaluating');
    const steps = evaluating.map(({ step }) => step ?? NaN);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect([steps.at(0), steps.at(-1)]).toEqual([0, 200]);
    expect(evaluating.at(0)?.message).toBe('tiny-cnn@1, model 1 of 2');
    expect(evaluating.at(-1)).toMatchObject({ message: 'tiny-gru@1, model 2 of 2', secondsLeft: 0 });
    const timing = events.filter(({ phase }) => phase === 'measuring-latency');
    expect(timing.at(0)).toMatchObject({
      message: 'tiny-cnn@1, model 1 of 2: one text at a time',
      step: 0,
      total: 30,
    });
    expect(timing.at(-1)).toMatchObject({
      message: 'tiny-gru@1, model 2 of 2: one text at a time',
      step: 30,
      total: 30,
    });
  });

  it.each(['evaluating', 'measuring-latency'] as const)(
    'ends soon when it is cancelled while %s',
    async (phase) => {
      const controller = new AbortController();
      const events: Partial<Progress>[] = [];
      const promise = run(
        [spotter, gru],
        {},
        {
          signal: controller.signal,
          report: (progress) => {
            events.push(progress);
            if (progress.phase === phase) controller.abort();
          },
        },
      );
      await expect(promise).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(events.filter((event) => event.phase === phase)).toHaveLength(1);
    },
  );

  it('refuses a split without reviews, naming those that have some', async () => {
    await expect(run([spotter], { split: 'validation' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      facts: { split: 'validation', expected: ['test'] },
    });
  });

  it.each<[string, Review[]]>([
    ['one class', [review(0, 'good', 1), review(1, 'fine', 1)]],
    ['unlabelled reviews', [review(0, 'good', 1), review(1, 'bad', 0), review(2, 'odd', null)]],
  ])('refuses a split with %s', async (_what, reviews) => {
    await expect(run([spotter], {}, { dataset: datasetOf({ test: reviews }) })).rejects.toMatchObject({
      code: 'INVALID_DATASET',
    });
  });

  it('refuses a model without its graph before any is measured', async () => {
    const events: Partial<Progress>[] = [];
    const missing = { ...gru, folder: join(folder, 'missing') };
    const promise = run([spotter, missing], {}, { report: (progress) => events.push(progress) });
    await expect(promise).rejects.toMatchObject({ code: 'INVALID_CHECKPOINT', facts: { model: 'tiny-gru' } });
    expect(events.some(({ phase }) => phase === 'evaluating')).toBe(false);
  });
});
