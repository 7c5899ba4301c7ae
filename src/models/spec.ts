/** What a network is made of: the part of a model card from which its graph is built. */
import { z } from 'zod';
import { DistilleryError } from '../errors.ts';

const size = z.number().int().positive();
const rate = z.number().min(0).lt(1);

/** The words of a student; while training, `wordDropout` drops whole words (Iyyer et al. 2015, ACL P15-1162). */
const words = {
  vocabularySize: size,
  embeddingSize: size,
  wordDropout: rate.default(0),
};

export const gruSpec = z.object({
  kind: z.literal('gru'),
  ...words,
  /** Of each direction. */
  hiddenSize: size,
  bidirectional: z.boolean().default(false),
  /** `last`: the state after the last token; `mean-max`: mean and maximum of all token states, side by side. */
  pooling: z.enum(['last', 'mean-max']).default('last'),
  dropout: rate,
});

export const cnnSpec = z.object({
  kind: z.literal('cnn'),
  ...words,
  /** Of each width. */
  filters: size,
  /** Tokens that a filter sees; cards of earlier releases, all of width 5, lack it. */
  filterWidths: z.array(size).min(1).default([5]),
  /** `max`: a filter's largest answer; `mean-max`: mean and maximum of its rectified answers. */
  pooling: z.enum(['max', 'mean-max']).default('max'),
  dropout: rate,
});

export const bertSpec = z.object({
  kind: z.literal('bert'),
  vocabularySize: size,
  hiddenSize: size,
  // As many as a checkpoint's configuration may say
  layers: size.max(1_000),
  heads: size,
  intermediateSize: size,
  maxPositions: size,
  /** 0: no token types, as DistilBERT. */
  typeVocabularySize: z.number().int().min(0),
  layerNormEpsilon: z.number().positive(),
  dropout: rate,
  /**
   * `cls`: BERT's own pooler (dense and tanh over the first token); `cls-relu`: DistilBERT's (dense and ReLU over the
   * first token); `mean`: the mean of all token states.
   */
  pooling: z.enum(['cls', 'cls-relu', 'mean']),
});

/** A weight for each n-gram: the baseline. */
export const linearSpec = z.object({ kind: z.literal('linear'), vocabularySize: size });

export const modelSpec = z.discriminatedUnion('kind', [linearSpec, gruSpec, cnnSpec, bertSpec]);

export type LinearSpec = z.infer<typeof linearSpec>;
export type GruSpec = z.infer<typeof gruSpec>;
export type CnnSpec = z.infer<typeof cnnSpec>;
export type BertSpec = z.infer<typeof bertSpec>;
export type ModelSpec = z.infer<typeof modelSpec>;

/** The longest text that a network reads, in tokens. */
export const positionsOf = (spec: ModelSpec): number => (spec.kind === 'bert' ? spec.maxPositions : Infinity);

/** @throws DistilleryError BAD_USER_INPUT where more tokens are asked for than there are positions */
export function checkPositions(maxTokens: number, positions: number): void {
  if (maxTokens <= positions) return;
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `maxTokens is ${maxTokens}, but this model has ${positions} positions. Ask for ${positions} at most.`,
    { maxTokens, limit: positions },
  );
}
