/**
 * `npm run bench -- tfjs-node`: TensorFlow's own library under the tfjs engine, from an empty folder in one command.
 * Builds @tensorflow/tfjs-node (bench/tfjsNode/build.ts) where it is not installed, trains with it beside onnx and WASM
 * from the same weights on the same batches, times the step of each, watches the memory, and has a server train with it.
 * The package stays linked into node_modules, so that `DISTILLERY_ENGINE=tfjs-node` works and the tests of src/nn run on
 * it too. `--gpu` does it all with tfjs-node-gpu.
 */
import { loadavg } from 'node:os';
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { z } from 'zod';
import { readConfig } from '../src/config.ts';
import type { BertSpec, ModelSpec } from '../src/models/spec.ts';
import type { Engine } from '../src/nn/engine.ts';
import { createEngine, describeEngines } from '../src/nn/runtime/engines.ts';
import { openTfjs, type OpenTfjs } from '../src/nn/runtime/tfjs.ts';
import { studentSpec } from '../src/training/architectures.ts';
import { teacherConfig } from '../src/training/config.ts';
import { findPython } from './python.ts';
import { packageVersions, writeResult } from './results.ts';
import type { StepTime, Workload } from './stepTimes.ts';
import { engineContender, measure, randomBatch, stepTable } from './stepTimes.ts';
import type { Agreement, StepDifference } from './tfjsNode/agreement.ts';
import { compareTraining } from './tfjsNode/agreement.ts';
import { provide, type NativeBackend } from './tfjsNode/build.ts';
import type { MemoryGrowth } from './tfjsNode/memory.ts';
import { growthOverSteps } from './tfjsNode/memory.ts';
import { trainThroughServer } from './tfjsNode/product.ts';

const students = ['gru-64', 'cnn-64'];
/** The encoder that a teacher has where no checkpoint is given. */
const { encoder } = teacherConfig.parse({ kind: 'teacher', name: 'teacher', dataset: 'sample' });
const teacher = `bert-${encoder.layers}x${encoder.hiddenSize}`;
const models = [...students, teacher];
const embeddingSize = 64;

/** Dropout is at work where weights are compared: the engines draw the same masks. */
function specOf(model: string, vocabularySize: number, dropout: number): ModelSpec {
  if (model !== teacher)
    return studentSpec(model, { vocabularySize, embeddingSize, dropout, wordDropout: dropout / 2 });
  const rest = { typeVocabularySize: 1, layerNormEpsilon: 1e-12, pooling: 'mean' } as const;
  return { kind: 'bert', ...encoder, ...rest, vocabularySize, maxPositions: 512, dropout } satisfies BertSpec;
}

/** As large as what `bench -- training` times. */
const timed: Workload = {
  specOf: (model) => specOf(model, timed.vocabularySize, 0),
  vocabularySize: 20_000,
  batchSize: 64,
  tokens: 256,
};
/** Enough to see whether memory grows, and words enough to compare. */
const small = { vocabularySize: 1_000, batchSize: 16, tokens: 32 };

export async function run(args: readonly string[]): Promise<void> {
  const { backend, folder, python, steps, rounds, threads } = readOptions(args);
  await provide(backend, folder, python);
  const loadBefore = loadavg()[0] ?? 0;
  const choices = { auto: await describeEngines('auto'), [backend]: await describeEngines(backend) };
  const engines = new Map<string, Engine>();
  for (const setting of ['onnx', backend, 'tfjs-wasm'])
    engines.set(setting, await createEngine(setting, { threads }));
  const open = await openTfjs(backend, { threads });
  console.log(open.reason);
  const versions = await versionsOf(backend, open, engines);

  const agreement = await compareAll(engines, steps);
  const memory = await watchMemory(engines.get(backend)!, open, 10 * steps);
  const times: StepTime[] = [];
  const contenders = [...engines].map(([setting, engine]) =>
    engineContender(setting, engine, threads, timed),
  );
  for (const model of models) times.push(...(await measure(model, contenders, rounds)));
  console.log(stepTable(times));
  const served = await trainThroughServer(backend);
  console.log(served.system.reason, served.models);

  const { vocabularySize, batchSize, tokens } = timed;
  const optimiser = 'Adam, embeddings trained, global norm clipped';
  const gpu = backend === 'tfjs-node-gpu' ? ' --gpu' : '';
  await writeResult(backend, `tfjs-node${gpu} --threads ${threads} --steps ${steps} --rounds ${rounds}`, {
    versions,
    loadBefore,
    choices,
    agreement,
    memory,
    workload: { vocabularySize, embeddingSize, batchSize, tokens, optimiser },
    rows: times,
    served,
  });
}

/** Every engine against onnx. */
async function compareAll(engines: ReadonlyMap<string, Engine>, steps: number) {
  const others = new Map(engines);
  others.delete('onnx');
  const found: (Agreement & { largest: StepDifference })[] = [];
  for (const model of models) {
    const spec = specOf(model, small.vocabularySize, 0.2);
    for (const agreement of await compareTraining(model, spec, engines.get('onnx')!, others, steps)) {
      const largest = largestOf(agreement.steps);
      found.push({ ...agreement, largest });
      console.log(model, agreement.engine, largest);
    }
  }
  return found;
}

async function watchMemory(engine: Engine, open: OpenTfjs, steps: number) {
  const growths: (MemoryGrowth & { model: string })[] = [];
  for (const model of models) {
    const spec = specOf(model, small.vocabularySize, 0.2);
    const growth = await growthOverSteps(engine, open, spec, randomBatch(1, small), steps);
    growths.push({ model, ...growth });
    console.log(model, growth);
  }
  return growths;
}

async function versionsOf(backend: NativeBackend, open: OpenTfjs, engines: ReadonlyMap<string, Engine>) {
  const name = `@tensorflow/${backend}`;
  const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { version: string };
  const { binding } = open.tf.findBackend(open.backend) as unknown as { binding: { TF_Version: string } };
  const ours = await packageVersions(
    'onnxruntime-node',
    '@tensorflow/tfjs-core',
    '@tensorflow/tfjs-backend-wasm',
  );
  const named = Object.fromEntries([...engines].map(([setting, engine]) => [setting, engine.name]));
  return { ...ours, [name]: version, tensorflow: binding.TF_Version, ...named };
}

function readOptions(args: readonly string[]) {
  const options = new Command('tfjs-node')
    .option('--gpu', 'tfjs-node-gpu in its place, on a machine with CUDA 11 and cuDNN 8', false)
    .option('--folder <path>', 'where it is built, unless it is there (default: .cache/tfjs-node or -gpu)')
    .option('--python <path>', 'any Python 3 with pip (default: DISTILLERY_PYTHON, or python3)')
    .option('--steps <count>', 'training steps that are compared', '20')
    .option('--rounds <count>', 'turns of every engine for the timings', '5')
    .option('--threads <count>', 'threads of every engine (default: those of a training run)')
    .parse([...args], { from: 'user' })
    .opts<
      { gpu: boolean } & Record<'steps' | 'rounds', string> &
        Partial<Record<'folder' | 'python' | 'threads', string>>
    >();
  const backend: NativeBackend = options.gpu ? 'tfjs-node-gpu' : 'tfjs-node';
  const count = z.coerce.number().int().positive();
  return {
    backend,
    folder: options.folder ?? `.cache/${backend}`,
    python: findPython(options.python) ?? 'python3',
    steps: count.parse(options.steps),
    rounds: count.parse(options.rounds),
    threads: count.parse(options.threads ?? readConfig().trainingThreads),
  };
}

/** Over all steps. */
function largestOf(steps: readonly StepDifference[]): StepDifference {
  const most = (part: keyof StepDifference) => Math.max(...steps.map((step) => step[part]));
  return {
    loss: most('loss'),
    gradientNorm: most('gradientNorm'),
    gradients: most('gradients'),
    weights: most('weights'),
    movement: most('movement'),
  };
}
