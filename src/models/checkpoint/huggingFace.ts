/** Reads a Hugging Face BERT or DistilBERT checkpoint folder: configuration, vocabulary size, pooling, weights and origin. */
import { join } from 'node:path';
import { z } from 'zod';
import type { Weights } from '../../nn/engine.ts';
import type { BertSpec } from '../spec.ts';
import { adoptBertWeights } from './bertWeights.ts';
import { encoderConfig, sizesOf, supportedEncoders, type EncoderConfig } from './encoderConfig.ts';
import { invalid, readJson, readOrigin, readText } from './folderFiles.ts';
import { readSafetensors } from './safetensors.ts';

export interface BertCheckpoint {
  readonly spec: BertSpec;
  /** Named as in BERT's file without the leading `bert.`; linear matrices are [in, out]. */
  readonly weights: Weights;
  /** The names of a classifier's labels, as config.json has them. */
  readonly id2label: unknown;
  /** Where the weights came from and their licence, where the folder's `origin.json` says so. */
  readonly origin: string | null;
  readonly licence: string | null;
}

const poolingConfig = z.object({ pooling_mode_mean_tokens: z.boolean().default(false) });
const tokenizerFile = z.object({ model: z.object({ vocab: z.record(z.string(), z.number().int().min(0)) }) });

/**
 * Reads `config.json`, `vocab.txt` or `tokenizer.json`, and `model.safetensors`.
 *
 * Pooling is `mean` where the folder is a sentence encoder with mean pooling and no classifier, or has no pooler;
 * else BERT's `cls` or DistilBERT's `cls-relu`. With `mean`, pooler weights are left out. Where pooler or classifier are missing from `weights`, the
 * caller initialises them.
 *
 * @throws DistilleryError INVALID_CHECKPOINT naming the file, key or tensor that is not as expected
 */
export async function readBertCheckpoint(folder: string): Promise<BertCheckpoint> {
  const config = await readEncoderConfig(folder);
  await checkVocabulary(folder, config.vocab_size);
  const sizes = sizesOf(config);
  const weights = adoptBertWeights(await readSafetensors(join(folder, 'model.safetensors')), sizes);

  const meanPooled =
    (await readJson(folder, '1_Pooling/config.json', poolingConfig))?.pooling_mode_mean_tokens ?? false;
  const sentenceEncoder = meanPooled && !weights.has('classifier.weight');
  const ofFirstToken = config.model_type === 'distilbert' ? 'cls-relu' : 'cls';
  const pooling = sentenceEncoder || !weights.has('pooler.dense.weight') ? 'mean' : ofFirstToken;
  if (pooling === 'mean') {
    weights.delete('pooler.dense.weight');
    weights.delete('pooler.dense.bias');
  }
  const { origin, licence } = await readOrigin(folder);
  return { spec: { kind: 'bert', ...sizes, pooling }, weights, id2label: config.id2label, origin, licence };
}

/** @throws DistilleryError INVALID_CHECKPOINT where config.json is missing, or is not that of an encoder that is supported */
export async function readEncoderConfig(folder: string): Promise<EncoderConfig> {
  const config = await readJson(folder, 'config.json', encoderConfig, supportedEncoders);
  if (!config) throw invalid(`config.json is missing from the checkpoint folder.`, { file: 'config.json' });
  const { hiddenSize, heads } = sizesOf(config);
  if (hiddenSize % heads !== 0) {
    const [width, count] =
      config.model_type === 'bert' ? ['hidden_size', 'num_attention_heads'] : ['dim', 'n_heads'];
    throw invalid(`config.json: ${width} ${hiddenSize} is not a multiple of ${count} ${heads}.`, {
      file: 'config.json',
    });
  }
  return config;
}

/** Every id that the tokenizer can give must have a row in the embeddings. */
async function checkVocabulary(folder: string, vocabularySize: number): Promise<void> {
  const words = await vocabularyLength(folder);
  if (words <= vocabularySize) return;
  throw invalid(`The vocabulary has ${words} entries, but config.json says vocab_size ${vocabularySize}.`, {
    expected: vocabularySize,
    found: words,
  });
}

async function vocabularyLength(folder: string): Promise<number> {
  const list = await readText(folder, 'vocab.txt');
  if (list !== null) return list.replace(/\r?\n$/, '').split('\n').length;
  const tokenizer = await readJson(
    folder,
    'tokenizer.json',
    tokenizerFile,
    'Expected a WordPiece vocabulary.',
  );
  if (!tokenizer) throw invalid('The checkpoint folder has neither vocab.txt nor tokenizer.json.', {});
  return Object.values(tokenizer.model.vocab).reduce((largest, id) => Math.max(largest, id + 1), 0);
}
