/** The product's BERT against the original implementation: the same checkpoint, classifier and token ids. */
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { Command } from 'commander';
import { z } from 'zod';
import { readConfig } from '../src/config.ts';
import { DistilleryError } from '../src/errors.ts';
import { readBertCheckpoint, type BertCheckpoint } from '../src/models/checkpoint/huggingFace.ts';
import { resolveCheckpoint } from '../src/models/checkpoint/resolve.ts';
import { readSafetensors, writeSafetensors } from '../src/models/checkpoint/safetensors.ts';
import { buildModel } from '../src/models/networks/index.ts';
import type { TokenBatch, Weights } from '../src/nn/engine.ts';
import { Random } from '../src/nn/random.ts';
import { createEngine } from '../src/nn/runtime/engines.ts';
import { findPython, howToNamePython, PythonScript } from './python.ts';
import { packageVersions, writeResult } from './results.ts';

const limit = 1e-4;

/** Tokens of each row of each batch, without padding: full rows, short rows, and as long as positions go. */
const batchLengths = [
  [16, 16],
  [128, 97, 30, 9, 2, 1],
  [256, 255],
  [512, 3],
];

interface Case {
  readonly engine: string;
  readonly pooling: string;
  readonly batch: number;
  readonly length: number;
  readonly largestLogit: number;
  readonly maxAbsoluteDifference: number;
}

export async function run(args: readonly string[]): Promise<void> {
  const options = new Command('teacher-agreement')
    .option(
      '--checkpoint <name>',
      'a folder of DISTILLERY_CHECKPOINT_DIRECTORY, or a hub name',
      'all-minilm-l6-v2',
    )
    .option('--engines <settings>', 'engines as in DISTILLERY_ENGINE, separated by commas', 'onnx')
    .option('--python <path>', 'a Python with transformers (default: DISTILLERY_PYTHON)')
    .parse([...args], { from: 'user' })
    .opts<{ checkpoint: string; engines: string; python?: string }>();
  const python = findPython(options.python);
  if (python === null)
    throw new DistilleryError('BAD_USER_INPUT', `This comparison needs PyTorch. ${howToNamePython}`);
  const config = readConfig();
  const folder = await resolveCheckpoint(options.checkpoint, config);

  const scratch = await mkdtemp(join(tmpdir(), 'distillery-agreement-'));
  try {
    const versions = await packageVersions('onnxruntime-node');
    const cases: Case[] = [];
    for (const checkpoint of await bothPoolings(folder, scratch)) {
      const { spec } = checkpoint;
      const classifier = randomClassifier(spec.hiddenSize);
      const batches = batchLengths.map((lengths, seed) =>
        randomIds(lengths, Math.min(spec.maxPositions, 512), spec.vocabularySize, seed),
      );
      const reference = await runReference(python, folder, spec.pooling, classifier, batches, scratch);
      Object.assign(versions, reference.versions);
      for (const setting of options.engines.split(',')) {
        const engine = await createEngine(setting, { threads: config.trainingThreads });
        versions[setting] = engine.name;
        const predictor = await engine.predictor(
          buildModel(spec),
          new Map([...checkpoint.weights, ...classifier]),
        );
        for (const [number, batch] of batches.entries()) {
          const expected = reference.logits.get(`logits.${number}`)?.data ?? new Float32Array(0);
          const found = await predictor.predict(batch);
          cases.push({
            engine: setting,
            pooling: spec.pooling,
            batch: batch.batch,
            length: batch.length,
            largestLogit: expected.reduce((largest, logit) => Math.max(largest, Math.abs(logit)), 0),
            maxAbsoluteDifference: largestDifference(expected, found),
          });
        }
        await predictor.dispose();
      }
    }
    await report(options, cases, versions);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The checkpoint as it is, and, where that pools by the mean, once more as an encoder with BERT's own pooler. */
async function bothPoolings(folder: string, scratch: string): Promise<BertCheckpoint[]> {
  const asItIs = await readBertCheckpoint(folder);
  if (asItIs.spec.pooling === 'cls') return [asItIs];
  for (const name of await readdir(folder)) {
    if (name !== '1_Pooling') await symlink(join(folder, name), join(scratch, name));
  }
  const withPooler = await readBertCheckpoint(scratch);
  return withPooler.spec.pooling === 'cls' ? [asItIs, withPooler] : [asItIs];
}

/** Wide enough that the logits are of the size that a trained classifier gives. */
function randomClassifier(hiddenSize: number): Weights {
  const random = new Random(7);
  const normals = (length: number) => Float32Array.from({ length }, () => random.normal() * 0.2);
  return new Map([
    ['classifier.weight', { shape: [hiddenSize, 2], data: normals(hiddenSize * 2) }],
    ['classifier.bias', { shape: [2], data: normals(2) }],
  ]);
}

function randomIds(
  lengths: readonly number[],
  maxPositions: number,
  vocabularySize: number,
  seed: number,
): TokenBatch {
  const length = Math.min(maxPositions, Math.max(...lengths));
  const random = new Random(seed);
  const ids = new Int32Array(lengths.length * length);
  for (const [row, own] of lengths.entries()) {
    for (let i = 0; i < Math.min(own, length); i++)
      ids[row * length + i] = 1 + random.integer(vocabularySize - 1);
  }
  return { ids, batch: lengths.length, length };
}

const referenceLine = z.object({ torch: z.string(), transformers: z.string() });

async function runReference(
  python: string,
  checkpoint: string,
  pooling: string,
  classifier: Weights,
  batches: readonly TokenBatch[],
  scratch: string,
): Promise<{ logits: Weights; versions: z.infer<typeof referenceLine> }> {
  const paths = {
    classifier: join(scratch, 'given.safetensors'),
    output: join(scratch, 'logits.safetensors'),
  };
  await writeSafetensors(paths.classifier, classifier);
  const script = new PythonScript(python, 'bert_reference.py', []);
  const plain = batches.map(({ ids, batch, length }) => ({ ids: [...ids], batch, length }));
  script.send({ checkpoint, pooling, ...paths, batches: plain });
  const [line] = await script.finish();
  return { logits: await readSafetensors(paths.output), versions: referenceLine.parse(line) };
}

export function largestDifference(expected: Float32Array, found: Float32Array): number {
  if (expected.length !== found.length) return Infinity;
  return expected.reduce((largest, value, i) => {
    const difference = Math.abs(value - (found[i] ?? NaN));
    // NaN must not pass for agreement.
    return difference <= largest ? largest : Number.isNaN(difference) ? Infinity : difference;
  }, 0);
}

async function report(
  options: { checkpoint: string; engines: string },
  cases: readonly Case[],
  versions: Record<string, string>,
): Promise<void> {
  const maxAbsoluteDifference = Math.max(...cases.map((one) => one.maxAbsoluteDifference));
  const table = new Table({
    style: { head: [], border: [] },
    head: ['engine', 'pooling', 'batch', 'largest logit', 'largest difference'],
  });
  for (const one of cases) {
    const size = `${one.batch} × ${one.length}`;
    table.push([
      one.engine,
      one.pooling,
      size,
      one.largestLogit.toFixed(3),
      one.maxAbsoluteDifference.toExponential(2),
    ]);
  }
  console.log(table.toString());
  const command = `teacher-agreement --checkpoint ${options.checkpoint} --engines ${options.engines}`;
  const result = { versions, checkpoint: options.checkpoint, limit, maxAbsoluteDifference, cases };
  await writeResult('teacher-agreement', command, result);
  if (maxAbsoluteDifference > limit) {
    throw new Error(`The logits differ by ${maxAbsoluteDifference}; at most ${limit} is allowed.`);
  }
}
