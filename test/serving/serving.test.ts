/** Serving with real sessions in real worker threads. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { modelFiles } from '../../src/models/card.ts';
import { Serving } from '../../src/serving/serving.ts';
import type { ServingConfig } from '../../src/serving/serving.ts';
import { buildWordTokenizer } from '../../src/text/word.ts';
import { gruModel, wordSpotter } from './tinyModel.ts';
import type { TinyModel } from './tinyModel.ts';

let folder = '';
let gru: TinyModel;
let spotter: TinyModel;
let swapped: TinyModel;
const started: Serving[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'distillery-serving-'));
  gru = await gruModel(join(folder, 'gru'));
  spotter = await wordSpotter(join(folder, 'spotter'));
  swapped = await wordSpotter(join(folder, 'swapped'), { swapped: true });
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((serving) => serving.stop()));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function serve(config: Partial<ServingConfig> = {}): Serving {
  const serving = new Serving({
    servingWorkers: 1,
    servingThreads: 1,
    maxBatch: 8,
    maxBatchWaitMs: 2,
    batching: {},
    maxQueueMs: 60_000,
    answerCache: 0,
    modelMemoryMb: 1_000,
    maxTextCharacters: 2000,
    maxTextsPerRequest: 64,
    ...config,
  });
  started.push(serving);
  return serving;
}

/** Texts of 1 to 60 words, no two alike in their beginnings. */
function variedTexts(count: number): string[] {
  const words = 'the film is neither long nor short and the cast is fine , but the end is odd'.split(' ');
  return Array.from({ length: count }, (_, text) =>
    Array.from(
      { length: 1 + ((text * 23) % 60) },
      (_, place) => words[(text * 7 + place * (1 + (text % 6))) % words.length],
    ).join(' '),
  );
}

describe('classify', () => {
  it('answers with the label and the softmax of the logits', async () => {
    const prediction = await serve().classify(spotter, 'the end is good');
    // Logits 0 and 2.
    expect(prediction.label).toBe('positive');
    expect(prediction.probabilities.positive).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
    expect(prediction.probabilities.negative + prediction.probabilities.positive).toBeCloseTo(1, 12);
  });

  it('labels a text with equal logits negative', async () => {
    const prediction = await serve().classify(spotter, 'the end is odd');
    expect(prediction).toMatchObject({ label: 'negative', probabilities: { negative: 0.5, positive: 0.5 } });
  });

  it('tells the time from the call to the answer', async () => {
    const serving = serve();
    const start = performance.now();
    const { latencyMs } = await serving.classify(spotter, 'good');
    expect(latencyMs).toBeGreaterThan(0);
    expect(latencyMs).toBeLessThanOrEqual(performance.now() - start);
  });

  it('takes texts longer than the model reads, keeping head and tail', async () => {
    const filler = Array.from({ length: 300 }, () => 'odd').join(' ');
    const { label } = await serve().classify(spotter, `${filler} good`);
    expect(label).toBe('positive');
  });
});

describe('batches', () => {
  it('give the same answers as texts that are sent one by one', async () => {
    const serving = serve();
    const texts = variedTexts(40);
    const together = await serving.classifyMany(gru, texts);
    for (const [index, text] of texts.entries()) {
      const alone = await serving.classify(gru, text);
      expect(together[index]?.label).toBe(alone.label);
      expect(together[index]?.probabilities.positive).toBeCloseTo(alone.probabilities.positive, 5);
    }
    const distinct = new Set(together.map(({ probabilities }) => probabilities.positive.toFixed(6)));
    expect(distinct.size).toBeGreaterThan(20);
  });

  it('form across concurrent requests of two models, each answered by its own model', async () => {
    const serving = serve({ servingWorkers: 2 });
    const texts = Array.from(
      { length: 60 },
      (_, index) => `${'odd '.repeat(index % 30)}${index % 3 === 0 ? 'bad' : 'good'}`,
    );
    const answers = await Promise.all(
      texts.flatMap((text) => [serving.classify(spotter, text), serving.classify(swapped, text)]),
    );
    const expected = texts.flatMap((text) =>
      text.endsWith('good') ? ['positive', 'negative'] : ['negative', 'positive'],
    );
    expect(answers.map(({ label }) => label)).toEqual(expected);
  });

  it('are answered while others of the same model run', async () => {
    const serving = serve({ servingWorkers: 2, maxBatch: 4, maxBatchWaitMs: 1 });
    const first = serving.classifyMany(gru, variedTexts(30));
    await new Promise((resolve) => setImmediate(resolve));
    const later = await serving.classify(gru, 'the film is fine');
    expect(later.probabilities).toEqual((await serving.classify(gru, 'the film is fine')).probabilities);
    expect(await first).toHaveLength(30);
  });

  it('leave the event loop free', async () => {
    const large = await gruModel(join(folder, 'large'), { hiddenSize: 256 });
    const serving = serve({ maxBatch: 64 });
    await serving.classify(large, 'good');

    let isAnswered = false;
    const answered = serving
      .classifyMany(
        large,
        Array.from({ length: 64 }, (_, index) => `${'odd '.repeat(64)}${'good '.repeat(index)}`),
      )
      .then(() => (isAnswered = true));
    // On this thread, the batch would be over within two or three turns of the loop.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    await answered;
  });

  it('answer with more models than a worker keeps open', async () => {
    const serving = serve();
    const models = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        wordSpotter(join(folder, `many-${index}`), { swapped: index % 2 === 1 }),
      ),
    );
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(models.map((model) => serving.classify(model, 'good')));
      expect(answers.map(({ label }) => label)).toEqual(
        models.map((_, index) => (index % 2 === 1 ? 'negative' : 'positive')),
      );
    }
  });
});

describe('bad input', () => {
  it.each([
    ['an empty text', '', { limit: 2000, characters: 0 }],
    ['white space', ' \n\t ', { limit: 2000 }],
    ['an overlong text', 'a'.repeat(2001), { limit: 2000, characters: 2001 }],
  ])('refuses %s', async (_what, text, facts) => {
    await expect(serve().classify(spotter, text)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', facts });
  });

  it('says which text of several is bad, and classifies none of them', async () => {
    const promise = serve().classifyMany(spotter, ['good', ' ', 'bad']);
    await expect(promise).rejects.toMatchObject({ code: 'BAD_USER_INPUT', facts: { index: 1 } });
  });

  it.each([0, 65])('refuses a request of %i texts', async (count) => {
    const texts = Array.from({ length: count }, () => 'good');
    const facts = { texts: count, limit: 64 };
    await expect(serve().classifyMany(spotter, texts)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      facts,
    });
  });

  it('takes a text and a request of the largest size', async () => {
    const texts = Array.from({ length: 64 }, () => 'good'.padEnd(2000, ' '));
    expect(await serve().classifyMany(spotter, texts)).toHaveLength(64);
  });
});

describe('broken models', () => {
  async function broken(name: string, breakIt: (model: TinyModel) => Promise<unknown>): Promise<TinyModel> {
    const model = await wordSpotter(join(folder, name));
    await breakIt(model);
    return model;
  }
  const file = (model: TinyModel, name: keyof typeof modelFiles) => join(model.folder, modelFiles[name]);

  it.each<[string, (model: TinyModel) => Promise<unknown>]>([
    ['no model.onnx', (model) => rm(file(model, 'graph'))],
    ['a truncated model.onnx', (model) => writeFile(file(model, 'graph'), 'not a graph')],
    ['no tokenizer.json', (model) => rm(file(model, 'tokenizer'))],
    [
      'a tokenizer.json that is no tokenizer',
      (model) => writeFile(file(model, 'tokenizer'), '{"kind":"word"}'),
    ],
    [
      'a vocabulary larger than its embedding table',
      (model) => {
        const words = Array.from({ length: 500 }, (_, index) => `word${index}`).join(' ');
        return writeFile(file(model, 'tokenizer'), JSON.stringify(buildWordTokenizer([words], 600).toJSON()));
      },
    ],
  ])('with %s get an error, and serving goes on', async (what, breakIt) => {
    const model = await broken(what.replaceAll(' ', '-'), breakIt);
    const serving = serve();
    const text = 'word499 word498 good';
    const [bad, good] = await Promise.allSettled([
      serving.classify(model, text),
      serving.classify(spotter, text),
    ]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_CHECKPOINT' } });
    expect(good).toMatchObject({ status: 'fulfilled', value: { label: 'positive' } });
    expect((await serving.classify(spotter, 'bad')).label).toBe('negative');
  });

  it('with weights that have diverged get an error instead of NaN', async () => {
    const model = await wordSpotter(join(folder, 'diverged'), { scale: NaN });
    await expect(serve().classify(model, 'good')).rejects.toMatchObject({ code: 'INVALID_CHECKPOINT' });
  });

  it('are tried again at the next request', async () => {
    const model = await broken('restored', (it) => rm(file(it, 'graph')));
    const serving = serve();
    await expect(serving.classify(model, 'good')).rejects.toMatchObject({ code: 'INVALID_CHECKPOINT' });
    await wordSpotter(model.folder);
    expect((await serving.classify(model, 'good')).label).toBe('positive');
  });
});

describe('load', () => {
  it('beyond what may wait is refused, and what waits is answered', async () => {
    // 4 requests of 16 texts may wait; all calls come before the first batch goes.
    const serving = serve({ maxBatch: 1, maxTextsPerRequest: 16 });
    const texts = Array.from({ length: 80 }, (_, index) => `good ${index}`);
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, (_, request) =>
        serving.classifyMany(spotter, texts.slice(16 * request, 16 * (request + 1))),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
    expect(results[4]).toMatchObject({ reason: { code: 'UNAVAILABLE', facts: { waiting: 64, limit: 64 } } });
    expect(await serving.classifyMany(spotter, texts.slice(0, 16))).toHaveLength(16);
  });

  it('of one model does not shut out another', async () => {
    const serving = serve({ maxBatch: 1, maxTextsPerRequest: 16 });
    const texts = Array.from({ length: 64 }, (_, index) => `good ${index}`);
    const many = [0, 16, 32, 48].map((start) =>
      serving.classifyMany(spotter, texts.slice(start, start + 16)),
    );
    expect((await serving.classify(swapped, 'good')).label).toBe('negative');
    await Promise.all(many);
  });
});

describe('stop', () => {
  it('answers what is in flight and takes no more', async () => {
    const serving = serve({ maxBatch: 2 });
    const inFlight = serving.classifyMany(gru, variedTexts(30));
    const stopped = serving.stop();
    await expect(serving.classify(gru, 'good')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await stopped;
    expect(await inFlight).toHaveLength(30);
  });

  it('also waits for requests that fail', async () => {
    const serving = serve();
    const missing = { ...spotter, folder: join(folder, 'missing') };
    const failing = expect(serving.classify(missing, 'good')).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
    });
    await serving.stop();
    await failing;
  });

  it('may be called twice, and before any request', async () => {
    const serving = serve();
    await Promise.all([serving.stop(), serving.stop()]);
    await expect(serving.classify(spotter, 'good')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
