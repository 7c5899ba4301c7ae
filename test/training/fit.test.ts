import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModel, initialWeights } from '../../src/models/networks/index.ts';
import type { Weights } from '../../src/nn/engine.ts';
import type { EpochMetrics } from '../../src/evaluation/metrics.ts';
import { createOnnxEngine } from '../../src/nn/onnx/engine.ts';
import { Random } from '../../src/nn/random.ts';
import type { Progress } from '../../src/progress/progress.ts';
import { buildWordTokenizer } from '../../src/text/word.ts';
import { studentSpec } from '../../src/training/architectures.ts';
import type { CheckpointNews } from '../../src/training/checkpoint.ts';
import type { Example } from '../../src/training/examples.ts';
import type { FitOptions } from '../../src/training/fit.ts';
import { fit } from '../../src/training/fit.ts';

const good = ['lovely', 'great', 'superb', 'charming'];
const bad = ['awful', 'dull', 'poor', 'tedious'];
const neutral = ['the', 'film', 'plot', 'cast', 'ending', 'was'];

/** Texts whose label is told by one word among neutral ones. */
function texts(count: number, seed: number): { text: string; label: 0 | 1 }[] {
  const random = new Random(seed);
  const pick = (words: string[]) => words[random.integer(words.length)]!;
  return Array.from({ length: count }, () => {
    const label = random.integer(2) as 0 | 1;
    const words = Array.from({ length: 3 + random.integer(6) }, () => pick(neutral));
    words.splice(random.integer(words.length), 0, pick(label ? good : bad));
    return { text: words.join(' '), label };
  });
}

const train = texts(240, 1);
const validation = texts(60, 2);
const tokenizer = buildWordTokenizer(
  train.map(({ text }) => text),
  100,
);
const spec = studentSpec('gru-12', {
  vocabularySize: tokenizer.vocabularySize,
  embeddingSize: 8,
  dropout: 0.2,
  wordDropout: 0,
});
const examples = train.map(({ text, label }): Example => ({
  ids: tokenizer.encode(text, 16),
  label,
  teacherLogits: label ? [-2, 2] : [2, -2],
}));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'distillery-fit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function options(
  changes: Omit<Partial<FitOptions>, 'context'> & { context?: Partial<FitOptions['context']> } = {},
): FitOptions {
  return {
    model: buildModel(spec),
    initial: initialWeights(spec, 4),
    phases: [
      { name: 'training', examples, epochs: 3, temperature: 2, hardLabelWeight: 0 },
      { name: 'hard-label-training', examples, epochs: 2, temperature: 1, hardLabelWeight: 1 },
    ],
    validation: {
      reviews: validation.map((review, i) => ({ ...review, id: String(i) })),
      tokenizer,
      maxTokens: 16,
    },
    settings: { batchSize: 16, learningRate: 0.01, warmup: 0.1, weightDecay: 0.01, clipNorm: 1, seed: 4 },
    ...changes,
    context: {
      engine: createOnnxEngine({ threads: 2 }),
      runFolder: folder,
      checkpointSeconds: 60,
      report: () => undefined,
      onEpoch: () => undefined,
      onCheckpoint: () => undefined,
      signal: new AbortController().signal,
      ...changes.context,
    },
  };
}

/** Trains in `folder` until it is told to stop at a step. */
async function stopAfter(stopAt: number): Promise<void> {
  const abort = new AbortController();
  const real = createOnnxEngine({ threads: 2 });
  let steps = 0;
  const counting: FitOptions['context']['engine'] = {
    ...real,
    trainer: async (...given) => {
      const trainer = await real.trainer(...given);
      return {
        step: (batch, settings) => {
          steps += 1;
          if (steps === stopAt) abort.abort();
          return trainer.step(batch, settings);
        },
        state: () => trainer.state(),
        dispose: () => trainer.dispose(),
      };
    },
  };
  await expect(fit(options({ context: { engine: counting, signal: abort.signal } }))).rejects.toMatchObject({
    code: 'CANCELLED',
  });
  expect(steps).toBe(stopAt);
}

async function edit(path: string, change: (bytes: Buffer) => unknown): Promise<void> {
  const bytes = await readFile(path);
  change(bytes);
  await writeFile(path, bytes);
}
const emptied = (path: string) => writeFile(path, '');

const bytes = (weights: Weights) =>
  [...weights].map(([name, { data }]) => [
    name,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
  ]);

describe('fit', () => {
  it('learns the task, soft targets first and hard labels after', async () => {
    const epochs: EpochMetrics[] = [];
    await fit(options({ context: { onEpoch: (epoch) => epochs.push(epoch) } }));
    expect(epochs.map(({ phase, epoch }) => `${phase} ${epoch}`)).toEqual([
      'training 1',
      'training 2',
      'training 3',
      'hard-label-training 1',
      'hard-label-training 2',
    ]);
    expect(epochs[2]!.validation!.accuracy).toBeGreaterThan(0.9);
    expect(epochs[2]!.loss).toBeLessThan(epochs[0]!.loss);
  });

  it('gives the same weights for the same seed, and others for another', async () => {
    const first = await fit(options());
    const second = await fit(options());
    const other = await fit(options({ settings: { ...options().settings, seed: 5 } }));
    expect(bytes(second)).toEqual(bytes(first));
    expect(bytes(other)).not.toEqual(bytes(first));
  });

  it.each([7, 20, 50, 70])(
    'stopped at step %i and resumed, ends with the weights of an uninterrupted run',
    async (stopAt) => {
      const calmEpochs: EpochMetrics[] = [];
      const calm = await fit(
        options({
          context: {
            runFolder: join(folder, 'calm'),
            onEpoch: (epoch, position) => (calmEpochs[position] = epoch),
          },
        }),
      );

      await stopAfter(stopAt);

      // The epochs before the stop are told again: whoever heard of them first may be gone.
      const epochs: EpochMetrics[] = [];
      const resumed = await fit(
        options({ context: { onEpoch: (epoch, position) => (epochs[position] = epoch) } }),
      );
      expect(bytes(resumed)).toEqual(bytes(calm));
      expect(epochs).toEqual(calmEpochs);
    },
  );

  it.each<[string, (checkpoint: string, previous: string) => Promise<void>, number]>([
    ['was cut off', (path) => truncate(path, 1000), 1],
    [
      'has a flipped bit',
      (path) => edit(path, (bytes) => bytes.writeUInt8(bytes.at(-99)! ^ 4, bytes.length - 99)),
      1,
    ],
    [
      'says another position',
      (path) => edit(path, (bytes) => bytes.write('1', bytes.indexOf('batch') + 8)),
      1,
    ],
    ['is empty, as is the one before', (path, previous) => emptied(path).then(() => emptied(previous)), 2],
  ])(
    'whose checkpoint %s says so, and ends with the weights of an uninterrupted run',
    async (_, damage, damaged) => {
      const calm = await fit(options({ context: { runFolder: join(folder, 'calm') } }));
      await stopAfter(50);
      await damage(join(folder, 'checkpoint.safetensors'), join(folder, 'previous.safetensors'));
      const news: CheckpointNews[] = [];
      const resumed = await fit(options({ context: { onCheckpoint: (told) => news.push(told) } }));
      expect(news.filter(({ state }) => state === 'damaged')).toHaveLength(damaged);
      expect(bytes(resumed)).toEqual(bytes(calm));
      expect(await readdir(folder)).toContain('checkpoint.safetensors.damaged');
    },
  );

  it('stopped while it validates, goes on from the end of the epoch', async () => {
    const calmEpochs: EpochMetrics[] = [];
    const calm = await fit(
      options({ context: { runFolder: join(folder, 'calm'), onEpoch: (epoch) => calmEpochs.push(epoch) } }),
    );
    const abort = new AbortController();
    const real = createOnnxEngine({ threads: 2 });
    let validations = 0;
    const engine: FitOptions['context']['engine'] = {
      ...real,
      predictor: (...given) => {
        validations += 1;
        if (validations === 2) abort.abort();
        return real.predictor(...given);
      },
    };
    await expect(fit(options({ context: { engine, signal: abort.signal } }))).rejects.toMatchObject({
      code: 'CANCELLED',
    });

    const events: Progress[] = [];
    const epochs: EpochMetrics[] = [];
    const resumed = await fit(
      options({
        context: {
          report: (progress) => events.push(progress),
          onEpoch: (epoch, position) => (epochs[position] = epoch),
        },
      }),
    );
    expect(events[0]).toMatchObject({ phase: 'validating', epoch: 2 });
    expect(bytes(resumed)).toEqual(bytes(calm));
    expect(epochs).toEqual(calmEpochs);
  });

  it('does not take the checkpoint of another configuration', async () => {
    const abort = new AbortController();
    abort.abort();
    await expect(fit(options({ context: { signal: abort.signal } }))).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    const changed = { settings: { ...options().settings, learningRate: 0.02 } };
    const fresh = await fit(options({ ...changed, context: { runFolder: join(folder, 'fresh') } }));
    const beside = await fit(options(changed));
    expect(bytes(beside)).toEqual(bytes(fresh));
  });

  it('tells a learning rate that is too high', async () => {
    const settings = { ...options().settings, learningRate: 1e38, warmup: 0 };
    await expect(fit(options({ settings }))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('learning rate'),
    });
  });

  it('reports steps, epochs and validation accuracy in order', async () => {
    const events: Progress[] = [];
    await fit(options({ context: { report: (progress) => events.push(progress) } }));
    const ends = events.filter(({ validationAccuracy }) => validationAccuracy !== null);
    expect(ends.map(({ phase, epoch, step, total }) => [phase, epoch, step, total])).toEqual([
      ['training', 1, 15, 45],
      ['training', 2, 30, 45],
      ['training', 3, 45, 45],
      ['hard-label-training', 1, 15, 30],
      ['hard-label-training', 2, 30, 30],
    ]);
  });
});
