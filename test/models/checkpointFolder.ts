/** Makes a tiny BERT checkpoint folder with real files, as the Hugging Face library lays it out. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Tensor } from '../../src/nn/engine.ts';
import { writeSafetensors } from '../../src/models/checkpoint/safetensors.ts';
import { Random } from '../../src/nn/random.ts';

export const tinyConfig = {
  model_type: 'bert',
  hidden_act: 'gelu',
  position_embedding_type: 'absolute',
  vocab_size: 7,
  hidden_size: 4,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 6,
  max_position_embeddings: 8,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
  hidden_dropout_prob: 0.1,
};

/** The same encoder as DistilBERT: one kind of token fewer, and other names. */
export const tinyDistilbertConfig = {
  model_type: 'distilbert',
  activation: 'gelu',
  vocab_size: 7,
  dim: 4,
  n_layers: 2,
  n_heads: 2,
  hidden_dim: 6,
  max_position_embeddings: 8,
  dropout: 0.1,
};

/** Every tensor of the tiny encoder, in the file's layout (linear matrices [out, in]), with counting values. */
export function tinyTensors(): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  let next = 0;
  const add = (name: string, ...shape: number[]) => {
    const length = shape.reduce((product, size) => product * size, 1);
    tensors.set(name, { shape, data: Float32Array.from({ length }, () => next++) });
  };
  add('embeddings.word_embeddings.weight', 7, 4);
  add('embeddings.position_embeddings.weight', 8, 4);
  add('embeddings.token_type_embeddings.weight', 2, 4);
  addPair(add, 'embeddings.LayerNorm', 4);
  for (const layer of ['encoder.layer.0', 'encoder.layer.1']) {
    for (const part of ['query', 'key', 'value']) addPair(add, `${layer}.attention.self.${part}`, 4, 4);
    addPair(add, `${layer}.attention.output.dense`, 4, 4);
    addPair(add, `${layer}.attention.output.LayerNorm`, 4);
    addPair(add, `${layer}.intermediate.dense`, 6, 4);
    addPair(add, `${layer}.output.dense`, 4, 6);
    addPair(add, `${layer}.output.LayerNorm`, 4);
  }
  addPair(add, 'pooler.dense', 4, 4);
  addPair(add, 'classifier', 2, 4);
  return tensors;
}

/** The same tensors with values of a size that training leaves behind, the same at every run. */
export function seeded(tensors: ReadonlyMap<string, Tensor>, seed = 7): Map<string, Tensor> {
  const random = new Random(seed);
  return new Map(
    [...tensors].map(([name, { shape, data }]) => {
      const mean = name.endsWith('LayerNorm.weight') ? 1 : 0;
      return [name, { shape, data: data.map(() => mean + 0.5 * random.normal()) }];
    }),
  );
}

const distilbertNames: readonly (readonly [RegExp, string])[] = [
  [/^encoder\./, 'transformer.'],
  [/attention\.self\.query/, 'attention.q_lin'],
  [/attention\.self\.key/, 'attention.k_lin'],
  [/attention\.self\.value/, 'attention.v_lin'],
  [/attention\.output\.dense/, 'attention.out_lin'],
  [/attention\.output\.LayerNorm/, 'sa_layer_norm'],
  [/intermediate\.dense/, 'ffn.lin1'],
  [/(\d)\.output\.dense/, '$1.ffn.lin2'],
  [/(\d)\.output\.LayerNorm/, '$1.output_layer_norm'],
];

/** As the Hugging Face library names the tensors of a DistilBERT classifier. */
export function asDistilbert(tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const named = [...tensors].flatMap(([name, tensor]): [string, Tensor][] => {
    if (name.startsWith('embeddings.token_type')) return [];
    if (name.startsWith('classifier.')) return [[name, tensor]];
    if (name.startsWith('pooler.')) return [[name.replace('pooler.dense', 'pre_classifier'), tensor]];
    return [[`distilbert.${distilbertNames.reduce((n, [part, own]) => n.replace(part, own), name)}`, tensor]];
  });
  return new Map(named);
}

function addPair(
  add: (name: string, ...shape: number[]) => void,
  name: string,
  ...shape: [number, ...number[]]
): void {
  add(`${name}.weight`, ...shape);
  add(`${name}.bias`, shape[0]);
}

/** Writes the folder; `files` replaces or adds files, null leaves one out. */
export async function writeTinyCheckpoint(
  folder: string,
  tensors: ReadonlyMap<string, Tensor> = tinyTensors(),
  files: Readonly<Record<string, string | null>> = {},
): Promise<string> {
  const contents: Record<string, string | null> = {
    'config.json': JSON.stringify(tinyConfig),
    'vocab.txt': '[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nbad\n##ly\n',
    ...files,
  };
  for (const [name, content] of Object.entries(contents)) {
    if (content === null) continue;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  if (files['model.safetensors'] === undefined)
    await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  return folder;
}
