/** Whole models: both engines, exported and trained, say the same; seeds, padding and resuming are exact. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { buildModel, initialWeights } from '../../src/models/networks/index.ts';
import type { ModelSpec } from '../../src/models/spec.ts';
import { cnnSpec, gruSpec } from '../../src/models/spec.ts';
import { GraphBuilder } from '../../src/nn/builder.ts';
import { backward } from '../../src/nn/autodiff/backward.ts';
import type {
  Engine,
  StepSettings,
  TokenBatch,
  Trainer,
  TrainerOptions,
  TrainerState,
  TrainingBatch,
  Weights,
} from '../../src/nn/engine.ts';
import type { Graph } from '../../src/nn/graph.ts';
import { outputOf } from '../../src/nn/graph.ts';
import { withLoss } from '../../src/nn/loss.ts';
import { createOnnxEngine } from '../../src/nn/onnx/engine.ts';
import { toOnnx } from '../../src/nn/onnx/export.ts';
import { dropoutMask, Random } from '../../src/nn/random.ts';
import type { SessionTensor } from '../../src/nn/runtime/onnxruntime.ts';
import { openSession, sessionPredictor } from '../../src/nn/runtime/onnxruntime.ts';
import { openTfjs } from '../../src/nn/runtime/tfjs.ts';
import { bindShape } from '../../src/nn/shape.ts';
import { createTfjsEngine } from '../../src/nn/tfjs/engine.ts';
import { studentSpec } from '../../src/training/architectures.ts';
import { testedBackends } from './backends.ts';
import { expectClose } from './close.ts';
import type { Results } from './run.ts';
import { gradientOf, openOnnx, runOnnx, runSession, runTfjs } from './run.ts';

const vocabularySize = 30;
const bert = {
  kind: 'bert',
  vocabularySize,
  hiddenSize: 12,
  layers: 2,
  heads: 3,
  intermediateSize: 16,
  maxPositions: 16,
  typeVocabularySize: 2,
  layerNormEpsilon: 1e-12,
  dropout: 0.1,
} as const;
const student = { vocabularySize, embeddingSize: 5, dropout: 0.3, wordDropout: 0 };
const specs: Record<string, ModelSpec> = {
  gru: studentSpec('gru-6', student),
  'gru of both directions, last states': gruSpec.parse({
    kind: 'gru',
    ...student,
    hiddenSize: 4,
    bidirectional: true,
  }),
  bigru: studentSpec('bigru-4', { ...student, wordDropout: 0.2 }),
  'cnn of width 3': cnnSpec.parse({ kind: 'cnn', ...student, filters: 7, filterWidths: [3] }),
  'cnn of width 4': cnnSpec.parse({ kind: 'cnn', ...student, filters: 4, filterWidths: [4], dropout: 0 }),
  textcnn: studentSpec('textcnn-3', { ...student, wordDropout: 0.2 }),
  'bert with its pooler': { ...bert, pooling: 'cls' },
  'bert with mean pooling': { ...bert, pooling: 'mean' },
  distilbert: { ...bert, typeVocabularySize: 0, pooling: 'cls-relu' },
};

/** Larger than fresh ones, so that every part of the model matters. */
function weightsOf(spec: ModelSpec, seed = 1): Weights {
  const random = new Random(seed, 99);
  return new Map(
    [...initialWeights(spec, seed)].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((w) => w + 0.2 * random.normal()) },
    ]),
  );
}

const texts = [[5, 9, 2, 9, 17, 3], [4], [8, 1, 29, 8], [11, 12, 13, 14, 15, 16, 17]];

function batchOf(
  sequences: readonly (readonly number[])[],
  length = Math.max(...sequences.map((ids) => ids.length)),
): TokenBatch {
  const ids = new Int32Array(sequences.length * length);
  sequences.forEach((sequence, row) => ids.set(sequence, row * length));
  return { ids, batch: sequences.length, length };
}

const trainingBatch: TrainingBatch = {
  ...batchOf(texts),
  teacherLogits: Float32Array.of(2, -1, -0.5, 0.7, 0, 1, -3, 2),
  labels: Float32Array.of(1, 0, 0, 1, 0, 0, 0, 1), // the third has no label
};
const options: TrainerOptions = { clipNorm: 0.2, weightDecay: 0.1, seed: 7 };
const settings = (step: number): StepSettings => ({
  learningRate: 0.01 / (1 + step),
  temperature: 2,
  hardLabelWeight: 0.3,
});

async function train(
  trainer: Trainer,
  from: number,
  to: number,
): Promise<{ loss: number; gradientNorm: number }[]> {
  const figures = [];
  for (let step = from; step < to; step += 1) figures.push(await trainer.step(trainingBatch, settings(step)));
  return figures;
}

async function trained(engine: Engine, spec: ModelSpec, steps: number) {
  const trainer = await engine.trainer(buildModel(spec), weightsOf(spec), options);
  const figures = await train(trainer, 0, steps);
  const state = trainer.state();
  await trainer.dispose();
  return { figures, state };
}

function expectEqualStates(actual: TrainerState, expected: TrainerState): void {
  expect(actual.step).toBe(expected.step);
  for (const part of ['weights', 'firstMoments', 'secondMoments'] as const) {
    expect([...actual[part].keys()]).toEqual([...expected[part].keys()]);
    for (const [name, { shape, data }] of expected[part]) {
      expect(actual[part].get(name)!.shape).toEqual(shape);
      const bytes = (array: Float32Array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
      if (!bytes(actual[part].get(name)!.data).equals(bytes(data))) throw new Error(`${part} ${name} differ`);
    }
  }
}

const onnx = createOnnxEngine({ threads: 2 });
const tfjs: Engine[] = [];
beforeAll(async () => {
  for (const name of testedBackends) tfjs.push(await createTfjsEngine(name, { threads: 1 }));
});

async function predict(engine: Engine, spec: ModelSpec, batch: TokenBatch): Promise<Float32Array> {
  const predictor = await engine.predictor(buildModel(spec), weightsOf(spec));
  const logits = await predictor.predict(batch);
  await predictor.dispose();
  return logits;
}

/** By central differences: along its own gradient, each parameter changes the loss by the gradient's length. */
async function expectSteepestSlopes(
  loss: Graph,
  inputs: Record<string, SessionTensor>,
  names: readonly string[],
  gradients: Results,
): Promise<void> {
  const session = await openOnnx(loss, 'training');
  for (const name of names) {
    const gradient = gradients[gradientOf(name)]!;
    const length = Math.hypot(...Array.from(gradient));
    if (length < 1e-5) continue; // flat, such as BERT's key.bias, which softmax does not see
    const lossAt = async (step: number) => {
      const { shape, data } = inputs[name]!;
      const moved = Float32Array.from(data, (weight, i) => weight + (step * gradient[i]!) / length);
      const results = await runSession(session, {
        ...inputs,
        [name]: { dtype: 'float32', shape, data: moved },
      });
      return results.loss![0]!;
    };
    const step = 5e-3;
    const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
    expectClose(`slope along ${name}`, [slope], [length], { relative: 0.02, absolute: 2e-4 });
  }
  await session.dispose();
}

describe.each(Object.entries(specs))('%s', (_name, spec) => {
  it('gives equal logits on every engine, whether exported for inference or for training', async () => {
    const batch = batchOf(texts);
    const expected = await predict(onnx, spec, batch);
    expect(expected).toHaveLength(2 * texts.length);
    expect(new Set(expected).size).toBeGreaterThan(texts.length); // not one answer for all
    for (const engine of tfjs) expectClose(engine.name, await predict(engine, spec, batch), expected);
    const session = await openSession(
      toOnnx(buildModel(spec).inference, { mode: 'training', weights: weightsOf(spec) }),
      { threads: 2 },
    );
    expectClose('training mode', await sessionPredictor(session).predict(batch), expected);
    await session.dispose();
  });

  it('is not changed by padding or by its neighbours in a batch', async () => {
    for (const engine of [onnx, ...tfjs]) {
      const predictor = await engine.predictor(buildModel(spec), weightsOf(spec));
      const together = await predictor.predict(batchOf(texts));
      expectClose(`${engine.name}, more padding`, await predictor.predict(batchOf(texts, 15)), together);
      for (const [row, text] of texts.entries()) {
        expectClose(
          `${engine.name}, text ${row} alone`,
          await predictor.predict(batchOf([text])),
          together.subarray(2 * row, 2 * row + 2),
        );
      }
      await predictor.dispose();
    }
  });

  it("has the gradients that TensorFlow.js's own differentiation gives", async () => {
    const loss = withLoss(buildModel(spec).training);
    const b = GraphBuilder.extend(loss);
    const parameters = loss.parameters;
    backward(
      b,
      outputOf(loss, 'loss'),
      parameters.map(({ value }) => value),
    ).forEach((gradient, i) => b.output(gradientOf(parameters[i]!.name), gradient));

    const { batch, length } = trainingBatch;
    const floats = (data: Float32Array, shape: readonly number[]): SessionTensor => ({
      dtype: 'float32',
      shape,
      data,
    });
    const inputs: Record<string, SessionTensor> = {
      ids: { dtype: 'int32', shape: [batch, length], data: trainingBatch.ids },
      teacherLogits: floats(trainingBatch.teacherLogits, [batch, 2]),
      labels: floats(trainingBatch.labels, [batch, 2]),
      temperature: floats(Float32Array.of(2), []),
      hardLabelWeight: floats(Float32Array.of(0.3), []),
    };
    for (const [name, { shape, data }] of weightsOf(spec)) inputs[name] = floats(data, shape);
    loss.inputs.forEach(({ name, value, keep }, i) => {
      if (keep === null) return;
      const shape = bindShape(value.shape, { batch, length });
      inputs[name] = {
        dtype: 'bool',
        shape,
        data: dropoutMask(
          shape.reduce((size, dim) => size * dim, 1),
          keep,
          3,
          i,
        ),
      };
    });

    const names = parameters.map(({ name }) => name);
    const ours = await runOnnx(b.build(), inputs);
    const judge = await runTfjs(await openTfjs('tfjs-wasm', { threads: 1 }), loss, inputs, names);
    expectClose('loss', ours.loss!, judge.loss!);
    for (const name of names)
      expectClose(gradientOf(name), ours[gradientOf(name)]!, judge[gradientOf(name)]!, {
        relative: 2e-5,
        absolute: 1e-6,
      });
    await expectSteepestSlopes(loss, inputs, names, ours);
  });

  it('trains alike on every engine, dropout, clipping and weight decay included', async () => {
    const expected = await trained(onnx, spec, 3);
    expect(expected.figures[0]!.gradientNorm).toBeGreaterThan(options.clipNorm); // clipping is at work
    for (const engine of tfjs) {
      const { figures, state } = await trained(engine, spec, 3);
      expectClose(
        `${engine.name}, losses`,
        figures.map(({ loss }) => loss),
        expected.figures.map(({ loss }) => loss),
      );
      expectClose(
        `${engine.name}, norms`,
        figures.map(({ gradientNorm }) => gradientNorm),
        expected.figures.map(({ gradientNorm }) => gradientNorm),
        { relative: 1e-4, absolute: 0 },
      );
      for (const [name, { data }] of expected.state.weights) {
        const moments = [state, expected.state].map(({ firstMoments }) => firstMoments.get(name)!.data);
        expectClose(`${engine.name}, first moment of ${name}`, moments[0]!, moments[1]!, {
          relative: 1e-4,
          absolute: 1e-7,
        });
        // Softmax does not see what all its inputs share: this gradient is 0, and Adam makes rounding errors as large as others
        if (name.endsWith('key.bias')) continue;
        const start = weightsOf(spec).get(name)!.data;
        const moved = (weights: Float32Array) => weights.map((weight, i) => weight - start[i]!);
        expectClose(
          `${engine.name}, movement of ${name}`,
          moved(state.weights.get(name)!.data),
          moved(data),
          { relative: 1e-3, absolute: 2e-5 },
        );
      }
    }
  });

  it('gives the same bits twice, and goes on from a saved state as if it had not stopped', async () => {
    for (const engine of [onnx, ...tfjs]) {
      const { state: uninterrupted } = await trained(engine, spec, 4);
      expectEqualStates((await trained(engine, spec, 4)).state, uninterrupted);

      const { state: saved } = await trained(engine, spec, 2);
      expect(saved.step).toBe(2);
      const resumed = await engine.trainer(buildModel(spec), saved, options);
      await train(resumed, 2, 4);
      expectEqualStates(resumed.state(), uninterrupted);
      await resumed.dispose();
    }
  });
});

describe('a trainer', () => {
  it('draws other dropout masks with another seed', async () => {
    const lossWith = async (seed: number) => {
      const trainer = await onnx.trainer(buildModel(specs.gru!), weightsOf(specs.gru!), { ...options, seed });
      const figures = await train(trainer, 0, 1);
      await trainer.dispose();
      return figures[0]!.loss;
    };
    expect(await lossWith(7)).toBe(await lossWith(7));
    expect(await lossWith(7)).not.toBe(await lossWith(8));
  });

  it('does not change the state that it gave away', async () => {
    for (const engine of [onnx, ...tfjs]) {
      const trainer = await engine.trainer(buildModel(specs.gru!), weightsOf(specs.gru!), options);
      await train(trainer, 0, 1);
      const state = trainer.state();
      const before = Float32Array.from(state.weights.get('classifier.weight')!.data);
      await train(trainer, 1, 3);
      expect(state.weights.get('classifier.weight')!.data).toEqual(before);
      await trainer.dispose();
    }
  });

  it('refuses weights of another size', async () => {
    const other = studentSpec('gru-8', student);
    for (const engine of [onnx, ...tfjs]) {
      const trainer = async () => engine.trainer(buildModel(specs.gru!), weightsOf(other), options);
      await expect(trainer()).rejects.toMatchObject({ code: 'INVALID_CHECKPOINT' });
    }
  });

  it('learns: the loss falls when it meets the same batch again and again', async () => {
    for (const spec of Object.values(specs)) {
      const trainer = await onnx.trainer(buildModel(spec), initialWeights(spec, 5), {
        ...options,
        clipNorm: 5,
        weightDecay: 0,
      });
      const losses: number[] = [];
      for (let step = 0; step < 60; step += 1) {
        losses.push(
          (await trainer.step(trainingBatch, { learningRate: 0.02, temperature: 1, hardLabelWeight: 0.5 }))
            .loss,
        );
      }
      await trainer.dispose();
      // The smallest loss that is possible is the teacher's own entropy
      const mean = (part: readonly number[]) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
      expect(mean(losses.slice(-10))).toBeLessThan(0.8 * losses[0]!);
    }
  });
});

describe('tfjs', () => {
  it('leaves no tensors behind', async () => {
    for (const [i, name] of testedBackends.entries()) {
      const engine = tfjs[i]!;
      const { tf, backend } = await openTfjs(name, { threads: 1 });
      await tf.setBackend(backend);
      for (const spec of Object.values(specs)) {
        const before = tf.memory().numTensors;
        const trainer = await engine.trainer(buildModel(spec), weightsOf(spec), options);
        const predictor = await engine.predictor(buildModel(spec), weightsOf(spec));
        await train(trainer, 0, 1);
        const held = tf.memory().numTensors;
        for (let step = 1; step < 3; step += 1) {
          await train(trainer, step, step + 1);
          await predictor.predict(trainingBatch);
          expect(tf.memory().numTensors).toBe(held);
        }
        await trainer.dispose();
        await predictor.dispose();
        expect(tf.memory().numTensors).toBe(before);
      }
    }
  });
});
