/** What a network is made of: the part of a model card from which its graph is built. */
import { z } from 'zod';

const size = z.number().int().positive();
const rate = z.number().min(0).lt(1);

export const gruSpec = z.object({
  kind: z.literal('gru'),
  vocabularySize: size,
  embeddingSize: size,
  hiddenSize: size,
  dropout: rate,
});

export const cnnSpec = z.object({
  kind: z.literal('cnn'),
  vocabularySize: size,
  embeddingSize: size,
  filters: size,
  /** Tokens that one filter sees. */
  filterWidth: size,
  dropout: rate,
});

export const bertSpec = z.object({
  kind: z.literal('bert'),
  vocabularySize: size,
  hiddenSize: size,
  layers: size,
  heads: size,
  intermediateSize: size,
  maxPositions: size,
  typeVocabularySize: size,
  layerNormEpsilon: z.number().positive(),
  dropout: rate,
  /** `cls`: BERT's own pooler (dense and tanh over the first token); `mean`: the mean of all token states. */
  pooling: z.enum(['cls', 'mean']),
});

export const modelSpec = z.discriminatedUnion('kind', [gruSpec, cnnSpec, bertSpec]);

export type GruSpec = z.infer<typeof gruSpec>;
export type CnnSpec = z.infer<typeof cnnSpec>;
export type BertSpec = z.infer<typeof bertSpec>;
export type ModelSpec = z.infer<typeof modelSpec>;
