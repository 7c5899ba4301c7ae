/** Milliseconds a training step of several engines, in turn in one process: what `training` and `tfjs-node` measure. */
import { setTimeout as pause } from 'node:timers/promises';
import Table from 'cli-table3';
import { buildModel, initialWeights } from '../src/models/networks/index.ts';
import type { ModelSpec } from '../src/models/spec.ts';
import type { Engine, Trainer, TrainingBatch } from '../src/nn/engine.ts';
import { Random } from '../src/nn/random.ts';

const batches = 4;
const settings = { learningRate: 1e-3, temperature: 2, hardLabelWeight: 0 };

/** A turn is one step that is not counted (it meets another engine's caches) and then these. */
const stepsPerTurn = 4;
/** An engine with steps longer than this takes part in the first rounds only, one step a turn. */
const slowStepMs = 1500;
const slowRounds = 3;
/** Thread pools of ONNX Runtime and OpenMP spin a while after their work; the next engine should not feel it. */
const pauseMs = 250;

/** What is trained: a model by each name, on batches of random tokens. */
export interface Workload {
  specOf(model: string): ModelSpec;
  readonly vocabularySize: number;
  readonly batchSize: number;
  readonly tokens: number;
}

export interface Contender {
  readonly engine: string;
  readonly threads: number;
  /** Builds the model and takes one step, so that compiling is over. */
  prepare(model: string): Promise<void>;
  /** @returns milliseconds of one step */
  step(model: string): Promise<number>;
  release(): Promise<void>;
}

export interface StepTime {
  readonly model: string;
  readonly engine: string;
  readonly threads: number;
  /** The median. */
  readonly msPerStep: number;
  readonly fastestMs: number;
  readonly steps: number;
}

/** Gives every contender its turn, round by round, so that what else the machine does falls on all alike. */
export async function measure(
  model: string,
  contenders: readonly Contender[],
  rounds: number,
): Promise<StepTime[]> {
  const runs = [];
  for (const contender of contenders) {
    await contender.prepare(model);
    const slow = (await contender.step(model)) > slowStepMs;
    runs.push({ contender, slow, times: [] as number[] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { contender, slow, times } of runs) {
      if (slow && round >= slowRounds) continue;
      await pause(pauseMs);
      if (!slow) await contender.step(model);
      for (let step = 0; step < (slow ? 1 : stepsPerTurn); step++) times.push(await contender.step(model));
    }
  }
  const rows: StepTime[] = [];
  for (const { contender, times } of runs) {
    await contender.release();
    times.sort((a, b) => a - b);
    const { engine, threads } = contender;
    rows.push({
      model,
      engine,
      threads,
      msPerStep: median(times),
      fastestMs: times[0] ?? NaN,
      steps: times.length,
    });
  }
  return rows;
}

export function engineContender(
  setting: string,
  engine: Engine,
  threads: number,
  workload: Workload,
): Contender {
  const data = Array.from({ length: batches }, (_, seed) => randomBatch(seed, workload));
  let trainer: Trainer | null = null;
  let steps = 0;
  async function step(): Promise<number> {
    const batch = data[steps++ % batches];
    if (!trainer || !batch) throw new Error('a step before prepare');
    const start = performance.now();
    await trainer.step(batch, settings);
    return performance.now() - start;
  }
  return {
    engine: setting,
    // TensorFlow.js's WASM and cpu backends have one thread in Node.
    threads: /wasm|cpu/.test(engine.name) && setting.startsWith('tfjs') ? 1 : threads,
    async prepare(model) {
      const spec = workload.specOf(model);
      trainer = await engine.trainer(buildModel(spec), initialWeights(spec, 1), {
        clipNorm: 1,
        weightDecay: 0,
        seed: 1,
      });
      await step();
    },
    step,
    async release() {
      await trainer?.dispose();
      trainer = null;
    },
  };
}

export function randomBatch(
  seed: number,
  { vocabularySize, batchSize, tokens }: Omit<Workload, 'specOf'>,
): TrainingBatch {
  const random = new Random(seed);
  return {
    ids: Int32Array.from({ length: batchSize * tokens }, () => 1 + random.integer(vocabularySize - 1)),
    batch: batchSize,
    length: tokens,
    teacherLogits: Float32Array.from({ length: batchSize * 2 }, () => random.normal()),
    labels: new Float32Array(batchSize * 2),
  };
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/** One line a model, one column an engine, and how many times onnx is faster than each other engine. */
export function stepTable(rows: readonly StepTime[]): string {
  const engines = [...new Set(rows.map(({ engine }) => engine))];
  const others = engines.includes('onnx') ? engines.filter((engine) => engine !== 'onnx') : [];
  const head = ['ms a step', ...engines, ...others.map((engine) => `${engine} / onnx`)];
  const result = new Table({
    style: { head: [], border: [] },
    head,
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
  });
  for (const model of new Set(rows.map((row) => row.model))) {
    const ms = (engine: string) =>
      rows.find((row) => row.model === model && row.engine === engine)?.msPerStep ?? NaN;
    result.push([
      model,
      ...engines.map((engine) => ms(engine).toFixed(1)),
      ...others.map((engine) => `${(ms(engine) / ms('onnx')).toFixed(1)} ×`),
    ]);
  }
  return result.toString();
}
