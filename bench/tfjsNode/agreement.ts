/** Trains a model with several engines side by side, from the same weights on the same batches, and compares every step. */
import { buildModel, initialWeights } from '../../src/models/networks/index.ts';
import type { ModelSpec } from '../../src/models/spec.ts';
import type { Engine, TrainerOptions, TrainerState, TrainingBatch, Weights } from '../../src/nn/engine.ts';
import { Random } from '../../src/nn/random.ts';

const options: TrainerOptions = { clipNorm: 1, weightDecay: 0.01, seed: 7 };
const batchSize = 16;
const tokens = 48;
const peakRate = 2e-3;

/** How far an engine is from the judge: each a relative difference, of tensors the largest one of all elements. */
export interface StepDifference {
  readonly loss: number;
  readonly gradientNorm: number;
  /** Of Adam's first moments, which after one step are the gradients, and later their running mean. */
  readonly gradients: number;
  readonly weights: number;
  /** Of what training added to the first weights. */
  readonly movement: number;
}

export interface Agreement {
  readonly model: string;
  readonly engine: string;
  readonly steps: readonly StepDifference[];
  /** The judge's first and last loss. */
  readonly losses: readonly [number, number];
}

export async function compareTraining(
  model: string,
  spec: ModelSpec,
  judge: Engine,
  others: ReadonlyMap<string, Engine>,
  steps: number,
): Promise<Agreement[]> {
  const start = initialWeights(spec, 1);
  const network = buildModel(spec);
  const expected = await judge.trainer(network, start, options);
  const runs = [];
  for (const [engine, { trainer }] of others)
    runs.push({
      engine,
      trainer: await trainer(network, start, options),
      differences: [] as StepDifference[],
    });
  const losses: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    const batch = batchOf(step, spec.vocabularySize);
    const settings = {
      learningRate: peakRate * (1 - step / steps),
      temperature: 2,
      hardLabelWeight: 0.3,
    };
    const right = await expected.step(batch, settings);
    const rightState = expected.state();
    losses.push(right.loss);
    for (const { trainer, differences } of runs) {
      const found = await trainer.step(batch, settings);
      differences.push({
        loss: Math.abs(found.loss / right.loss - 1),
        gradientNorm: Math.abs(found.gradientNorm / right.gradientNorm - 1),
        ...stateDifference(trainer.state(), rightState, start),
      });
    }
  }
  await expected.dispose();
  for (const { trainer } of runs) await trainer.dispose();
  return runs.map(({ engine, differences }) => ({
    model,
    engine,
    steps: differences,
    losses: [losses[0]!, losses[steps - 1]!],
  }));
}

function stateDifference(found: TrainerState, right: TrainerState, start: Weights) {
  const moved = ({ weights }: TrainerState): Weights =>
    new Map(
      [...weights].map(([name, { shape, data }]) => {
        const before = start.get(name)!.data;
        return [name, { shape, data: data.map((weight, i) => weight - before[i]!) }];
      }),
    );
  return {
    gradients: largestDifference(found.firstMoments, right.firstMoments),
    weights: largestDifference(found.weights, right.weights),
    movement: largestDifference(moved(found), moved(right)),
  };
}

/** Against the largest element of each tensor. */
function largestDifference(found: Weights, right: Weights): number {
  let worst = 0;
  for (const [name, { data }] of right) {
    // Softmax does not see what all its inputs share: this gradient is 0, and what is there are rounding errors
    if (name.endsWith('key.bias')) continue;
    let [size, difference] = [0, 0];
    const other = found.get(name)!.data;
    for (let i = 0; i < data.length; i += 1) {
      size = Math.max(size, Math.abs(data[i]!));
      difference = Math.max(difference, Math.abs(data[i]! - other[i]!));
    }
    if (!Number.isFinite(difference)) return Infinity;
    if (size > 0) worst = Math.max(worst, difference / size);
  }
  return worst;
}

/** Texts of many lengths, with the teacher's logits for all and labels for most. */
function batchOf(seed: number, vocabularySize: number): TrainingBatch {
  const random = new Random(seed, 5);
  const ids = new Int32Array(batchSize * tokens);
  const labels = new Float32Array(2 * batchSize);
  for (let row = 0; row < batchSize; row += 1) {
    const length = row === 0 ? tokens : 1 + random.integer(tokens);
    for (let i = 0; i < length; i += 1) ids[row * tokens + i] = 1 + random.integer(vocabularySize - 1);
    if (row % 4 > 0) labels[2 * row + random.integer(2)] = 1;
  }
  const teacherLogits = Float32Array.from({ length: 2 * batchSize }, () => 2 * random.normal());
  return { ids, batch: batchSize, length: tokens, teacherLogits, labels };
}
