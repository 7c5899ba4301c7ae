/** The model card: `card.json` in every model folder, and the numbers that travel with a model. */
import { z } from 'zod';
import { modelSpec } from './spec.ts';

export const classificationMetrics = z.object({
  reviews: z.number().int(),
  accuracy: z.number(),
  /** Precision, recall and F1 of the positive class. */
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  /** Expected calibration error over 15 equal-width bins of confidence (Guo et al. 2017, arXiv 1706.04599). */
  calibrationError: z.number(),
});

/** Milliseconds for one review at a time, and reviews a second in batches. */
const latency = z.object({
  samples: z.number().int(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  meanMs: z.number(),
  reviewsPerSecond: z.number(),
  threads: z.number().int(),
  machine: z.string(),
});

export const modelCard = z.object({
  name: z.string(),
  version: z.number().int().positive(),
  /** A short name of the network with its size: `gru-64`, `cnn-128`, `bert-6x384`. */
  architecture: z.string(),
  spec: modelSpec,
  parameters: z.number().int(),
  maxTokens: z.number().int(),
  tokenizer: z.object({ kind: z.enum(['wordpiece', 'word']), vocabularySize: z.number().int() }),
  dataset: z.object({ name: z.string(), fingerprint: z.string() }),
  /** How it was made; `training` is the run's configuration as it was given. */
  method: z.enum(['teacher', 'scratch', 'distilled']),
  parentTeacher: z.string().nullable(),
  temperature: z.number().nullable(),
  seed: z.number().int(),
  training: z.record(z.string(), z.unknown()),
  engine: z.string(),
  metrics: z.object({
    validation: classificationMetrics.nullable(),
    test: classificationMetrics.nullable(),
  }),
  /** Of the served file, tokenising included, on the machine that trained it. */
  latency: latency.nullable(),
  /** Where the pretrained start came from and its licence, if there was one. */
  origin: z.string().nullable(),
  licence: z.string().nullable(),
  createdAt: z.string(),
});

export type ClassificationMetrics = z.infer<typeof classificationMetrics>;
export type ModelCard = z.infer<typeof modelCard>;

/** Files of a model folder, `<dataDirectory>/models/<name>/<version>/`. */
export const modelFiles = {
  /** `ids` int32 [batch, length] → `logits` float32 [batch, 2]; a zero id is padding. */
  graph: 'model.onnx',
  weights: 'weights.safetensors',
  tokenizer: 'tokenizer.json',
  card: 'card.json',
} as const;
