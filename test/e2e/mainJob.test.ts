/** The whole job on `sample` over real HTTP and WebSocket, trained in real child processes; and every bad input. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cuttableProxy } from '../../bench/chaos/cuttableProxy.ts';
import { DistilleryClient, type ProgressMessage } from '../../src/client.ts';
import { startTestServer, type TestServer } from '../graphql/testServer.ts';
import { tinyConfig, tinyTensors, writeTinyCheckpoint } from '../models/checkpointFolder.ts';

const minutes = 60_000;
let server: TestServer;
let outside: string;

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'distillery-e2e-'));
  const archive = join(outside, 'aclImdb_v1.tar.gz');
  await writeFile(archive, 'not a gzip stream, whatever its name says');
  const checkpoints = join(outside, 'checkpoints');
  await mkdir(checkpoints);
  // The configuration promises a wider network than the weights hold.
  const config = JSON.stringify({ ...tinyConfig, hidden_size: 8 });
  await writeTinyCheckpoint(join(checkpoints, 'misshapen'), tinyTensors(), { 'config.json': config });
  server = await startTestServer({
    environment: {
      DISTILLERY_IMDB_ARCHIVE: archive,
      DISTILLERY_CHECKPOINT_DIRECTORY: checkpoints,
      DISTILLERY_TRAINING_THREADS: '2',
      DISTILLERY_MAX_TEXT_CHARACTERS: '5000',
    },
  });
});
afterAll(async () => {
  await server.stop();
  await rm(outside, { recursive: true });
});

const teacherInput = {
  name: 'little-teacher',
  dataset: 'sample',
  encoder: { layers: 1, hiddenSize: 32, heads: 2, intermediateSize: 64 },
  epochs: 1,
  learningRate: 1e-3,
  maxTokens: 32,
  trainReviews: 600,
};
const studentInput = {
  dataset: 'sample',
  architecture: 'gru-8',
  vocabularySize: 500,
  embeddingSize: 16,
  epochs: 2,
  maxTokens: 32,
  trainReviews: 600,
};

async function start(operation: string, input: object): Promise<string> {
  const { id } = await server.client.call<{ id: string }>(operation, { input });
  return id;
}

async function collect(id: string, client: DistilleryClient = server.client): Promise<ProgressMessage[]> {
  const events: ProgressMessage[] = [];
  for await (const event of client.progress(id)) events.push(event);
  return events;
}

function expectWhole(events: readonly ProgressMessage[]): void {
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)).toMatchObject({ phase: 'ENDED', state: 'SUCCEEDED' });
}

interface Trained {
  training: Record<string, unknown>;
  metrics: { validation: { accuracy: number } };
}

/** Probabilities of positive. */
async function answers(model: string, texts: readonly string[]): Promise<number[]> {
  const found = await server.client.call<{ probabilities: { positive: number } }[]>('classifyMany', {
    texts,
    model,
  });
  return found.map(({ probabilities }) => probabilities.positive);
}

const goesOn = () => server.client.call('system');

describe('the main job', () => {
  it(
    'fine-tunes a teacher, trains and distils a student, and measures all three',
    async () => {
      const trainings: [string, object][] = [
        ['startTeacherTraining', teacherInput],
        ['startStudentTraining', { ...studentInput, name: 'little-scratch' }],
        [
          'startDistillation',
          { ...studentInput, name: 'little-distilled', teacher: 'teacher', unlabelledReviews: 200 },
        ],
      ];
      for (const [operation, input] of trainings) {
        const id = await start(operation, input);
        const events = await collect(id);
        expectWhole(events);
        expect(
          events.some(({ phase, loss }) => phase === 'TRAINING' && loss !== null && Number.isFinite(loss)),
        ).toBe(true);
        expect(events.some(({ validationAccuracy }) => validationAccuracy !== null)).toBe(true);
        const run = await server.client.call<{ epochs: unknown[] }>('run', { id });
        expect(run).toMatchObject({
          state: 'SUCCEEDED',
          error: null,
          model: { reference: expect.stringMatching(/^little-.*@1$/) },
        });
        expect(run.epochs.length).toBeGreaterThan(0);
      }

      const distilled = await server.client.call('model', { reference: 'little-distilled' });
      expect(distilled).toMatchObject({
        method: 'DISTILLED',
        parentTeacher: 'little-teacher@1',
        temperature: 2,
        dataset: { name: 'sample' },
      });

      const models = ['teacher', 'little-scratch', 'little-distilled'];
      const runId = await start('startBenchmark', {
        models,
        dataset: 'sample',
        reviews: 200,
        queries: 20,
      });
      const events = await collect(runId);
      expectWhole(events);
      expect(events.map(({ phase }) => phase)).toEqual(
        expect.arrayContaining(['EVALUATING', 'MEASURING_LATENCY']),
      );
      const report = await server.client.call<{ reviews: number; entries: Record<string, unknown>[] }>(
        'benchmark',
        { runId },
      );
      expect(report.reviews).toBe(200);
      expect(report.entries.map(({ method }) => method)).toEqual(['TEACHER', 'SCRATCH', 'DISTILLED']);
      for (const { metrics, latency, fileBytes, parameters } of report.entries) {
        expect(metrics).toMatchObject({
          reviews: 200,
          accuracy: expect.any(Number),
          calibrationError: expect.any(Number),
        });
        expect(latency).toMatchObject({ samples: 20 });
        expect(Number(fileBytes)).toBeGreaterThan(Number(parameters));
      }
    },
    5 * minutes,
  );

  it('classifies with all of them, by name, version and alias', async () => {
    const text = 'a wonderful film , I loved it';
    const compared = await server.client.call<
      { classification: { probabilities: { positive: number; negative: number } } }[]
    >('compare', { text });
    expect(compared).toHaveLength(3);
    for (const { classification } of compared) {
      expect(classification.probabilities.positive + classification.probabilities.negative).toBeCloseTo(1, 6);
    }
    const best = await server.client.call('classify', { text, model: 'best-student' });
    expect(best).toMatchObject({
      model: { reference: expect.stringMatching(/^little-(scratch|distilled)@1$/) },
    });
    const teacher = await server.client.call('classify', { text, model: 'little-teacher@1' });
    expect(teacher).toMatchObject({ model: { reference: 'little-teacher@1' } });
  });

  it(
    'trains a linear baseline, which is no student',
    async () => {
      const id = await start('startBaseline', { name: 'little-floor', dataset: 'sample' });
      expectWhole(await collect(id));
      const floor = await server.client.call<{ metrics: { validation: { accuracy: number } } }>('model', {
        reference: 'little-floor',
      });
      expect(floor).toMatchObject({ method: 'BASELINE', architecture: 'nb-svm', aliases: [] });
      // The sample's reviews turn round within a sentence, which a bag of word pairs can't follow
      expect(floor.metrics.validation.accuracy).toBeGreaterThan(0.6);
      const answer = (text: string) =>
        server.client.call<{ label: string }>('classify', { text, model: 'little-floor' });
      expect((await answer('a wonderful film , I loved it')).label).toBe('POSITIVE');
      expect((await answer('a dreadful film , I hated it')).label).toBe('NEGATIVE');
    },
    2 * minutes,
  );

  it(
    'distils ensembles: of a teacher with itself as from it alone, of a teacher with the baseline otherwise',
    async () => {
      const same = { ...studentInput, teacher: 'little-teacher', unlabelledReviews: 200 };
      const texts = ['a wonderful film , I loved it', 'a dreadful film', 'the end is odd'];
      const answersOf = async (name: string, ensemble: string[]) => {
        expectWhole(await collect(await start('startDistillation', { ...same, name, ensemble })));
        return answers(name, texts);
      };
      const alone = await answers('little-distilled', texts);
      expect(await answersOf('little-twice', ['little-teacher'])).toEqual(alone);
      expect(await answersOf('little-both', ['little-floor'])).not.toEqual(alone);
      expect(await server.client.call('model', { reference: 'little-both' })).toMatchObject({
        parentTeacher: 'little-teacher@1 + little-floor@1',
      });
      await expect(
        start('startDistillation', { ...same, name: 'little-never', teacher: 'little-floor' }),
      ).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringMatching(/is a baseline/) });
    },
    5 * minutes,
  );

  it(
    'trains a teacher further, from where an earlier stage ended',
    async () => {
      const before = await server.client.call<Trained>('model', { reference: 'little-teacher' });
      const second = {
        ...teacherInput,
        name: 'little-teacher-2',
        startFrom: 'teacher',
        // Too small to change anything: what it knows comes from the first stage.
        learningRate: 1e-9,
        trainReviews: 50,
      };
      expectWhole(await collect(await start('startTeacherTraining', second)));
      const after = await server.client.call<Trained>('model', { reference: 'little-teacher-2' });
      expect(after.metrics.validation.accuracy).toBe(before.metrics.validation.accuracy);
      expect(after.training).toMatchObject({
        startFrom: 'little-teacher@1',
        before: { name: 'little-teacher', trainReviews: 600 },
      });
      await expect(
        start('startTeacherTraining', { ...second, checkpoint: 'misshapen' }),
      ).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringContaining('startFrom') });
    },
    2 * minutes,
  );

  it(
    'is watched without a gap by a subscriber whose connection breaks',
    async () => {
      const proxy = await cuttableProxy(server.url);
      try {
        const id = await start('startStudentTraining', { ...studentInput, name: 'little-watched' });
        const events: ProgressMessage[] = [];
        for await (const event of new DistilleryClient({ url: proxy.url }).progress(id)) {
          events.push(event);
          if (event.sequence % 3 === 0) proxy.cut();
        }
        expectWhole(events);
        expect(events).toEqual(await collect(id));
      } finally {
        await proxy.stop();
      }
    },
    2 * minutes,
  );

  it(
    'can be cancelled in the middle, while the server still answers',
    async () => {
      const id = await start('startTeacherTraining', { ...teacherInput, name: 'never-done', epochs: 1000 });
      let last: ProgressMessage | undefined;
      let cancelled = false;
      for await (const event of server.client.progress(id)) {
        last = event;
        if (event.phase !== 'TRAINING' || cancelled) continue;
        expect(await server.client.call('classify', { text: 'good', model: 'teacher' })).toMatchObject({
          label: expect.any(String),
        });
        await server.client.call('cancelRun', { runId: id });
        cancelled = true;
      }
      expect(cancelled).toBe(true);
      expect(last).toMatchObject({ phase: 'ENDED', state: 'CANCELLED' });
      await expect(server.client.call('model', { reference: 'never-done' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    },
    2 * minutes,
  );
});

describe('bad input', () => {
  it.each([
    ['an empty text', 'classify', { text: '', model: 'teacher' }, 'BAD_USER_INPUT'],
    ['an overlong text', 'classify', { text: 'long '.repeat(1001), model: 'teacher' }, 'BAD_USER_INPUT'],
    ['an unknown model', 'classify', { text: 'good', model: 'nobody' }, 'NOT_FOUND'],
    [
      'T = 0',
      'startDistillation',
      { input: { ...studentInput, name: 'x', temperature: 0 } },
      'BAD_USER_INPUT',
    ],
    [
      'T < 0',
      'startDistillation',
      { input: { ...studentInput, name: 'x', temperature: -2 } },
      'BAD_USER_INPUT',
    ],
    [
      'a dataset with one class',
      'importDataset',
      {
        input: {
          name: 'one-class',
          format: 'JSONL',
          content: '{"text":"fine","label":"positive"}\n{"text":"nice","label":"positive"}',
        },
      },
      'INVALID_DATASET',
    ],
  ])('%s is refused at once, and the server goes on', async (_name, operation, variables, code) => {
    await expect(server.client.call(operation, variables)).rejects.toMatchObject({ code });
    await goesOn();
  });

  it.each([
    ['a corrupt archive', { ...teacherInput, dataset: 'imdb' }, 'CORRUPT_ARCHIVE'],
    ['a checkpoint whose shapes differ', { ...teacherInput, checkpoint: 'misshapen' }, 'INVALID_CHECKPOINT'],
  ])(
    '%s ends its run with a code and a reason, and the server goes on',
    async (_name, input, code) => {
      const id = await start('startTeacherTraining', { ...input, name: 'never-made' });
      const last = (await collect(id)).at(-1);
      expect(last).toMatchObject({ phase: 'ENDED', state: 'FAILED' });
      const { error } = await server.client.call<{ error: { code: string; message: string } }>('run', { id });
      expect(error.code).toBe(code);
      expect(last?.message).toBe(error.message);
      await expect(server.client.call('model', { reference: 'never-made' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
      await goesOn();
    },
    2 * minutes,
  );
});
