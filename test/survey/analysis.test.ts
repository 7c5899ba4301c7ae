/** The analysis of a survey, end to end, on models whose answers are known. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Dataset, Review, Split } from '../../src/data/dataset.ts';
import { sharedFolder } from '../../src/artefacts/store.ts';
import { benchmark } from '../../src/benchmark/benchmark.ts';
import { readConfig } from '../../src/config.ts';
import type { UsedModel } from '../../src/evaluation/loadedModel.ts';
import type { Progress } from '../../src/progress/progress.ts';
import { analyseSurvey } from '../../src/survey/analysis.ts';
import type { FinishedRun, SurveyMaterial } from '../../src/survey/material.ts';
import { planSurvey } from '../../src/survey/plan.ts';
import { surveySpec } from '../../src/survey/spec.ts';
import { benchmarkConfig } from '../../src/training/config.ts';
import { gruModel, wordSpotter, type TinyModel } from '../serving/tinyModel.ts';

const spec = surveySpec.parse({
  name: 'tiny',
  title: 'Tiny students',
  dataset: 'in-memory',
  teacher: 'tiny-teacher',
  beside: ['tiny-gru@1'],
  seeds: [1, 2],
  latencyReviews: 20,
  grids: [
    {
      name: 'sizes',
      question: 'Do soft targets help?',
      students: [{ network: 'cnn', sizes: [2, 4] }],
      published: [{ architecture: 'cnn-2', targets: 'soft', accuracy: 0.9 }],
    },
  ],
});
const plan = planSurvey(spec);
const cellOf = (architecture: string, targets: string) =>
  plan.cells.find((cell) => cell.architecture === architecture && cell.targets === targets)!.id;

/** 40 good, 40 bad, and 20 positive ones without a word that a spotter knows. */
const dataset = datasetOf(
  Array.from({ length: 100 }, (_, index) => {
    const label = index < 40 ? 0 : 1;
    const word = index < 40 ? 'bad' : index < 80 ? 'good' : 'fine';
    return { id: `test/${index}`, text: `${'the '.repeat(index % 17)}${word}`, label };
  }),
);

function datasetOf(test: Review[]): Dataset {
  return {
    name: 'in-memory',
    fingerprint: 'f'.repeat(64),
    source: 'made for a test',
    counts: { train: 7, validation: 5, test: test.length, unlabelled: 3 },
    duplicatesRemoved: 0,
    reviews: (split: Split) => Promise.resolve(split === 'test' ? test : []),
  };
}

let folder: string;
let models: UsedModel[];
let material: SurveyMaterial;

/** Soft students know the words, students from scratch take them for their opposites; of one no run has finished. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'distillery-survey-'));
  const named = (
    { folder: own, card }: TinyModel,
    name: string,
    architecture = card.architecture,
  ): UsedModel => ({
    folder: own,
    card: { ...card, name, architecture },
  });
  models = [
    named(await wordSpotter(join(folder, 'teacher'), { scale: 3 }), 'tiny-teacher'),
    named(await gruModel(join(folder, 'gru')), 'tiny-gru'),
  ];
  const runs: FinishedRun[] = [];
  const missing: SurveyMaterial['missing'] = [];
  for (const { key, cell, seed } of plan.runs) {
    const { architecture, targets } = plan.cells.find(({ id }) => id === cell)!;
    if (architecture === 'cnn-4' && targets === 'scratch') {
      missing.push({ key, cell, seed, reason: 'The disk was full.' });
      continue;
    }
    if (architecture === 'cnn-4' && seed === 2) continue;
    const name = `tiny-${targets}-${architecture}-${seed}`;
    const place = join(folder, name);
    const model = await wordSpotter(place, { scale: 10 + models.length, swapped: targets === 'scratch' });
    models.push(named(model, name, architecture));
    const metrics = { reviews: 5, accuracy: 0.6, precision: 0, recall: 0, f1: 0, calibrationError: 0 };
    runs.push({
      key,
      runId: `run of ${name}`,
      model: `${name}@1`,
      seconds: 12,
      epochs: [
        { phase: 'training', epoch: 1, loss: 0.7, validation: metrics },
        { phase: 'training', epoch: 2, loss: 0.5, validation: null },
      ],
    });
  }
  material = { spec, runs, missing };
});

afterAll(() => rm(folder, { recursive: true }));

interface Changes {
  material?: SurveyMaterial;
  models?: UsedModel[];
  dataset?: Dataset;
  report?: (progress: Progress) => void;
  signal?: AbortSignal;
}

const analyse = async (changes: Changes = {}) => (await analyseAll(changes)).report;

const analyseAll = (changes: Changes = {}) =>
  analyseSurvey(changes.material ?? material, changes.models ?? models, changes.dataset ?? dataset, {
    store: sharedFolder(join(folder, 'data')),
    threads: 1,
    report: changes.report ?? (() => undefined),
    signal: changes.signal ?? new AbortController().signal,
  });

describe('analyseSurvey', () => {
  it('measures as the benchmark does', async () => {
    const { teacher, beside, runs } = await analyse();
    const { entries, comparisons } = await benchmark({
      models,
      dataset,
      config: benchmarkConfig.parse({
        kind: 'benchmark',
        models: ['all'],
        dataset: 'in-memory',
        queries: 20,
      }),
      serving: readConfig({ DISTILLERY_SERVING_WORKERS: '1' }),
      runFolder: await mkdtemp(join(folder, 'benchmark-')),
      report: () => undefined,
      signal: new AbortController().signal,
    });
    for (const [i, result] of [teacher, ...beside, ...runs].entries()) {
      const { metrics, fileBytes, parameters, architecture, method, model, version } = entries[i]!;
      // Serving tells probabilities, and batches that are put together otherwise round otherwise
      const { calibrationError, ...counted } = metrics;
      expect(result).toMatchObject({ metrics: counted, fileBytes, parameters, architecture, method });
      expect(result.metrics.calibrationError).toBeCloseTo(calibrationError, 6);
      expect(result.model).toBe(`${model}@${version}`);
      const graph = await readFile(join(models[i]!.folder, 'model.onnx'));
      expect(result.sha256).toBe(createHash('sha256').update(graph).digest('hex'));
      expect(result.latency.samples).toBe(20);
      expect(result.latency.meanMs).toBeGreaterThan(0);
      const against = comparisons.find((one) => one.model === result.model && one.other === teacher.model);
      expect(result.teacher.agreement).toBe(against?.agreement ?? 1);
    }
  });

  it('tells what each run was, and how it stands to the teacher', async () => {
    const { teacher, runs } = await analyse();
    expect(teacher.teacher).toEqual({ agreement: 1, onlyTeacherRight: 0, onlyModelRight: 0 });
    expect(runs.map(({ model }) => model)).toEqual(material.runs.map(({ model }) => model));
    const scratch = runs.find(({ cell, seed }) => cell === cellOf('cnn-2', 'scratch') && seed === 1)!;
    const { key } = plan.runs.find(({ cell, seed }) => cell === scratch.cell && seed === 1)!;
    expect(scratch).toMatchObject({
      key,
      runId: 'run of tiny-scratch-cnn-2-1',
      parent: null,
      seconds: 12,
      // Of 40 good and 40 bad ones the opposite; negative as the teacher says where it knows no word
      teacher: { agreement: 0.2, onlyTeacherRight: 80, onlyModelRight: 0 },
      epochs: [
        { phase: 'training', epoch: 1, loss: 0.7, validationAccuracy: 0.6 },
        { phase: 'training', epoch: 2, loss: 0.5, validationAccuracy: null },
      ],
    });
  });

  it('compares what has finished, and answers', async () => {
    const { cells, grids, missing, dataset: about, spec: answered, threads, machine } = await analyse();
    expect(cells.map(({ id, seeds }) => [id, seeds])).toEqual([
      [cellOf('cnn-2', 'scratch'), [1, 2]],
      [cellOf('cnn-2', 'soft'), [1, 2]],
      [cellOf('cnn-4', 'soft'), [1]],
    ]);
    expect(cells[1]!.accuracy).toEqual({ mean: 0.8, interval: { low: 0.8, high: 0.8 } });
    expect(cells[2]!.accuracy).toEqual({ mean: 0.8, interval: null });

    const [grid] = grids;
    expect(grids).toHaveLength(1);
    expect(grid!.comparisons).toHaveLength(1);
    const [comparison] = grid!.comparisons;
    expect(comparison).toMatchObject({ axis: 'targets', verdict: 'better', difference: { mean: 0.8 } });
    expect(comparison!.pairs.map(({ onlyPoint, onlyReference }) => [onlyPoint, onlyReference])).toEqual([
      [80, 0],
      [80, 0],
    ]);
    expect(comparison!.overReviews.low).toBeGreaterThan(0.7);
    expect(comparison!.overReviews.high).toBeLessThan(0.9);
    expect(grid!.published).toEqual([
      {
        architecture: 'cnn-2',
        targets: 'soft',
        accuracy: 0.9,
        precision: null,
        recall: null,
        cell: cellOf('cnn-2', 'soft'),
      },
    ]);
    expect(grid!.answer).toBe(
      'Distilled students beat those from scratch (cnn-2), by 80.0 points on average over 2 seeds. ' +
        'Mean accuracy is 80.0 % with soft targets and 0.0 % with labels alone, agreement with the teacher 100.0 % and 20.0 %.',
    );
    expect(missing).toBe(material.missing);
    expect(answered).toBe(spec);
    expect(threads).toBe(1);
    expect(machine).toContain('onnxruntime-node');
    expect(about).toEqual({
      name: 'in-memory',
      fingerprint: dataset.fingerprint,
      trainReviews: 7,
      validationReviews: 5,
      testReviews: 100,
      unlabelledReviews: 3,
    });
  });

  it('names the reviews that students answer otherwise than the teacher', async () => {
    const { divided } = await analyse();
    expect(divided).toHaveLength(80);
    expect(divided[0]).toMatchObject({ id: 'test/0', label: 0, teacherClass: 0, studentsAgainst: 2 });
    expect(divided[1]!.id).toBe('test/1');
    expect(divided[2]!.id).toBe('test/10');
    expect(divided[0]!.teacherPositive).toBeCloseTo(1 / (1 + Math.exp(3)), 5);
  });

  it('says the same again, from the logits that it kept', async () => {
    const first = await analyse();
    const logits = join(folder, 'data', 'logits');
    const state = async () =>
      Promise.all(
        (await readdir(logits)).sort().map(async (name) => [name, (await stat(join(logits, name))).ino]),
      );
    const kept = await state();
    expect(kept).toHaveLength(models.length);
    const second = await analyse();
    expect(await state()).toEqual(kept);
    const text = (report: typeof first) =>
      JSON.stringify(report, (key, value: unknown) =>
        ['createdAt', 'latency'].includes(key) ? undefined : value,
      );
    expect(text(second)).toBe(text(first));
  });

  it('tells which model is evaluated and timed', async () => {
    const events: Progress[] = [];
    await analyse({ report: (progress) => events.push(progress) });
    expect([...new Set(events.map(({ phase }) => phase))]).toEqual(['evaluating', 'measuring-latency']);
    for (const [phase, total] of [
      ['evaluating', 100 * models.length],
      ['measuring-latency', 20 * models.length],
    ] as const) {
      const inPhase = events.filter((event) => event.phase === phase);
      const steps = inPhase.map(({ step }) => step!);
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
      expect([steps[0], steps.at(-1)]).toEqual([0, total]);
      expect(inPhase.every((event) => event.total === total)).toBe(true);
      expect(inPhase[0]!.message).toBe(`tiny-teacher@1, model 1 of ${models.length}`);
    }
  });

  it.each(['evaluating', 'measuring-latency'] as const)(
    'ends soon when cancelled while %s',
    async (phase) => {
      const controller = new AbortController();
      const report = (progress: Progress) => void (progress.phase === phase && controller.abort());
      // Another length of input has other logits
      const unknown = models.map(({ folder: own, card }) => ({
        folder: own,
        card: { ...card, maxTokens: 32 },
      }));
      const promise = analyse({ models: unknown, report, signal: controller.signal });
      await expect(promise).rejects.toMatchObject({ code: 'CANCELLED' });
    },
  );

  it('refuses models that are not those of the runs', async () => {
    const internal = expect.objectContaining({ code: 'INTERNAL' });
    await expect(analyse({ models: models.slice(1) })).rejects.toEqual(internal);
    const swapped = [...models.slice(0, 2), models[3]!, models[2]!, ...models.slice(4)];
    await expect(analyse({ models: swapped })).rejects.toEqual(internal);
    const [run, ...others] = material.runs;
    const stray = { ...material, runs: [{ ...run!, key: 'stray' }, ...others] };
    await expect(analyse({ material: stray })).rejects.toEqual(internal);
  });

  it('refuses test reviews of one class', async () => {
    const test = (await dataset.reviews('test')).slice(40);
    await expect(analyse({ dataset: datasetOf(test) })).rejects.toMatchObject({ code: 'INVALID_DATASET' });
  });
});
