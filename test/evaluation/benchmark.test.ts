/** The benchmark, end to end, on models whose accuracy is known. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Dataset, Review, Split } from '../../src/data/dataset.ts';
import { benchmark } from '../../src/evaluation/benchmark.ts';
import type { BenchmarkInput } from '../../src/evaluation/benchmark.ts';
import type { Progress } from '../../src/progress/progress.ts';
import { benchmarkConfig } from '../../src/training/config.ts';
import type { BenchmarkConfig } from '../../src/training/config.ts';
import { gruModel, wordSpotter } from '../serving/tinyModel.ts';
import type { TinyModel } from '../serving/tinyModel.ts';

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

function run(
  models: TinyModel[],
  config: Partial<BenchmarkConfig> = {},
  overrides: Partial<Pick<BenchmarkInput, 'dataset' | 'report' | 'signal'>> = {},
) {
  return benchmark({
    models,
    dataset,
    config: benchmarkConfig.parse({
      kind: 'benchmark',
      models: models.map(({ card }) => card.name),
      dataset: 'in-memory',
      latencyReviews: 30,
      batchSize: 8,
      ...config,
    }),
    threads: 1,
    report: () => undefined,
    signal: new AbortController().signal,
    ...overrides,
  });
}

describe('benchmark', () => {
  it('reports accuracy beside speed and size for every model', async () => {
    const report = await run([spotter, swapped, gru]);
    expect(report).toMatchObject({ dataset: 'in-memory', split: 'test', reviews: 100, threads: 1 });
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
      expect(entry.latency.samples).toBe(30);
      expect(entry.latency.p50Ms).toBeGreaterThan(0);
      expect(entry.latency.p95Ms).toBeGreaterThanOrEqual(entry.latency.p50Ms);
      expect(entry.latency.p99Ms).toBeGreaterThanOrEqual(entry.latency.p95Ms);
      expect(entry.reviewsPerSecond).toBeGreaterThan(0);
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

  it('times all reviews where there are fewer than asked for', async () => {
    const report = await run([spotter], { latencyReviews: 500 });
    expect(report.entries[0]?.latency.samples).toBe(100);
  });

  it('takes threads from the configuration before those of the process', async () => {
    expect((await run([spotter], { threads: 2 })).threads).toBe(2);
  });

  it('tells phase by phase which model is measured and how many reviews are done', async () => {
    const events: Partial<Progress>[] = [];
    await run([spotter, gru], {}, { report: (progress) => events.push(progress) });

    expect([...new Set(events.map(({ phase }) => phase))]).toEqual([
      'loading-data',
      'evaluating',
      'measuring-latency',
    ]);
    for (const [phase, total] of [
      ['evaluating', 200],
      ['measuring-latency', 120],
    ] as const) {
      const inPhase = events.filter((event) => event.phase === phase);
      const steps = inPhase.map(({ step }) => step ?? NaN);
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
      expect(steps.at(0)).toBe(0);
      expect(steps).toContain(total / 2);
      expect(steps.at(-1)).toBe(total);
      expect(inPhase.every((event) => event.total === total)).toBe(true);
      expect(inPhase.at(0)?.message).toBe('tiny-cnn@1, model 1 of 2');
      expect(inPhase.at(-1)?.message).toBe('tiny-gru@1, model 2 of 2');
      expect(inPhase.at(-1)?.secondsLeft).toBe(0);
    }
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
