/** What a survey is asked to do: grids of students, each grid a question, all of them over the same seeds. */
import { z } from 'zod';
import { namePattern, nameRule } from '../names.ts';
import { distillationConfig, studentNetworks } from '../training/config.ts';

const { shape } = distillationConfig;
const name = z.string().regex(namePattern, `expected ${nameRule}`);

/** What a student learns from: labels alone, the teacher's soft targets, or labels once more after those. */
export const surveyTargets = ['scratch', 'soft', 'soft-then-hard'] as const;
export type SurveyTargets = (typeof surveyTargets)[number];

/** Settings that all runs of a survey, a grid or a network share; the closer one holds. */
export const surveyTraining = z.strictObject({
  epochs: shape.epochs.unwrap().optional(),
  batchSize: shape.batchSize.unwrap().optional(),
  learningRate: shape.learningRate.unwrap().optional(),
  warmup: shape.warmup.unwrap().optional(),
  weightDecay: shape.weightDecay.unwrap().optional(),
  clipNorm: shape.clipNorm.unwrap().optional(),
  dropout: shape.dropout.unwrap().optional(),
  wordDropout: shape.wordDropout.unwrap().optional(),
  maxTokens: shape.maxTokens.unwrap().optional(),
  vocabularySize: shape.vocabularySize.unwrap().optional(),
  embeddingSize: shape.embeddingSize.unwrap().optional(),
});
export type SurveyTraining = z.infer<typeof surveyTraining>;

const students = z
  .array(
    z.strictObject({
      network: z.enum(studentNetworks),
      sizes: z.array(z.number().int().min(1).max(9999)).min(1).max(32),
      /** For this network alone. */
      training: surveyTraining.default({}),
    }),
  )
  .min(1)
  .max(16);

/** So many labelled reviews, and for the runs that see nothing else as many epochs. */
const labelledAmount = z.strictObject({
  /** null: all of them. */
  reviews: shape.trainReviews,
  /** Few reviews need more passes; null: as many as the other runs take. */
  epochs: shape.epochs.unwrap().nullable().default(null),
});

const share = z.number().min(0).max(1);

/** A figure of a publication, to stand beside the measured one. */
const publishedFigure = z.strictObject({
  architecture: shape.architecture,
  targets: z.enum(surveyTargets),
  accuracy: share,
  precision: share.nullable().default(null),
  recall: share.nullable().default(null),
});

/**
 * The product of its axes. Of an axis with several values the first is the reference, which the others are compared
 * with. What means nothing to a run does not multiply it: training from scratch knows no temperature.
 */
export const surveyGrid = z.strictObject({
  name,
  /** What it is to answer, for a reader. */
  question: z.string().min(1).max(300),
  students,
  targets: z.array(z.enum(surveyTargets)).min(1).max(surveyTargets.length).default(['scratch', 'soft']),
  temperatures: z.array(shape.temperature.unwrap()).min(1).max(32).default([2]),
  hardLabelWeights: z.array(shape.hardLabelWeight.unwrap()).min(1).max(32).default([0]),
  labelled: z
    .array(labelledAmount)
    .min(1)
    .max(32)
    .default([{ reviews: null, epochs: null }]),
  /** Extra unlabelled reviews. */
  unlabelled: z.array(shape.unlabelledReviews.unwrap()).min(1).max(32).default([0]),
  /** Training reviews whose labels are not used are learnt from without them. */
  restUnlabelled: z.boolean().default(false),
  training: surveyTraining.default({}),
  published: z.array(publishedFigure).max(200).default([]),
});
export type SurveyGrid = z.infer<typeof surveyGrid>;

const seeds = z.array(shape.seed.unwrap()).min(1).max(100);
const grids = z
  .array(surveyGrid)
  .min(1)
  .max(32)
  .refine(
    (all) => new Set(all.map((grid) => grid.name)).size === all.length,
    'expected grids of different names',
  );

export const surveySpec = z.strictObject({
  /** The first part of the names of its models. */
  name: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9._]{0,23}$/,
      'expected 1 to 24 of a-z, 0-9, ".", "_", starting with a letter or digit',
    ),
  title: z.string().min(1).max(200),
  dataset: z.string(),
  /** A name, name@version or alias. */
  teacher: shape.teacher,
  /** Models that are measured beside the students, such as a baseline. */
  beside: z.array(z.string()).max(32).default([]),
  seeds: seeds.default([1, 2, 3]),
  training: surveyTraining.default({}),
  /** Of each run. With one, as many runs go on at once as there are cores, and any machine gets the same weights. */
  threads: shape.threads.unwrap().unwrap().default(1),
  /** Test reviews that are classified one by one for the latency of each model. */
  latencyReviews: z.number().int().min(20).max(10_000).default(200),
  grids,
});
export type SurveySpec = z.infer<typeof surveySpec>;

/** What is added to a survey that is there. */
export const surveyExtension = z.strictObject({
  seeds: seeds.optional(),
  grids: grids.optional(),
  beside: surveySpec.shape.beside.unwrap().optional(),
});
export type SurveyExtension = z.infer<typeof surveyExtension>;
