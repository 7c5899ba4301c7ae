/** Hugging Face BERT folders: layout, names, pooling, and errors that name the tensor or key. */
import { describe, expect, it } from '@jest/globals';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tensor } from '../../src/nn/engine.ts';
import { readBertCheckpoint } from '../../src/models/checkpoint/huggingFace.ts';
import {
  asDistilbert,
  tinyConfig,
  tinyDistilbertConfig,
  tinyTensors,
  writeTinyCheckpoint,
} from './checkpointFolder.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const root = await temporaryFolder();

async function checkpoint(
  tensors?: ReadonlyMap<string, Tensor>,
  files?: Record<string, string | null>,
): Promise<string> {
  return writeTinyCheckpoint(await mkdtemp(join(root, 'case-')), tensors, files);
}

function without(...prefixes: string[]): Map<string, Tensor> {
  return new Map([...tinyTensors()].filter(([name]) => !prefixes.some((prefix) => name.startsWith(prefix))));
}

const meanPooling = { '1_Pooling/config.json': JSON.stringify({ pooling_mode_mean_tokens: true }) };

describe('readBertCheckpoint', () => {
  it('reads sizes from config.json and transposes linear matrices only', async () => {
    const { spec, weights, origin, licence } = await readBertCheckpoint(await checkpoint());
    expect(spec).toEqual({
      kind: 'bert',
      vocabularySize: 7,
      hiddenSize: 4,
      layers: 2,
      heads: 2,
      intermediateSize: 6,
      maxPositions: 8,
      typeVocabularySize: 2,
      layerNormEpsilon: 1e-12,
      dropout: 0.1,
      pooling: 'cls',
    });
    expect([origin, licence]).toEqual([null, null]);

    const stored = tinyTensors();
    expect(new Set(weights.keys())).toEqual(new Set(stored.keys()));
    const linear = /(dense|query|key|value|classifier)\.weight$/;
    for (const [name, { shape, data }] of stored) {
      const read = weights.get(name)!;
      if (!linear.test(name)) {
        expect(read).toEqual({ shape, data });
        continue;
      }
      const [out = 0, from = 0] = shape;
      expect(read.shape).toEqual([from, out]);
      for (let o = 0; o < out; o++) {
        for (let i = 0; i < from; i++) expect(read.data[i * out + o]).toBe(data[o * from + i]);
      }
    }
  });

  it('takes old files: the prefix "bert.", gamma and beta, pretraining heads, position buffers', async () => {
    const old = new Map<string, Tensor>();
    for (const [name, tensor] of tinyTensors()) {
      const renamed = name
        .replace('LayerNorm.weight', 'LayerNorm.gamma')
        .replace('LayerNorm.bias', 'LayerNorm.beta');
      old.set(name.startsWith('classifier') ? name : `bert.${renamed}`, tensor);
    }
    old.set('cls.predictions.bias', { shape: [7], data: new Float32Array(7) });
    old.set('bert.embeddings.position_ids', { shape: [1, 8], data: new Float32Array(8) });
    const { weights } = await readBertCheckpoint(await checkpoint(old));
    expect(new Set(weights.keys())).toEqual(new Set(tinyTensors().keys()));
  });

  it('pools by the mean for a sentence encoder or without a pooler, else by the pooler', async () => {
    const pooling = async (...made: Parameters<typeof checkpoint>) => {
      const { spec, weights } = await readBertCheckpoint(await checkpoint(...made));
      return [spec.pooling, weights.has('pooler.dense.weight')];
    };
    expect(await pooling(without('classifier'))).toEqual(['cls', true]);
    expect(await pooling(without('classifier'), meanPooling)).toEqual(['mean', false]);
    expect(await pooling(tinyTensors(), meanPooling)).toEqual(['cls', true]);
    expect(await pooling(without('pooler'))).toEqual(['mean', false]);
    expect(await pooling(without('pooler', 'classifier'))).toEqual(['mean', false]);
  });

  it('reads DistilBERT into the same places, without token types; its pretraining head is left out', async () => {
    const files = { 'config.json': JSON.stringify({ ...tinyDistilbertConfig, id2label: { 0: 'NEGATIVE' } }) };
    const stored = asDistilbert(tinyTensors());
    stored.set('vocab_layer_norm.bias', { shape: [4], data: new Float32Array(4) });
    const { spec, weights, id2label } = await readBertCheckpoint(await checkpoint(stored, files));
    const inBert = await readBertCheckpoint(await checkpoint());
    expect(spec).toEqual({ ...inBert.spec, typeVocabularySize: 0, pooling: 'cls-relu' });
    const places = new Map(inBert.weights);
    places.delete('embeddings.token_type_embeddings.weight');
    expect(weights).toEqual(places);
    expect(id2label).toEqual({ 0: 'NEGATIVE' });

    const encoder = new Map([...stored].filter(([name]) => !/classifier/.test(name)));
    expect((await readBertCheckpoint(await checkpoint(encoder, files))).spec.pooling).toBe('mean');
  });

  it('reads tokenizer.json where there is no vocab.txt, and origin.json', async () => {
    const folder = await checkpoint(undefined, {
      'vocab.txt': null,
      'tokenizer.json': JSON.stringify({ model: { type: 'WordPiece', vocab: { '[PAD]': 0, good: 6 } } }),
      'origin.json': JSON.stringify({ origin: 'somewhere', licence: 'Apache-2.0' }),
    });
    expect(await readBertCheckpoint(folder)).toMatchObject({ origin: 'somewhere', licence: 'Apache-2.0' });
  });

  const config = (changes: object) => ({ 'config.json': JSON.stringify({ ...tinyConfig, ...changes }) });
  const longVocabulary = Array.from({ length: 8 }, (_, id) => `word${id}`).join('\n');
  it.each<[string, Record<string, string | null>, RegExp]>([
    [
      'another model type',
      config({ model_type: 'roberta' }),
      /Supported are encoders with model_type "bert"[^]*model_type/,
    ],
    ['another activation', config({ hidden_act: 'relu' }), /hidden_act/],
    ['relative positions', config({ position_embedding_type: 'relative_key' }), /position_embedding_type/],
    ['a decoder', config({ is_decoder: true }), /is_decoder/],
    ['another padding id', config({ pad_token_id: 1 }), /pad_token_id/],
    ['a missing size', config({ hidden_size: undefined }), /hidden_size/],
    [
      'heads that do not divide',
      config({ num_attention_heads: 3 }),
      /4 is not a multiple of num_attention_heads 3/,
    ],
    ['a config that is not JSON', { 'config.json': '{' }, /config.json is not valid JSON/],
    ['no config', { 'config.json': null }, /config.json is missing/],
    ['no vocabulary', { 'vocab.txt': null }, /neither vocab.txt nor tokenizer.json/],
    ['a vocabulary larger than the embeddings', { 'vocab.txt': longVocabulary }, /8 entries.*vocab_size 7/],
    ['no weights', { 'model.safetensors': null }, /model.safetensors: The file cannot be opened/],
    ['fewer layers in config.json', config({ num_hidden_layers: 1 }), /"encoder.layer.1.*no place/],
    [
      'more layers in config.json',
      config({ num_hidden_layers: 3 }),
      /"encoder.layer.2.attention.self.query.weight" is missing; expected shape \[4,4\]/,
    ],
    [
      'another intermediate size',
      config({ intermediate_size: 5 }),
      /"encoder.layer.0.intermediate.dense.weight" has shape \[6,4\], expected \[5,4\]/,
    ],
    [
      'another vocabulary size',
      config({ vocab_size: 9 }),
      /"embeddings.word_embeddings.weight" has shape \[7,4\], expected \[9,4\]/,
    ],
  ])('refuses %s', async (_what, files, message) => {
    await expect(readBertCheckpoint(await checkpoint(undefined, files))).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      message: expect.stringMatching(message),
    });
  });

  it('refuses a classifier of five labels, half a pooler, and one tensor under two names', async () => {
    const five = tinyTensors().set('classifier.weight', { shape: [5, 4], data: new Float32Array(20) });
    await expect(readBertCheckpoint(await checkpoint(five))).rejects.toMatchObject({
      facts: { tensor: 'classifier.weight', expected: [2, 4], found: [5, 4] },
      message: expect.stringMatching(/two labels/),
    });
    await expect(readBertCheckpoint(await checkpoint(without('pooler.dense.bias')))).rejects.toMatchObject({
      facts: { tensor: 'pooler.dense.bias' },
    });
    const twice = tinyTensors().set('bert.pooler.dense.bias', { shape: [4], data: new Float32Array(4) });
    await expect(readBertCheckpoint(await checkpoint(twice))).rejects.toThrow(/Two tensors/);
  });
});
