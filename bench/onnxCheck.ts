/** ONNX's own checker over the graphs that we export: inference, quantised inference and training, of every network. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import Table from 'cli-table3';
import { Command } from 'commander';
import { z } from 'zod';
import { DistilleryError } from '../src/errors.ts';
import { buildModel, initialWeights } from '../src/models/networks/index.ts';
import type { ModelSpec } from '../src/models/spec.ts';
import { toOnnx } from '../src/nn/onnx/export.ts';
import { trainingStep } from '../src/nn/trainingStep.ts';
import { studentSpec } from '../src/training/architectures.ts';
import { findPython, howToNamePython, PythonScript } from './python.ts';

/** Large enough that every matrix is quantised. */
const student = { vocabularySize: 500, embeddingSize: 32, dropout: 0.2, wordDropout: 0.1 };
const bert = {
  kind: 'bert',
  vocabularySize: 500,
  hiddenSize: 64,
  layers: 2,
  heads: 4,
  intermediateSize: 128,
  maxPositions: 64,
  typeVocabularySize: 2,
  layerNormEpsilon: 1e-12,
  dropout: 0.1,
} as const;

const specs: Readonly<Record<string, ModelSpec>> = {
  gru: studentSpec('gru-64', student),
  bigru: studentSpec('bigru-64', student),
  cnn: studentSpec('cnn-64', student),
  textcnn: studentSpec('textcnn-64', student),
  'bert-cls': { ...bert, pooling: 'cls' },
  'bert-mean': { ...bert, pooling: 'mean' },
};

const line = z.object({
  file: z.string(),
  onnx: z.string(),
  valid: z.boolean(),
  nodes: z.number().optional(),
  opset: z.number().optional(),
  error: z.string().optional(),
});

export async function run(args: readonly string[]): Promise<void> {
  const command = new Command('onnx-check')
    .argument('[files...]', 'further .onnx files, such as those of released models')
    .option('--python <path>', 'a Python with onnx (default: DISTILLERY_PYTHON)')
    .parse([...args], { from: 'user' });
  const python = findPython(command.opts<{ python?: string }>().python);
  if (python === null)
    throw new DistilleryError('BAD_USER_INPUT', `This check needs the onnx package. ${howToNamePython}`);

  const scratch = await mkdtemp(join(tmpdir(), 'distillery-onnx-'));
  try {
    const files = [...(await exportAll(scratch)), ...command.args.map((file) => resolve(file))];
    const results = z.array(line).parse(await new PythonScript(python, 'check_onnx.py', files).finish());
    const table = new Table({
      style: { head: [], border: [] },
      head: ['file', 'nodes', 'opset', 'onnx.checker'],
    });
    for (const { file, nodes, opset, valid, error, onnx } of results) {
      table.push([
        basename(file),
        nodes ?? '',
        opset ?? '',
        valid ? `valid (onnx ${onnx})` : (error ?? 'invalid'),
      ]);
    }
    console.log(table.toString());
    const refused = results.filter(({ valid }) => !valid).length;
    if (refused > 0) throw new Error(`${refused} of ${results.length} graphs did not pass the checker.`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function exportAll(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const [name, spec] of Object.entries(specs)) {
    const model = buildModel(spec);
    const step = trainingStep(model.training, { clipNorm: 1, weightDecay: 0.01 });
    const inference = { mode: 'inference', weights: initialWeights(spec, 1) } as const;
    const graphs = {
      inference: toOnnx(model.inference, inference),
      int8: toOnnx(model.inference, { ...inference, quantization: { embeddings: 'int8' } }),
      'int8-float16': toOnnx(model.inference, { ...inference, quantization: { embeddings: 'float16' } }),
      training: toOnnx(step, { mode: 'training' }),
    };
    for (const [kind, bytes] of Object.entries(graphs)) {
      const file = join(folder, `${name}.${kind}.onnx`);
      await writeFile(file, bytes);
      files.push(file);
    }
  }
  return files;
}
