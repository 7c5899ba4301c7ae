/** Malformed model files: safetensors, ONNX, exported models, and checkpoint folders of the Hugging Face layout. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/models/checkpoint/safetensors.ts';
import type { Random } from '../../src/nn/random.ts';
import { seeded, tinyConfig, tinyTensors } from '../../test/models/checkpointFolder.ts';
import { foreignModel, foreignVocabulary } from '../../test/models/onnxFolder.ts';
import { gruModel, wordSpotter } from '../../test/serving/tinyModel.ts';
import { hostileTexts, hostileValue, mutateJson, toText, type Json } from './json.ts';
import { mutateBytes, mutateText, randomBytes } from './mutate.ts';
import { mutateMessage } from './protobuf.ts';
import type { Make, Parts } from './surface.ts';

export interface FileMakers {
  readonly safetensors: Make;
  readonly onnx: Make;
  readonly exported: Make;
  readonly checkpoints: Make;
}

const vocabulary = Buffer.from(`${foreignVocabulary.join('\n')}\n`);

/** What fine-tuning tools write beside the weights. */
const classifierConfig = { ...tinyConfig, id2label: { 0: 'NEGATIVE', 1: 'POSITIVE' }, pad_token_id: 0 };

const tokenizerJson = {
  version: '1.0',
  normalizer: { type: 'BertNormalizer', lowercase: true, strip_accents: null, handle_chinese_chars: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    vocab: Object.fromEntries(foreignVocabulary.map((token, id) => [token, id])),
  },
};

/** Valid files first, from which all others are made. */
export async function fileMakers(): Promise<FileMakers> {
  const folder = await mkdtemp(join(tmpdir(), 'distillery-fuzz-valid-'));
  try {
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, seeded(tinyTensors()), { format: 'pt' });
    const weights = await readFile(path);
    const exportedModels = [
      await exportedFrom(await gruModel(join(folder, 'gru'))),
      await exportedFrom(await wordSpotter(join(folder, 'cnn'))),
    ];
    const graphs = [
      Buffer.from(foreignModel()),
      Buffer.from(foreignModel({ tokenTypes: true })),
      ...exportedModels.map((files) => files['model.onnx'] ?? Buffer.alloc(0)),
    ];
    return {
      safetensors: (random) => ({ 'model.safetensors': brokenSafetensors(random, weights) }),
      onnx: (random) => ({
        'model.onnx': brokenGraph(random, random.pick(graphs)),
        'vocab.txt': vocabulary,
      }),
      exported: (random) => broken(random, random.pick(exportedModels)),
      checkpoints: (random) => brokenCheckpoint(random, weights),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function exportedFrom({ folder, card }: { folder: string; card: object }): Promise<Parts> {
  return {
    'model.onnx': await readFile(join(folder, 'model.onnx')),
    'tokenizer.json': await readFile(join(folder, 'tokenizer.json')),
    'card.json': Buffer.from(JSON.stringify(card)),
  };
}

function brokenGraph(random: Random, valid: Buffer): Buffer {
  if (random.chance(0.03)) return randomBytes(random, random.integer(200));
  if (random.chance(0.2)) return mutateBytes(random, valid);
  let graph = valid;
  for (let left = 1 + random.integer(2); left > 0; left -= 1) graph = mutateMessage(random, graph);
  return graph;
}

/** The header as JSON, or any bytes of the file; with a length that is right, as often as not. */
function brokenSafetensors(random: Random, valid: Buffer): Buffer {
  if (random.chance(0.3)) return mutateBytes(random, valid);
  const length = Number(valid.readBigUInt64LE());
  const header = JSON.parse(valid.toString('utf8', 8, 8 + length)) as { [name: string]: Json };
  const [name, entry] = random.pick(Object.entries(header));
  const text = random.chance(0.2)
    ? mutateBytes(random, valid.subarray(8, 8 + length))
    : Buffer.from(random.chance(0.3) ? lyingEntry(random, header, name, entry) : mutateJson(random, header));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(text.length));
  const file = Buffer.concat([head, text, valid.subarray(8 + length)]);
  return random.chance(0.2) ? mutateBytes(random, file) : file;
}

const sizes = [0, 1, 2, 3, 4, 7, 8, 2 ** 20, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53 - 1, 2 ** 53, -1, 0.5];

/** A shape and offsets that may fit each other and neither the file. */
function lyingEntry(random: Random, header: { [name: string]: Json }, name: string, entry: Json): string {
  const shape = Array.from({ length: random.integer(5) }, () => random.pick(sizes));
  const bytes = shape.reduce((product, size) => product * size, 4);
  const begin = random.pick(sizes);
  const offsets = random.chance(0.5) ? [begin, begin + bytes] : [random.pick(sizes), random.pick(sizes)];
  const dtype = random.pick(['F32', 'F16', 'BF16', 'I64', 'F64', 'BOOL', '__proto__']);
  const lying = typeof entry === 'object' ? { ...entry, dtype, shape, data_offsets: offsets } : entry;
  return toText({ ...header, [name]: lying });
}

function broken(random: Random, files: Parts): Parts {
  const name = random.pick(Object.keys(files));
  const valid = files[name] ?? Buffer.alloc(0);
  return { ...files, [name]: brokenFile(random, name, valid) };
}

function brokenFile(random: Random, name: string, valid: Buffer): Buffer {
  if (name.endsWith('.json') && random.chance(0.8))
    return Buffer.from(mutateJson(random, JSON.parse(valid.toString('utf8')) as Json));
  if (name.endsWith('.txt') && random.chance(0.8))
    return Buffer.from(mutateText(random, valid.toString('utf8'), hostileTexts, /[^\n]*\n/g));
  if (name.endsWith('.onnx')) return brokenGraph(random, valid);
  if (name.endsWith('.safetensors')) return brokenSafetensors(random, valid);
  return mutateBytes(random, valid);
}

function brokenCheckpoint(random: Random, weights: Buffer): Parts {
  const files: Record<string, Buffer> = {
    'config.json': Buffer.from(JSON.stringify(classifierConfig)),
    'model.safetensors': weights,
    'vocab.txt': vocabulary,
    'tokenizer.json': Buffer.from(JSON.stringify(tokenizerJson)),
    'tokenizer_config.json': Buffer.from('{"do_lower_case":true}'),
    'origin.json': Buffer.from('{"origin":"a shelf","licence":"MIT"}'),
  };
  if (random.chance(0.5)) delete files['vocab.txt'];
  if (random.chance(0.05)) Reflect.deleteProperty(files, random.pick(Object.keys(files)));
  const given = broken(random, files);
  return random.chance(0.05)
    ? { ...given, '1_Pooling/config.json': Buffer.from(toText(hostileValue(random))) }
    : given;
}
