/** Milliseconds a training step of every student for the onnx engine, the tfjs engine and PyTorch, in turn in one run. */
import { availableParallelism, loadavg } from 'node:os';
import { Command } from 'commander';
import { z } from 'zod';
import { DistilleryError } from '../src/errors.ts';
import { readConfig } from '../src/config.ts';
import { createEngine } from '../src/nn/runtime/engines.ts';
import { studentSpec } from '../src/training/architectures.ts';
import { studentConfig } from '../src/training/config.ts';
import { findPython, howToNamePython, PythonScript } from './python.ts';
import { packageVersions, writeResult } from './results.ts';
import type { Contender, StepTime, Workload } from './stepTimes.ts';
import { engineContender, measure, stepTable } from './stepTimes.ts';

/** The workload; bench/python/train_step.py has the same numbers. */
const vocabularySize = 20_000;
const embeddingSize = 64;
const batchSize = 64;
const tokens = 256;
const workload: Workload = {
  specOf: (model) => studentSpec(model, { vocabularySize, embeddingSize, dropout: 0, wordDropout: 0 }),
  vocabularySize,
  batchSize,
  tokens,
};

const defaultModels = 'gru-64,gru-128,gru-256,cnn-64,cnn-128,cnn-256';

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
      contenders.push(engineContender(setting, engine, threads, workload));
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

  const rows: StepTime[] = [];
  for (const model of models) {
    for (const row of await measure(model, contenders, rounds)) {
      rows.push(row);
      console.log(`${row.model}  ${row.engine}  ${row.msPerStep.toFixed(1)} ms a step (${row.steps} steps)`);
    }
  }
  await pytorch?.finish();

  console.log(stepTable(rows));
  const told = {
    vocabularySize,
    embeddingSize,
    batchSize,
    tokens,
    optimiser: 'Adam, embeddings trained, global norm clipped',
  };
  const command = `training --threads ${threads} --rounds ${rounds} --models ${models.join(',')} --engines ${engines.join(',')}`;
  await writeResult('training', command, { versions, workload: told, loadBefore, rows });
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
