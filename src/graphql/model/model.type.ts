/** A version of a model as clients see it: its card, its files' size and its aliases. */
import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { ModelCard } from '../../models/card.ts';
import type { ModelVersion } from '../../models/registry.ts';
import { connectionType } from '../connection.ts';
import { Method } from '../enums.ts';
import { ModelLatency } from './latency.type.ts';

@ObjectType({
  description: 'How good the answers of a model were on some reviews. All but reviews lie between 0 and 1.',
})
export class ClassificationMetrics {
  @Field(() => Int, { description: 'Reviews that were classified.' })
  reviews!: number;

  @Field(() => Float, { description: 'Share of right answers.' })
  accuracy!: number;

  @Field(() => Float, { description: 'Share of truly positive reviews among those called positive.' })
  precision!: number;

  @Field(() => Float, { description: 'Share of the positive reviews that were found.' })
  recall!: number;

  @Field(() => Float, { description: 'Harmonic mean of precision and recall.' })
  f1!: number;

  @Field(() => Float, { description: 'Expected calibration error over 15 bins of confidence; 0 is perfect.' })
  calibrationError!: number;
}

@ObjectType({ description: 'Metrics by the part of the dataset that they were measured on.' })
export class ModelMetrics {
  @Field(() => ClassificationMetrics, { nullable: true, description: 'On reviews kept out of training.' })
  validation!: ClassificationMetrics | null;

  @Field(() => ClassificationMetrics, { nullable: true, description: 'On the test reviews.' })
  test!: ClassificationMetrics | null;
}

@ObjectType({ description: 'What turns a text into token ids.' })
export class ModelTokenizer {
  @Field(() => String, { description: 'wordpiece or word.' })
  kind!: string;

  @Field(() => Int, { description: 'Entries, padding and unknown included.' })
  vocabularySize!: number;
}

@ObjectType({ description: 'The data that a model learnt from.' })
export class TrainingDataset {
  @Field(() => String, { description: 'The dataset’s name.' })
  name!: string;

  @Field(() => String, { description: 'SHA-256 over its content: equal content, equal fingerprint.' })
  fingerprint!: string;
}

@ObjectType({
  description: 'One version of a model. The numbers are those of its card, which travels with its files.',
})
export class Model {
  @Field(() => ID, { description: 'name@version: always means this version.' })
  reference!: string;

  @Field(() => String, { description: 'The name; without a version it means the newest one.' })
  name!: string;

  @Field(() => Int, { description: '1, 2, 3, … for each name.' })
  version!: number;

  @Field(() => [String], {
    description:
      'Aliases that point here now. The server moves two by itself: teacher to the newest teacher, and best-student to ' +
      'the best on validation reviews among the students of the dataset that a student was trained on last.',
  })
  aliases!: string[];

  @Field(() => String, { description: 'The network with its size, such as gru-64 or bert-6x384.' })
  architecture!: string;

  @Field(() => Method, { description: 'How it was made.' })
  method!: string;

  @Field(() => Int, { description: 'Trained numbers.' })
  parameters!: number;

  @Field(() => Float, { description: 'Bytes of model.onnx.' })
  fileBytes!: number;

  @Field(() => Int, { description: 'Tokens of a text that are read; of a longer one, head and tail.' })
  maxTokens!: number;

  @Field(() => ModelTokenizer, { description: 'Its tokenizer.' })
  tokenizer!: ModelTokenizer;

  @Field(() => TrainingDataset, { description: 'What it was trained on.' })
  dataset!: TrainingDataset;

  @Field(() => String, {
    nullable: true,
    description: 'The teacher that it was distilled from, as name@version.',
  })
  parentTeacher!: string | null;

  @Field(() => Float, { nullable: true, description: 'Temperature of its distillation.' })
  temperature!: number | null;

  @Field(() => Int, { description: 'Seed of its weights, its dropout and the order of its batches.' })
  seed!: number;

  @Field(() => String, { description: 'The engine that trained it.' })
  engine!: string;

  @Field(() => ModelMetrics, { description: 'How good it was when its training ended.' })
  metrics!: ModelMetrics;

  @Field(() => ModelLatency, { nullable: true, description: 'How fast it was when its training ended.' })
  latency!: ModelLatency | null;

  @Field(() => GraphQLJSONObject, { description: 'All sizes of the network.' })
  spec!: Record<string, unknown>;

  @Field(() => GraphQLJSONObject, { description: 'The configuration of the run that made it.' })
  training!: Record<string, unknown>;

  @Field(() => String, { nullable: true, description: 'Where its pretrained weights came from.' })
  origin!: string | null;

  @Field(() => String, { nullable: true, description: 'The licence of its pretrained weights.' })
  licence!: string | null;

  @Field(() => Date, { description: 'When it was published.' })
  createdAt!: Date;
}

export const ModelConnection = connectionType(Model, 'Model');

export const referenceOf = ({ name, version }: Pick<ModelCard, 'name' | 'version'>) => `${name}@${version}`;

export function toModel({ card, sizeBytes, aliases, createdAt }: ModelVersion): Model {
  return { ...card, reference: referenceOf(card), aliases, fileBytes: sizeBytes, createdAt };
}
