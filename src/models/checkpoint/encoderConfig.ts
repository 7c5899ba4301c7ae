/** What `config.json` of a Hugging Face checkpoint must say for its encoder to be one of ours: BERT or DistilBERT. */
import { z } from 'zod';
import type { BertSpec } from '../spec.ts';

const size = z.number().int().positive();
const rate = z.number().min(0).lt(1);

/** The keys that decide what is computed; others are ignored. Defaults are those of the original implementations. */
const common = {
  pad_token_id: z.literal(0).default(0),
  vocab_size: size,
  max_position_embeddings: size,
  /** Names of a classifier's labels; only an import asks for them. */
  id2label: z.unknown().optional(),
};

const bertConfig = z.object({
  ...common,
  model_type: z.literal('bert'),
  hidden_act: z.literal('gelu').default('gelu'),
  position_embedding_type: z.literal('absolute').default('absolute'),
  is_decoder: z.literal(false).default(false),
  hidden_size: size,
  num_hidden_layers: size.max(1000),
  num_attention_heads: size,
  intermediate_size: size,
  type_vocab_size: size.default(2),
  layer_norm_eps: z.number().positive().default(1e-12),
  hidden_dropout_prob: rate.default(0.1),
});

const distilbertConfig = z.object({
  ...common,
  model_type: z.literal('distilbert'),
  activation: z.literal('gelu').default('gelu'),
  dim: size,
  n_layers: size.max(1000),
  n_heads: size,
  hidden_dim: size,
  dropout: rate.default(0.1),
});

export const encoderConfig = z.discriminatedUnion('model_type', [bertConfig, distilbertConfig]);
export type EncoderConfig = z.infer<typeof encoderConfig>;

export const supportedEncoders =
  'Supported are encoders with model_type "bert" or "distilbert", gelu, absolute positions and padding id 0.';

export type EncoderSizes = Omit<BertSpec, 'kind' | 'pooling'>;

export function sizesOf(config: EncoderConfig): EncoderSizes {
  const { vocab_size: vocabularySize, max_position_embeddings: maxPositions } = config;
  if (config.model_type === 'distilbert') {
    return {
      vocabularySize,
      hiddenSize: config.dim,
      layers: config.n_layers,
      heads: config.n_heads,
      intermediateSize: config.hidden_dim,
      maxPositions,
      typeVocabularySize: 0,
      // Written out in the original implementation, so no file says it.
      layerNormEpsilon: 1e-12,
      dropout: config.dropout,
    };
  }
  return {
    vocabularySize,
    hiddenSize: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    intermediateSize: config.intermediate_size,
    maxPositions,
    typeVocabularySize: config.type_vocab_size,
    layerNormEpsilon: config.layer_norm_eps,
    dropout: config.hidden_dropout_prob,
  };
}
