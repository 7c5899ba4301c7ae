/** What a client asks of a training. The rules and defaults are those of src/training/config.ts. */
import { Field, Float, InputType, Int, type ClassType } from 'type-graphql';
import type { z } from 'zod';
import { baselineConfig, distillationConfig, studentConfig, teacherConfig } from '../../training/config.ts';
import { datasetDescription, setting } from './setting.ts';

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
  threads?: number | null;
  gpu?: boolean | null;
}

interface Student extends Optimisation {
  name: string;
  dataset: string;
  architecture: string;
  vocabularySize?: number | null;
  embeddingSize?: number | null;
  wordDropout?: number | null;
}

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

    @Field(
      () => Int,
      setting(
        schema,
        'threads',
        'Threads of this run; as many as the server gives to each without it. Equal seeds and threads, equal weights.',
      ),
    )
    threads?: number | null;

    @Field(
      () => Boolean,
      setting(
        schema,
        'gpu',
        'Only a worker that trains on a GPU takes the run; it waits where there is none.',
      ),
    )
    gpu?: boolean | null;
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
export class StartStudentTrainingInput extends studentInput(studentConfig) {
  @Field(
    () => String,
    setting(
      studentConfig,
      'startFrom',
      'A student of the same architecture to go on from (name, name@version or alias), such as a distilled one; its vocabulary and embeddings stay.',
    ),
  )
  startFrom?: string | null;
}

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
    () => Boolean,
    setting(
      distillationConfig,
      'restUnlabelled',
      'Training reviews beyond trainReviews are learnt from as well, without their labels.',
    ),
  )
  restUnlabelled?: boolean | null;

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
