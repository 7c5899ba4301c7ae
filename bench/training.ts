/** Milliseconds a training step of every student for the onnx engine, the tfjs engine and PyTorch, in turn in one run. */
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import Table from 'cli-table3';
import { Command } from 'commander';
import { z } from 'zod';
import { DistilleryError } from '../src/errors.ts';
import { readConfig } from '../src/config.ts';
import { buildModel, initialWeights } from '../src/models/networks/index.ts';
import type { Engine, Trainer, TrainingBatch } from '../src/nn/engine.ts';
import { Random } from '../src/nn/random.ts';
import { createEngine } from '../src/nn/runtime/engines.ts';
import { studentSpec } from '../src/training/architectures.ts';
import { studentConfig } from '../src/training/config.ts';
import { findPython, howToNamePython, PythonScript } from './python.ts';
import { packageVersions, writeResult } from './results.ts';

/** The workload; bench/python/train_step.py has the same numbers. */
const vocabularySize = 20_000;
const embeddingSize = 64;
const batchSize = 64;
const tokens = 256;
const batches = 4;
const settings = { learningRate: 1e-3, temperature: 2, hardLabelWeight: 0 };

/** A turn is one step that is not counted (it meets another engine's caches) and then these. */
const stepsPerTurn = 4;
/** An engine with steps longer than this takes part in the first rounds only, one step a turn. */
const slowStepMs = 1500;
const slowRounds = 3;
/** Thread pools of ONNX Runtime and OpenMP spin a while after their work; the next engine should not feel it. */
const pauseMs = 250;

const defaultModels = 'gru-64,gru-128,gru-256,cnn-64,cnn-128,cnn-256';

interface Contender {
  readonly engine: string;
  readonly threads: number;
  /** Builds the model and takes one step, so that compiling is over. */
  prepare(model: string): Promise<void>;
  /** @returns milliseconds of one step */
  step(model: string): Promise<number>;
  release(): Promise<void>;
}

interface Row {
  readonly model: string;
  readonly engine: string;
  readonly threads: number;
  /** The median. */
  readonly msPerStep: number;
  readonly fastestMs: number;
  readonly steps: number;
}

export async function run(args: readonly string[]): Promise<void> {
  const { models, engines, threads, rounds, python } = readOptions(args);
  const versions = await packageVersions(
    'onnxruntime-node',
    '@tensorflow/tfjs-core',
    '@tensorflow/tfjs-backend-wasm',
  );
  const loadBefore = loadavg()[0] ?? 0;
  if (loadBefore > availableParallelism() / 4) {
    console.log(`This machine is busy (load ${loadBefore.toFixed(1)}): the timings will be too long.`);
  }
  const contenders: Contender[] = [];
  for (const setting of engines) {
    try {
      const engine = await createEngine(setting, { threads });
      versions[setting] = engine.name;
      contenders.push(engineContender(setting, engine, threads));
    } catch (error) {
      if (!(error instanceof DistilleryError && error.code === 'ENGINE_UNAVAILABLE')) throw error;
      console.log(`Left out: ${setting}. ${error.message}`);
    }
  }
  const pytorch = python === null ? null : await startPyTorch(python, models, threads);
  if (pytorch) {
    versions.pytorch = pytorch.version;
    contenders.push(pytorch.contender);
  } else {
    console.log(`Left out: pytorch. ${howToNamePython}`);
  }

  const rows: Row[] = [];
  for (const model of models) {
    for (const row of await measure(model, contenders, rounds)) {
      rows.push(row);
      console.log(`${row.model}  ${row.engine}  ${row.msPerStep.toFixed(1)} ms a step (${row.steps} steps)`);
    }
  }
  await pytorch?.finish();

  console.log(table(rows));
  const workload = {
    vocabularySize,
    embeddingSize,
    batchSize,
    tokens,
    optimiser: 'Adam, embeddings trained, global norm clipped',
  };
  const command = `training --threads ${threads} --rounds ${rounds} --models ${models.join(',')} --engines ${engines.join(',')}`;
  await writeResult('training', command, { versions, workload, loadBefore, rows });
}

function readOptions(args: readonly string[]) {
  const options = new Command('training')
    .option('--models <names>', 'students, separated by commas', defaultModels)
    .option('--engines <settings>', 'engines as in DISTILLERY_ENGINE, separated by commas', 'onnx,tfjs')
    .option('--threads <count>', 'threads of every engine (default: those of a training run)')
    .option('--rounds <count>', 'turns of every engine for each student', '8')
    .option('--python <path>', 'a Python with PyTorch (default: DISTILLERY_PYTHON)')
    .parse([...args], { from: 'user' })
    .opts<{ models: string; engines: string; threads?: string; rounds: string; python?: string }>();
  const count = z.coerce.number().int().positive();
  return {
    models: z.array(studentConfig.shape.architecture).parse(options.models.split(',')),
    engines: options.engines.split(','),
    threads: count.parse(options.threads ?? readConfig().trainingThreads),
    rounds: count.parse(options.rounds),
    python: findPython(options.python),
  };
}

/** Gives every contender its turn, round by round, so that what else the machine does falls on all alike. */
async function measure(model: string, contenders: readonly Contender[], rounds: number): Promise<Row[]> {
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
  const rows: Row[] = [];
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

function engineContender(setting: string, engine: Engine, threads: number): Contender {
  const data = Array.from({ length: batches }, (_, seed) => randomBatch(seed));
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
      const spec = studentSpec(model, { vocabularySize, embeddingSize, dropout: 0, wordDropout: 0 });
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

const readyLine = z.object({ torch: z.string(), python: z.string(), adam: z.record(z.string(), z.string()) });
const stepLine = z.object({ ms: z.number() });

async function startPyTorch(python: string, models: readonly string[], threads: number) {
  const options = ['--threads', String(threads), '--models', models.join(',')];
  const script = new PythonScript(python, 'train_step.py', options);
  const ready = readyLine.parse(await script.next());
  const step = async (model: string) => stepLine.parse(await script.ask({ model })).ms;
  const adam = [...new Set(Object.values(ready.adam))].join(' and ');
  const contender: Contender = {
    engine: 'pytorch',
    threads,
    prepare: async (model) => void (await step(model)),
    step,
    release: async () => undefined,
  };
  return {
    contender,
    version: `PyTorch ${ready.torch}, Python ${ready.python}, ${adam} Adam`,
    finish: () => script.finish(),
  };
}

function randomBatch(seed: number): TrainingBatch {
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
function table(rows: readonly Row[]): string {
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
