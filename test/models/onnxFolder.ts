/** Small ONNX files with the inputs of Hugging Face's exports, built node by node: no file of others is needed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { elementTypes, encodeModel, type ValueInfoMessage } from '../../src/nn/onnx/protobuf.ts';
import { OnnxWriter } from '../../src/nn/onnx/writer.ts';

export const foreignVocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'good', 'bad', '##ly'];

interface ForeignGraph {
  tokenTypes?: boolean;
  /** Whether padding is left out of the sum. */
  masked?: boolean;
  positions?: number;
  vocabulary?: number;
  labels?: number;
  /** Added to every logit. */
  bias?: number;
  inputNames?: readonly [string, string];
}

/**
 * Each token adds its row of a table and that of its position:
 * logits = Σ mask · (words[id] + positions[place] (+ types[type])) + bias, where words[id] is [id / 8, −id / 4, …] and
 * positions[p] is [p / 16, 0, …]. The table of [PAD] is −3, so that a sum without a mask shows.
 */
export function foreignModel({
  tokenTypes = false,
  masked = true,
  positions = 32,
  vocabulary = foreignVocabulary.length,
  labels = 2,
  bias = 0,
  inputNames = ['input_ids', 'attention_mask'],
}: ForeignGraph = {}): Uint8Array {
  const w = new OnnxWriter();
  const table = (name: string, rows: number, valueAt: (row: number, column: number) => number) =>
    w.floats(
      name,
      Float32Array.from({ length: rows * labels }, (_, i) => valueAt(Math.floor(i / labels), i % labels)),
      [rows, labels],
    );
  const words = table('words', vocabulary, (id, column) => (id === 0 ? -3 : column === 0 ? id / 8 : -id / 4));
  const places = table('places', positions, (place, column) => (column === 0 ? place / 16 : 0));
  const [ids, mask] = inputNames;

  const ones = w.emit('Add', [w.emit('Mul', [ids, w.int64(0)]), w.int64(1)]);
  const place = w.emit('Sub', [w.emit('CumSum', [ones, w.int64(1)]), w.int64(1)]);
  let rows = w.emit('Add', [w.emit('Gather', [words, ids]), w.emit('Gather', [places, place])]);
  if (tokenTypes) {
    const types = table('types', 1, () => 0.5);
    rows = w.emit('Add', [rows, w.emit('Gather', [types, 'token_type_ids'])]);
  }
  const weights = w.emit('Unsqueeze', [
    w.emit('Cast', [masked ? mask : ones], { to: { int: 1 } }),
    w.int64([2]),
  ]);
  const sum = w.emit('ReduceSum', [w.emit('Mul', [rows, weights]), w.int64([1])], { keepdims: { int: 0 } });
  w.emitTo(['logits'], 'Add', [sum, w.scalar(bias)]);

  const inputs = [ids, mask, ...(tokenTypes ? ['token_type_ids'] : [])];
  const tensor = (name: string, elemType: number, ...dims: (number | string)[]): ValueInfoMessage => ({
    name,
    type: {
      tensorType: {
        elemType,
        shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })) },
      },
    },
  });
  return encodeModel(
    w.message(
      'foreign',
      inputs.map((name) => tensor(name, elementTypes.int64, 'batch', 'length')),
      [tensor('logits', elementTypes.float32, 'batch', labels)],
    ),
    {},
  );
}

/** Writes the files; a null leaves one out. */
export async function writeFolder(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array | null>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    if (content === null) continue;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** An ONNX file with its vocabulary, as others hand it out; `files` replaces or adds files, null leaves one out. */
export function writeForeignFolder(
  folder: string,
  graph: ForeignGraph = {},
  files: Readonly<Record<string, string | Uint8Array | null>> = {},
): Promise<string> {
  return writeFolder(folder, {
    'model.onnx': foreignModel(graph),
    'vocab.txt': `${foreignVocabulary.join('\n')}\n`,
    ...files,
  });
}
