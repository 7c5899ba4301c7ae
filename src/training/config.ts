/** What a run is asked to do: one schema for each kind, with the defaults a newcomer should get. */
import { z } from 'zod';
import { defaultTailMargin, reportedPercentiles, samplesNeeded } from '../evaluation/samples.ts';
import { namePattern, nameRule } from '../names.ts';

const count = z.number().int().positive();
const name = z.string().regex(namePattern, `expected ${nameRule}`);

const optimisation = {
  epochs: z.number().int().min(1).max(1000),
  batchSize: z.number().int().min(1).max(4096),
  /** Peak learning rate: warms up linearly, then falls linearly to zero. */
  learningRate: z.number().positive().max(1),
  /** Share of all steps spent warming up. */
  warmup: z.number().min(0).max(1).default(0.1),
  weightDecay: z.number().min(0).max(1).default(0),
  /** Largest global norm of the gradients. */
  clipNorm: z.number().positive().default(1),
  dropout: z.number().min(0).lt(1),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  /** Tokens of a review that are read; longer ones keep head and tail. */
  maxTokens: z.number().int().min(8).max(512).default(256),
  /** Use only so many labelled training reviews (null: all of them). */
  trainReviews: count.nullable().default(null),
  /** Of this run (null: as many as the process gives to each). The same seed and threads give the same weights. */
  threads: z.number().int().min(1).max(256).nullable().default(null),
  /** Only a process whose engine trains on a GPU takes it. */
  gpu: z.boolean().default(false),
};

export const teacherConfig = z.object({
  kind: z.literal('teacher'),
  name: name.default('teacher'),
  dataset: z.string(),
  /** A checkpoint folder's name or a hub name (`owner/name`); null trains a small encoder from random weights. */
  checkpoint: z.string().nullable().default(null),
  /** A teacher to go on from, in place of a checkpoint: a second stage, with longer inputs or other reviews. */
  startFrom: z.string().nullable().default(null),
  /** The encoder that is trained where no checkpoint is given. */
  encoder: z
    .object({
      layers: count.max(48),
      hiddenSize: count.max(4096),
      heads: count.max(64),
      intermediateSize: count.max(16_384),
    })
    .refine(
      ({ hiddenSize, heads }) => hiddenSize % heads === 0,
      'expected hiddenSize to be a multiple of heads',
    )
    .default({ layers: 2, hiddenSize: 128, heads: 4, intermediateSize: 512 }),
  ...optimisation,
  epochs: optimisation.epochs.default(2),
  batchSize: optimisation.batchSize.default(32),
  learningRate: optimisation.learningRate.default(5e-5),
  weightDecay: optimisation.weightDecay.default(0.01),
  dropout: optimisation.dropout.default(0.1),
});

export const studentNetworks = ['gru', 'bigru', 'cnn', 'textcnn'] as const;
export type StudentNetwork = (typeof studentNetworks)[number];

const student = {
  name,
  dataset: z.string(),
  /** A network and its size: the hidden size of one direction, or the filters of one width. */
  architecture: z
    .string()
    .regex(
      new RegExp(`^(${studentNetworks.join('|')})-[1-9][0-9]{0,3}$`),
      `expected one of ${studentNetworks.join(', ')}, and a size, such as gru-64`,
    ),
  vocabularySize: z.number().int().min(100).max(200_000).default(20_000),
  embeddingSize: z.number().int().min(1).max(1024).default(64),
  ...optimisation,
  epochs: optimisation.epochs.default(3),
  batchSize: optimisation.batchSize.default(64),
  learningRate: optimisation.learningRate.default(1e-3),
  dropout: optimisation.dropout.default(0.2),
  /** Share of whole words that are dropped while training. */
  wordDropout: z.number().min(0).lt(1).default(0),
};

export const studentConfig = z.object({
  kind: z.literal('student'),
  ...student,
  /** A student to go on from; it must be of the same architecture. null: random weights. */
  startFrom: z.string().nullable().default(null),
});

export const distillationConfig = z.object({
  kind: z.literal('distillation'),
  ...student,
  /** A teacher's name, name@version or alias. */
  teacher: z.string().default('teacher'),
  /** More models that teach: their logits are averaged with the teacher's. */
  ensemble: z.array(z.string()).max(8).default([]),
  /** T of Hinton, Vinyals and Dean 2015 (arXiv 1503.02531); the survey used 2. */
  temperature: z.number().min(0.01).max(100).default(2),
  /** Weight of the hard-label loss, 0 (soft targets only) to 1. */
  hardLabelWeight: z.number().min(0).max(1).default(0),
  /** How many unlabelled reviews are added, with the teacher's soft targets. */
  unlabelledReviews: z.number().int().min(0).default(0),
  /** Training reviews beyond `trainReviews` are added as well, without their labels. */
  restUnlabelled: z.boolean().default(false),
  /** Epochs of training on hard labels after the soft targets. */
  hardLabelEpochs: z.number().int().min(0).max(1000).default(0),
});

/** NB-SVM over words and word pairs: what a student has to beat. */
export const baselineConfig = z.object({
  kind: z.literal('baseline'),
  name: name.default('nb-svm'),
  dataset: z.string(),
  /** N-grams that stand in fewer training reviews are left out. */
  smallestCount: count.default(2),
  /** C of the support vector machine. */
  cost: z.number().positive().max(1e6).default(1),
  /** How far weights may differ from their mean size: β of the paper, whose choice is 0.25. */
  interpolation: z.number().min(0).max(1).default(0.25),
  passes: count.max(1000).default(20),
  trainReviews: optimisation.trainReviews,
  seed: optimisation.seed,
});

/** A model that was made elsewhere: a classifier in Hugging Face's layout, an ONNX file, or an exported model. */
export const importConfig = z.object({
  kind: z.literal('import'),
  name,
  /** A checkpoint folder's name or a hub name (`owner/name`). */
  checkpoint: z.string().min(1).max(300),
  /** Tokens of a review that are read (null: 256, or the model's positions where they are fewer). */
  maxTokens: optimisation.maxTokens.unwrap().nullable().default(null),
  /** Measures the model on its validation reviews (null: no numbers). */
  dataset: z.string().nullable().default(null),
});

/** Makes an int8 model of a trained one; of its weights, only the classifier's change, to calibrate it. */
export const quantizationConfig = z.object({
  kind: z.literal('quantization'),
  /** A name, name@version or alias. */
  model: z.string(),
  name,
  /** Both models are measured on its validation reviews. */
  dataset: z.string(),
  /** How tables of embeddings are kept. */
  embeddings: z.enum(['int8', 'float16', 'float32']).default('int8'),
  /** Fits slope and offset of the logits on the validation reviews. */
  calibrate: z.boolean().default(true),
  /** Tokens of a review that the new model reads (null: as many as the old one). */
  maxTokens: optimisation.maxTokens.unwrap().nullable().default(null),
});

/** MLPerf's scenarios, and clients that each wait for their answer before they ask again. */
export const benchmarkScenarios = ['single-stream', 'offline', 'concurrency', 'server'] as const;
export type BenchmarkScenario = (typeof benchmarkScenarios)[number];

export const benchmarkConfig = z
  .object({
    kind: z.literal('benchmark'),
    /** Names, name@version or aliases. */
    models: z.array(z.string()).min(1).max(64),
    dataset: z.string(),
    split: z.enum(['validation', 'test']).default('test'),
    /** For accuracy and offline throughput (null: the whole split); the other scenarios draw from the same. */
    reviews: count.nullable().default(null),
    /** Offline is always measured: accuracy comes from its answers. */
    scenarios: z.array(z.enum(benchmarkScenarios)).default(['single-stream', 'offline']),
    /** Clients of the scenario concurrency, a measurement for each. */
    concurrencies: z.array(z.number().int().min(1).max(1024)).min(1).max(16).default([1, 4, 16, 64]),
    /** Arrivals a second of the scenario server, a measurement for each. */
    rates: z.array(z.number().positive().max(100_000)).max(32).default([]),
    /** The highest rate is searched for whose latency at `percentile` stays within it (null: none is). */
    latencyBoundMs: z.number().positive().max(600_000).nullable().default(null),
    percentile: z.literal(reportedPercentiles).default(99),
    /** How far a percentile may be off, as a share of the tail beyond it; MLPerf takes 1/20. */
    tailMargin: z.number().min(0.05).max(1).default(defaultTailMargin),
    /** Of each measurement but offline (null: as many as `percentile` and `tailMargin` need). */
    queries: z.number().int().min(1).max(1_000_000).nullable().default(null),
    /** As they serve, where they are not given: texts of a batch, worker threads, and threads of each worker's session. */
    batchSize: z.number().int().min(1).max(1024).nullable().default(null),
    workers: z.number().int().min(1).max(256).nullable().default(null),
    threads: optimisation.threads,
    seed: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1),
  })
  .refine(
    ({ scenarios, rates, latencyBoundMs }) =>
      !scenarios.includes('server') || rates.length > 0 || latencyBoundMs !== null,
    { path: ['rates'], message: 'expected rates or latencyBoundMs with the scenario SERVER' },
  )
  .refine(
    ({ latencyBoundMs, queries, percentile, tailMargin }) =>
      latencyBoundMs === null || queries === null || queries >= samplesNeeded(percentile, tailMargin),
    {
      path: ['queries'],
      message:
        'expected as many as percentile and tailMargin need, where a rate is searched for; leave it out',
    },
  );

/** Measures what the runs of a survey made, and draws its conclusions; the survey itself submits it. */
export const surveyConfig = z.object({
  kind: z.literal('survey'),
  survey: z.uuid(),
  dataset: z.string(),
  /** The teacher, what is measured beside, and the model of each run that succeeded. */
  models: z.array(z.string()).min(1),
  threads: optimisation.threads,
});

export const runConfig = z.discriminatedUnion('kind', [
  baselineConfig,
  teacherConfig,
  studentConfig,
  distillationConfig,
  importConfig,
  quantizationConfig,
  benchmarkConfig,
  surveyConfig,
]);

export const wantsGpu = (config: RunConfig): boolean => 'gpu' in config && config.gpu;

export type TeacherConfig = z.infer<typeof teacherConfig>;
export type StudentConfig = z.infer<typeof studentConfig>;
export type DistillationConfig = z.infer<typeof distillationConfig>;
export type BaselineConfig = z.infer<typeof baselineConfig>;
export type ImportConfig = z.infer<typeof importConfig>;
export type QuantizationConfig = z.infer<typeof quantizationConfig>;
export type BenchmarkConfig = z.infer<typeof benchmarkConfig>;
export type SurveyConfig = z.infer<typeof surveyConfig>;
export type RunConfig = z.infer<typeof runConfig>;
