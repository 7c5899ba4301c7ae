/** Reads a Hugging Face BERT checkpoint folder: configuration, vocabulary size, pooling, weights and origin. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DistilleryError, type ErrorFacts } from '../../errors.ts';
import type { Weights } from '../../nn/engine.ts';
import type { BertSpec } from '../spec.ts';
import { adoptBertWeights } from './bertWeights.ts';
import { readSafetensors } from './safetensors.ts';

export interface BertCheckpoint {
  readonly spec: BertSpec;
  /** Named as in the file without the leading `bert.`; linear matrices are [in, out]. */
  readonly weights: Weights;
  /** Where the weights came from and their licence, where the folder's `origin.json` says so. */
  readonly origin: string | null;
  readonly licence: string | null;
}

const size = z.number().int().positive();

/** The keys that decide what is computed; others are ignored. Defaults are those of the original implementation. */
const bertConfig = z.object({
  model_type: z.literal('bert'),
  hidden_act: z.literal('gelu').default('gelu'),
  position_embedding_type: z.literal('absolute').default('absolute'),
  is_decoder: z.literal(false).default(false),
  pad_token_id: z.literal(0).default(0),
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size.max(1000),
  num_attention_heads: size,
  intermediate_size: size,
  max_position_embeddings: size,
  type_vocab_size: size.default(2),
  layer_norm_eps: z.number().positive().default(1e-12),
  hidden_dropout_prob: z.number().min(0).lt(1).default(0.1),
});

const poolingConfig = z.object({ pooling_mode_mean_tokens: z.boolean().default(false) });
const originFile = z.object({
  origin: z.string().nullable().default(null),
  licence: z.string().nullable().default(null),
});
const tokenizerFile = z.object({ model: z.object({ vocab: z.record(z.string(), z.number().int().min(0)) }) });

/**
 * Reads `config.json`, `vocab.txt` or `tokenizer.json`, and `model.safetensors`.
 *
 * Pooling is `mean` where the folder is a sentence encoder with mean pooling and no classifier, or has no pooler;
 * else `cls`. With `mean`, pooler weights are left out. Where pooler or classifier are missing from `weights`, the
 * caller initialises them.
 *
 * @throws DistilleryError INVALID_CHECKPOINT naming the file, key or tensor that is not as expected
 */
export async function readBertCheckpoint(folder: string): Promise<BertCheckpoint> {
  const config = await readBertConfig(folder);
  await checkVocabulary(folder, config.vocab_size);
  const sizes = {
    vocabularySize: config.vocab_size,
    hiddenSize: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    intermediateSize: config.intermediate_size,
    maxPositions: config.max_position_embeddings,
    typeVocabularySize: config.type_vocab_size,
    layerNormEpsilon: config.layer_norm_eps,
    dropout: config.hidden_dropout_prob,
  };
  const weights = adoptBertWeights(await readSafetensors(join(folder, 'model.safetensors')), sizes);

  const meanPooled =
    (await readOptional(folder, '1_Pooling/config.json', poolingConfig))?.pooling_mode_mean_tokens ?? false;
  const sentenceEncoder = meanPooled && !weights.has('classifier.weight');
  const pooling = sentenceEncoder || !weights.has('pooler.dense.weight') ? 'mean' : 'cls';
  if (pooling === 'mean') {
    weights.delete('pooler.dense.weight');
    weights.delete('pooler.dense.bias');
  }
  const { origin, licence } = (await readOptional(folder, 'origin.json', originFile)) ?? {
    origin: null,
    licence: null,
  };
  return { spec: { kind: 'bert', ...sizes, pooling }, weights, origin, licence };
}

/** @throws DistilleryError INVALID_CHECKPOINT where config.json is missing, or is not that of an encoder that is supported */
export async function readBertConfig(folder: string): Promise<z.infer<typeof bertConfig>> {
  const config = await readOptional(
    folder,
    'config.json',
    bertConfig,
    'Supported are encoders with model_type "bert", hidden_act "gelu", absolute positions and padding id 0.',
  );
  if (!config) throw invalid(`config.json is missing from the checkpoint folder.`, { file: 'config.json' });
  if (config.hidden_size % config.num_attention_heads !== 0) {
    throw invalid(
      `config.json: hidden_size ${config.hidden_size} is not a multiple of num_attention_heads ${config.num_attention_heads}.`,
      { file: 'config.json' },
    );
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
  const tokenizer = await readOptional(
    folder,
    'tokenizer.json',
    tokenizerFile,
    'Expected a WordPiece vocabulary.',
  );
  if (!tokenizer) throw invalid('The checkpoint folder has neither vocab.txt nor tokenizer.json.', {});
  return Object.values(tokenizer.model.vocab).reduce((largest, id) => Math.max(largest, id + 1), 0);
}

/** @returns null where the file does not exist */
async function readOptional<T>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
  hint = '',
): Promise<T | null> {
  const text = await readText(folder, name);
  if (text === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(`${name} is not valid JSON.`, { file: name }, cause);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalid(`${name} is not as expected. ${hint}\n${z.prettifyError(parsed.error)}`, { file: name });
}

async function readText(folder: string, name: string): Promise<string | null> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw invalid(`${name} cannot be read.`, { file: name }, cause);
  }
}

function invalid(message: string, facts: ErrorFacts, cause?: unknown): DistilleryError {
  return new DistilleryError('INVALID_CHECKPOINT', message, facts, { cause });
}
