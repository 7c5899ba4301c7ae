/** The model card: `card.json` in every model folder, and the numbers that travel with a model. */
import { z } from 'zod';
import { modelSpec } from './spec.ts';

export const classificationMetrics = z.object({
  reviews: z.number().int(),
  accuracy: z.number(),
  /** 95 % interval of the accuracy over reviews like these; cards of earlier releases lack it. */
  accuracyInterval: z.object({ low: z.number(), high: z.number() }).optional(),
  /** Precision, recall and F1 of the positive class. */
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  /** Expected calibration error over 15 equal-width bins of confidence (Guo et al. 2017, arXiv 1706.04599). */
  calibrationError: z.number(),
});

/** null where there were too few samples for it; cards of earlier releases have a number there. */
const percentileMs = z.number().nullable();

/** Milliseconds for one review at a time, and reviews a second in batches. */
export const latency = z.object({
  samples: z.number().int(),
  p50Ms: percentileMs,
  p90Ms: percentileMs.default(null),
  p95Ms: percentileMs,
  p99Ms: percentileMs,
  meanMs: z.number(),
  reviewsPerSecond: z.number(),
  threads: z.number().int(),
  machine: z.string(),
});

/** How an int8 model was made of a float32 one, and what that cost. */
const quantization = z.object({
  /** name@version of the float32 model. */
  model: z.string(),
  /** What was done to matrices and to embeddings, in words. */
  weights: z.string(),
  embeddings: z.string(),
  /** Both models on the same validation reviews. */
  dataset: z.object({ name: z.string(), fingerprint: z.string() }),
  reviews: z.number().int(),
  accuracyBefore: z.number(),
  accuracyAfter: z.number(),
  /** Share of the reviews to which both give the same answer. */
  agreement: z.number(),
  /** Of `model.onnx`. */
  bytesBefore: z.number().int(),
  bytesAfter: z.number().int(),
});

/** Slope and offset that the difference of the logits was given, so that probabilities mean what they say. */
const calibration = z.object({
  slope: z.number(),
  offset: z.number(),
  /** Fitted on its validation reviews, and measured on the same. */
  dataset: z.object({ name: z.string(), fingerprint: z.string() }),
  reviews: z.number().int(),
  /** Expected calibration errors. */
  errorBefore: z.number(),
  errorAfter: z.number(),
  accuracyBefore: z.number(),
  accuracyAfter: z.number(),
});

/** The tensors of `model.onnx`, for whoever runs it elsewhere: each name with its type, shape and meaning. */
const signature = z.object({
  inputs: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
});

const inputMeanings: Readonly<Record<string, string>> = {
  ids: 'int32 [batch, length]: token ids, 0 is padding',
  input_ids: 'int64 [batch, length]: token ids',
  attention_mask: 'int64 [batch, length]: 1 for a token, 0 for padding',
  token_type_ids: 'int64 [batch, length]: 0',
};

/** @param inputs names of the graph's inputs, ours or those of Hugging Face's exports */
export function signatureOf(inputs: readonly string[]): z.infer<typeof signature> {
  return {
    inputs: Object.fromEntries(inputs.map((name) => [name, inputMeanings[name] ?? 'unknown'])),
    outputs: { logits: 'float32 [batch, 2]: negative, positive' },
  };
}

/** Of a text: more than any model reads, n-grams included, and few enough to try a model out with. */
const mostTokens = 10_000;

export const modelCard = z.object({
  name: z.string(),
  version: z.number().int().positive(),
  /** A short name of the network with its size: `gru-64`, `cnn-128`, `bert-6x384`. */
  architecture: z.string(),
  /** null where only its graph is known: it was made elsewhere. */
  spec: modelSpec.nullable(),
  signature: signature.default(() => signatureOf(['ids'])),
  parameters: z.number().int(),
  maxTokens: z.number().int().positive().max(mostTokens),
  tokenizer: z.object({ kind: z.enum(['wordpiece', 'word', 'ngram']), vocabularySize: z.number().int() }),
  /** What it was trained on; of a model that was made elsewhere, what it was measured on, if it was. */
  dataset: z.object({ name: z.string(), fingerprint: z.string() }).nullable(),
  /** How it was made; `training` is the run's configuration as it was given. */
  method: z.enum(['teacher', 'scratch', 'distilled', 'baseline']),
  /** name@version; of an ensemble several, joined by ` + `. */
  parentTeacher: z.string().nullable(),
  temperature: z.number().nullable(),
  /** null where it was made elsewhere. */
  seed: z.number().int().nullable(),
  training: z.record(z.string(), z.unknown()),
  /** null where it was made elsewhere. */
  engine: z.string().nullable(),
  metrics: z.object({
    validation: classificationMetrics.nullable(),
    test: classificationMetrics.nullable(),
  }),
  /** Of the served file, tokenising included, on the machine that trained it. */
  latency: latency.nullable().default(null),
  /** Of the weights in `model.onnx`. */
  precision: z.enum(['float32', 'float16', 'int8']).default('float32'),
  quantization: quantization.nullable().default(null),
  calibration: calibration.nullable().default(null),
  /** Where the pretrained start came from and its licence, if there was one. */
  origin: z.string().nullable(),
  licence: z.string().nullable(),
  createdAt: z.string(),
});

export type ClassificationMetrics = z.infer<typeof classificationMetrics>;
export type ModelCard = z.infer<typeof modelCard>;

/** Files of a model folder, `<dataDirectory>/models/<name>/<version>/`. */
export const modelFiles = {
  /** `ids` int32 [batch, length] → `logits` float32 [batch, 2]; a zero id is padding. Imported ones may take Hugging Face's inputs. */
  graph: 'model.onnx',
  weights: 'weights.safetensors',
  tokenizer: 'tokenizer.json',
  card: 'card.json',
} as const;
