/** What a client asks of a run. The rules and defaults are those of src/training/config.ts. */
import { IsIn } from 'class-validator';
import { ArgsType, Field, Float, ID, InputType, Int, type ClassType } from 'type-graphql';
import type { z } from 'zod';
import type { RunState as State } from '../../progress/progress.ts';
import {
  baselineConfig,
  benchmarkConfig,
  distillationConfig,
  importConfig,
  quantizationConfig,
  studentConfig,
  teacherConfig,
  type RunConfig,
} from '../../training/config.ts';
import { ConnectionArgs } from '../connection.ts';
import { BenchmarkSplit, EmbeddingPrecision, RunKind, RunState } from '../enums.ts';
import { setting } from './setting.ts';

interface Optimisation {
  epochs?: number | null;
  batchSize?: number | null;
  learningRate?: number | null;
  warmup?: number | null;
  weightDecay?: number | null;
  clipNorm?: number | null;
  dropout?: number | null;
  seed?: number | null;
  maxTokens?: number | null;
  trainReviews?: number | null;
}

interface Student extends Optimisation {
  name: string;
  dataset: string;
  architecture: string;
  vocabularySize?: number | null;
  embeddingSize?: number | null;
  wordDropout?: number | null;
}

const datasetDescription = 'A dataset’s name: imdb, sample, or one that was imported.';

function optimisationInput(schema: z.ZodObject): ClassType<Optimisation> {
  @InputType()
  class OptimisationInput implements Optimisation {
    @Field(() => Int, setting(schema, 'epochs', 'Passes over the training reviews.'))
    epochs?: number | null;

    @Field(() => Int, setting(schema, 'batchSize', 'Reviews of one step.'))
    batchSize?: number | null;

    @Field(() => Float, setting(schema, 'learningRate', 'Peak learning rate: warms up and falls linearly.'))
    learningRate?: number | null;

    @Field(() => Float, setting(schema, 'warmup', 'Share of all steps spent warming up.'))
    warmup?: number | null;

    @Field(() => Float, setting(schema, 'weightDecay', 'Decoupled weight decay.'))
    weightDecay?: number | null;

    @Field(() => Float, setting(schema, 'clipNorm', 'Largest global norm of the gradients.'))
    clipNorm?: number | null;

    @Field(() => Float, setting(schema, 'dropout', 'Share of activations dropped while training.'))
    dropout?: number | null;

    @Field(
      () => Int,
      setting(schema, 'seed', 'Seed of weights, dropout and batches: equal seeds, equal initial weights.'),
    )
    seed?: number | null;

    @Field(
      () => Int,
      setting(schema, 'maxTokens', 'Tokens of a review that are read; longer ones keep head and tail.'),
    )
    maxTokens?: number | null;

    @Field(
      () => Int,
      setting(schema, 'trainReviews', 'Train on so many labelled reviews only; all of them without it.'),
    )
    trainReviews?: number | null;
  }
  return OptimisationInput;
}

function studentInput(schema: z.ZodObject): ClassType<Student> {
  @InputType()
  class StudentInput extends optimisationInput(schema) implements Student {
    @Field(
      () => String,
      setting(schema, 'name', 'The name to publish under; an existing one gets a new version.'),
    )
    name!: string;

    @Field(() => String, setting(schema, 'dataset', datasetDescription))
    dataset!: string;

    @Field(
      () => String,
      setting(
        schema,
        'architecture',
        'gru-<hidden size> or cnn-<filters>, such as gru-64; or the stronger and slower bigru-<hidden size of a direction> and textcnn-<filters of a width>.',
      ),
    )
    architecture!: string;

    @Field(() => Int, setting(schema, 'vocabularySize', 'Words, taken from training reviews by frequency.'))
    vocabularySize?: number | null;

    @Field(() => Int, setting(schema, 'embeddingSize', 'Numbers that stand for a word.'))
    embeddingSize?: number | null;

    @Field(() => Float, setting(schema, 'wordDropout', 'Share of whole words dropped while training.'))
    wordDropout?: number | null;
  }
  return StudentInput;
}

@InputType({ description: 'The encoder of a teacher without a pretrained checkpoint.' })
export class EncoderInput {
  @Field(() => Int, { description: 'Encoder layers.' })
  layers!: number;

  @Field(() => Int, { description: 'Width; a multiple of heads.' })
  hiddenSize!: number;

  @Field(() => Int, { description: 'Attention heads of a layer.' })
  heads!: number;

  @Field(() => Int, { description: 'Width inside the feed-forward part.' })
  intermediateSize!: number;
}

@InputType({ description: 'Fine-tunes a BERT encoder as a teacher.' })
export class StartTeacherTrainingInput extends optimisationInput(teacherConfig) {
  @Field(
    () => String,
    setting(teacherConfig, 'name', 'The name to publish under; an existing one gets a new version.'),
  )
  name?: string | null;

  @Field(() => String, setting(teacherConfig, 'dataset', datasetDescription))
  dataset!: string;

  @Field(
    () => String,
    setting(
      teacherConfig,
      'checkpoint',
      'A checkpoint folder’s name or a hub name (owner/name); random weights without it.',
    ),
  )
  checkpoint?: string | null;

  @Field(
    () => String,
    setting(
      teacherConfig,
      'startFrom',
      'A teacher to go on from in place of a checkpoint (name, name@version or alias): a second stage, with longer inputs or other reviews.',
    ),
  )
  startFrom?: string | null;

  @Field(
    () => EncoderInput,
    setting(teacherConfig, 'encoder', 'What is trained where no checkpoint is given.'),
  )
  encoder?: EncoderInput | null;
}

@InputType({ description: 'Trains a student on labels alone.' })
export class StartStudentTrainingInput extends studentInput(studentConfig) {}

@InputType({
  description:
    'Trains a student on a teacher’s soft targets (arXiv 1503.02531). With the settings and seed of a student from scratch it starts from the same weights.',
})
export class StartDistillationInput extends studentInput(distillationConfig) {
  @Field(() => String, setting(distillationConfig, 'teacher', 'A name, name@version or alias.'))
  teacher?: string | null;

  @Field(
    () => [String],
    setting(
      distillationConfig,
      'ensemble',
      'More teachers, or baselines, whose logits are averaged with the teacher’s: together they know more than each. At most 8.',
    ),
  )
  ensemble?: string[] | null;

  @Field(() => Float, setting(distillationConfig, 'temperature', 'Softens the teacher’s probabilities.'))
  temperature?: number | null;

  @Field(
    () => Float,
    setting(distillationConfig, 'hardLabelWeight', 'Weight of the labels’ loss; 0 is soft targets only.'),
  )
  hardLabelWeight?: number | null;

  @Field(
    () => Int,
    setting(distillationConfig, 'unlabelledReviews', 'Unlabelled reviews to learn from as well.'),
  )
  unlabelledReviews?: number | null;

  @Field(
    () => Int,
    setting(distillationConfig, 'hardLabelEpochs', 'Epochs on labels after those on soft targets.'),
  )
  hardLabelEpochs?: number | null;
}

@InputType({
  description: 'Trains NB-SVM, a linear model over words and word pairs that a student has to beat.',
})
export class StartBaselineInput {
  @Field(() => String, setting(baselineConfig, 'name', 'The name to publish under.'))
  name?: string | null;

  @Field(() => String, setting(baselineConfig, 'dataset', datasetDescription))
  dataset!: string;

  @Field(
    () => Int,
    setting(baselineConfig, 'smallestCount', 'N-grams in fewer training reviews are left out.'),
  )
  smallestCount?: number | null;

  @Field(() => Float, setting(baselineConfig, 'cost', 'C of the support vector machine.'))
  cost?: number | null;

  @Field(
    () => Float,
    setting(baselineConfig, 'interpolation', 'How far weights may differ from their mean size.'),
  )
  interpolation?: number | null;

  @Field(() => Int, setting(baselineConfig, 'passes', 'Passes over the training reviews.'))
  passes?: number | null;

  @Field(() => Int, setting(baselineConfig, 'trainReviews', 'Train on so many labelled reviews only.'))
  trainReviews?: number | null;

  @Field(() => Int, setting(baselineConfig, 'seed', 'Seed of the order of the reviews.'))
  seed?: number | null;
}

@InputType({
  description:
    'Brings in a model that was made elsewhere: a BERT or DistilBERT classifier in Hugging Face’s layout, an ONNX file, or a model that Distillery exported.',
})
export class ImportModelInput {
  @Field(
    () => String,
    setting(importConfig, 'name', 'The name to publish under; an existing one gets a new version.'),
  )
  name!: string;

  @Field(
    () => String,
    setting(
      importConfig,
      'checkpoint',
      'A folder’s name in the checkpoint directories, or a hub name (owner/name).',
    ),
  )
  checkpoint!: string;

  @Field(
    () => Int,
    setting(
      importConfig,
      'maxTokens',
      'Tokens of a review that are read; 256 without it, or the model’s positions where they are fewer.',
    ),
  )
  maxTokens?: number | null;

  @Field(
    () => String,
    setting(importConfig, 'dataset', 'Measures accuracy and latency on its validation reviews.'),
  )
  dataset?: string | null;
}

@InputType({
  description:
    'Makes a calibrated int8 model of a trained one: a quarter of its size and, of an encoder, faster.',
})
export class QuantizeModelInput {
  @Field(() => String, setting(quantizationConfig, 'model', 'Name, name@version or alias.'))
  model!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The name to publish under; the model’s own with -int8 where none is given.',
  })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The dataset on whose validation reviews both models are measured; by default the model’s own.',
  })
  dataset?: string | null;

  @Field(
    () => EmbeddingPrecision,
    setting(quantizationConfig, 'embeddings', 'How tables of embeddings are kept.'),
  )
  embeddings?: string | null;

  @Field(
    () => Boolean,
    setting(
      quantizationConfig,
      'calibrate',
      'Scales the logits so that, on the validation reviews, probabilities mean what they say (Platt scaling).',
    ),
  )
  calibrate?: boolean | null;

  @Field(
    () => Int,
    setting(
      quantizationConfig,
      'maxTokens',
      'Tokens of a review that the new model reads; as many as the old one without it.',
    ),
  )
  maxTokens?: number | null;
}

@InputType({ description: 'Measures models on the same reviews: accuracy beside latency.' })
export class StartBenchmarkInput {
  @Field(() => [String], setting(benchmarkConfig, 'models', 'Names, name@version or aliases; 1 to 64.'))
  models!: string[];

  @Field(() => String, setting(benchmarkConfig, 'dataset', datasetDescription))
  dataset!: string;

  @Field(() => BenchmarkSplit, setting(benchmarkConfig, 'split', 'The part of the dataset.'))
  split?: string | null;

  @Field(() => Int, setting(benchmarkConfig, 'reviews', 'Reviews for accuracy; the whole part without it.'))
  reviews?: number | null;

  @Field(() => Int, setting(benchmarkConfig, 'latencyReviews', 'Reviews that are timed.'))
  latencyReviews?: number | null;

  @Field(() => Int, setting(benchmarkConfig, 'batchSize', 'Reviews of a batch when measuring throughput.'))
  batchSize?: number | null;

  @Field(
    () => Int,
    setting(benchmarkConfig, 'threads', 'Threads of a session; those of training without it.'),
  )
  threads?: number | null;

  @Field(() => Int, setting(benchmarkConfig, 'seed', 'Chooses the reviews where not all are taken.'))
  seed?: number | null;
}

@ArgsType()
export class RunsArgs extends ConnectionArgs {
  @Field(() => RunState, { nullable: true, description: 'Only runs in this state.' })
  @IsIn(Object.values(RunState))
  state?: State | null;

  @Field(() => RunKind, { nullable: true, description: 'Only runs of this kind.' })
  @IsIn(Object.values(RunKind))
  kind?: RunConfig['kind'] | null;
}

@ArgsType()
export class RunArgs {
  @Field(() => ID, { description: 'The run’s id.' })
  id!: string;
}

@ArgsType()
export class RunIdArgs {
  @Field(() => ID, { description: 'The run’s id.' })
  runId!: string;
}
