/** What a client asks of a survey. The rules and defaults are those of src/survey/spec.ts. */
import { Max, Min } from 'class-validator';
import { ArgsType, Field, Float, ID, InputType, Int } from 'type-graphql';
import { surveyGrid, surveySpec, surveyTraining } from '../../survey/spec.ts';
import { StudentNetwork, SurveyTargets } from '../enums.ts';
import { datasetDescription, setting } from '../run/setting.ts';

const training = (name: keyof typeof surveyTraining.shape, text: string) =>
  setting(surveyTraining, name, text);

@InputType({
  description:
    'Settings that trainings share, as in startDistillation, whose defaults hold for those that are not given.',
})
export class SurveyTrainingInput {
  @Field(() => Int, training('epochs', 'Passes over the reviews.'))
  epochs?: number | null;

  @Field(() => Int, training('batchSize', 'Reviews of one step.'))
  batchSize?: number | null;

  @Field(() => Float, training('learningRate', 'Peak learning rate.'))
  learningRate?: number | null;

  @Field(() => Float, training('warmup', 'Share of all steps spent warming up.'))
  warmup?: number | null;

  @Field(() => Float, training('weightDecay', 'Decoupled weight decay.'))
  weightDecay?: number | null;

  @Field(() => Float, training('clipNorm', 'Largest global norm of the gradients.'))
  clipNorm?: number | null;

  @Field(() => Float, training('dropout', 'Share of activations dropped while training.'))
  dropout?: number | null;

  @Field(() => Float, training('wordDropout', 'Share of whole words dropped while training.'))
  wordDropout?: number | null;

  @Field(() => Int, training('maxTokens', 'Tokens of a review that are read.'))
  maxTokens?: number | null;

  @Field(() => Int, training('vocabularySize', 'Words, taken from training reviews by frequency.'))
  vocabularySize?: number | null;

  @Field(() => Int, training('embeddingSize', 'Numbers that stand for a word.'))
  embeddingSize?: number | null;
}

@InputType({ description: 'A network in several sizes.' })
export class SurveyStudentsInput {
  @Field(() => StudentNetwork, { description: 'The network.' })
  network!: string;

  @Field(() => [Int], { description: 'Hidden sizes of a direction, or filters of a width. 1 to 9999.' })
  sizes!: number[];

  @Field(() => SurveyTrainingInput, { nullable: true, description: 'Settings of this network alone.' })
  training?: SurveyTrainingInput | null;
}

@InputType({ description: 'An amount of labelled reviews.' })
export class LabelledAmountInput {
  @Field(() => Int, { nullable: true, description: 'So many, drawn by the seed; all of them without it.' })
  reviews?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Passes of runs that see nothing else: few reviews need more of them.',
  })
  epochs?: number | null;
}

@InputType({ description: 'A figure of a publication, to stand beside the measured one.' })
export class PublishedFigureInput {
  @Field(() => String, { description: 'A network with its size, such as gru-64.' })
  architecture!: string;

  @Field(() => SurveyTargets, { description: 'What it learnt from.' })
  targets!: string;

  @Field(() => Float, { description: 'Between 0 and 1.' })
  accuracy!: number;

  @Field(() => Float, { nullable: true, description: 'Of the positive class, between 0 and 1.' })
  precision?: number | null;

  @Field(() => Float, { nullable: true, description: 'Of the positive class, between 0 and 1.' })
  recall?: number | null;
}

@InputType({
  description:
    'A question: the product of its axes. Of an axis with several values the first is what the others are compared with.',
})
export class SurveyGridInput {
  @Field(() => String, { description: 'Lower-case letters, digits, ".", "_" and "-".' })
  name!: string;

  @Field(() => String, { description: 'What the grid is to answer, for a reader.' })
  question!: string;

  @Field(() => [SurveyStudentsInput], { description: 'Networks and their sizes.' })
  students!: SurveyStudentsInput[];

  @Field(() => [SurveyTargets], {
    nullable: true,
    description: 'What students learn from. Default: from scratch and soft targets.',
  })
  targets?: string[] | null;

  @Field(() => [Float], setting(surveyGrid, 'temperatures', 'Temperatures of the soft targets.'))
  temperatures?: number[] | null;

  @Field(() => [Float], setting(surveyGrid, 'hardLabelWeights', 'Weights of the labels’ loss beside them.'))
  hardLabelWeights?: number[] | null;

  @Field(() => [LabelledAmountInput], {
    nullable: true,
    description: 'Amounts of labelled reviews. Default: all of them.',
  })
  labelled?: LabelledAmountInput[] | null;

  @Field(() => [Int], setting(surveyGrid, 'unlabelled', 'Amounts of extra unlabelled reviews.'))
  unlabelled?: number[] | null;

  @Field(
    () => Boolean,
    setting(
      surveyGrid,
      'restUnlabelled',
      'Training reviews beyond the labelled ones are used without labels.',
    ),
  )
  restUnlabelled?: boolean | null;

  @Field(() => SurveyTrainingInput, { nullable: true, description: 'Settings of this grid alone.' })
  training?: SurveyTrainingInput | null;

  @Field(() => [PublishedFigureInput], { nullable: true, description: 'Figures to stand beside.' })
  published?: PublishedFigureInput[] | null;
}

@InputType({
  description:
    'Grids of students over the same seeds. Students of one seed start from the same weights; runs that several grids ask for are made once.',
})
export class StartSurveyInput {
  @Field(() => String, {
    description: 'At most 24 letters, digits, "." and "_": its models’ names begin with it.',
  })
  name!: string;

  @Field(() => String, { description: 'For its report.' })
  title!: string;

  @Field(() => String, setting(surveySpec, 'dataset', datasetDescription))
  dataset!: string;

  @Field(() => String, setting(surveySpec, 'teacher', 'A name, name@version or alias.'))
  teacher?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Models that are measured beside the students, such as a baseline. At most 32.',
  })
  beside?: string[] | null;

  @Field(() => [Int], setting(surveySpec, 'seeds', 'Each trains every student once.'))
  seeds?: number[] | null;

  @Field(() => SurveyTrainingInput, { nullable: true, description: 'Settings of all runs.' })
  training?: SurveyTrainingInput | null;

  @Field(
    () => Int,
    setting(
      surveySpec,
      'threads',
      'Of each run. With one, as many runs go on at once as the server has threads for training, and every machine gets the same weights.',
    ),
  )
  threads?: number | null;

  @Field(() => Int, setting(surveySpec, 'latencyReviews', 'Test reviews that are timed for each model.'))
  latencyReviews?: number | null;

  @Field(() => [SurveyGridInput], { description: 'Its questions; 1 to 32.' })
  grids!: SurveyGridInput[];
}

@InputType({ description: 'What is added to a survey that has ended.' })
export class ExtendSurveyInput {
  @Field(() => [Int], { nullable: true, description: 'More seeds.' })
  seeds?: number[] | null;

  @Field(() => [SurveyGridInput], { nullable: true, description: 'More grids, of other names.' })
  grids?: SurveyGridInput[] | null;

  @Field(() => [String], { nullable: true, description: 'More models to measure beside the students.' })
  beside?: string[] | null;
}

@ArgsType()
export class SurveyArgs {
  @Field(() => ID, { description: 'The survey’s id, or its name.' })
  id!: string;
}

@ArgsType()
export class SurveyProgressArgs {
  @Field(() => ID, { description: 'The survey’s id, or its name.' })
  surveyId!: string;
}

@ArgsType()
export class DifferencesArgs {
  @Field(() => ID, { description: 'A run’s key in the survey.' })
  run!: string;

  @Field(() => Int, { defaultValue: 100, description: 'How many reviews; 1 to 1000.' })
  @Min(1)
  @Max(1000)
  first!: number;

  @Field(() => ID, { nullable: true, description: 'The identifier of the last review that was seen.' })
  after?: string | null;
}
