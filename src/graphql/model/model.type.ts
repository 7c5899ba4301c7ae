/** A version of a model as clients see it: its card, its files' size and its aliases. */
import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { ModelVersion } from '../../models/registry.ts';
import { connectionType } from '../connection.ts';
import { Method, Precision } from '../enums.ts';
import { ModelLatency } from './latency.type.ts';
import { referenceOf } from '../../names.ts';

@ObjectType({ description: 'A range that holds the true value in 95 of 100 repetitions.' })
export class Interval {
  @Field(() => Float, { description: 'Its lower end.' })
  low!: number;

  @Field(() => Float, { description: 'Its upper end.' })
  high!: number;
}

@ObjectType({
  description: 'How good the answers of a model were on some reviews. All but reviews lie between 0 and 1.',
})
export class ClassificationMetrics {
  @Field(() => Int, { description: 'Reviews that were classified.' })
  reviews!: number;

  @Field(() => Float, { description: 'Share of right answers.' })
  accuracy!: number;

  @Field(() => Interval, {
    nullable: true,
    description: 'Where the accuracy over many more reviews like these would lie (Wilson, 95 %).',
  })
  accuracyInterval?: Interval | null;

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
  @Field(() => String, { description: 'wordpiece, word or ngram.' })
  kind!: string;

  @Field(() => Int, { description: 'Entries, padding and unknown included.' })
  vocabularySize!: number;
}

@ObjectType({ description: 'The data that a model learnt from, or was measured on.' })
export class TrainingDataset {
  @Field(() => String, { description: 'The dataset’s name.' })
  name!: string;

  @Field(() => String, { description: 'SHA-256 over its content: equal content, equal fingerprint.' })
  fingerprint!: string;
}

@ObjectType({ description: 'How an int8 model was made of a float32 one, and what that cost.' })
export class Quantization {
  @Field(() => ID, { description: 'The float32 model, as name@version.' })
  model!: string;

  @Field(() => String, { description: 'What was done to its matrices.' })
  weights!: string;

  @Field(() => String, { description: 'What was done to its tables of embeddings.' })
  embeddings!: string;

  @Field(() => TrainingDataset, { description: 'Both were measured on its validation reviews.' })
  dataset!: TrainingDataset;

  @Field(() => Int, { description: 'Reviews that both have classified.' })
  reviews!: number;

  @Field(() => Float, { description: 'The float32 model’s share of right answers.' })
  accuracyBefore!: number;

  @Field(() => Float, { description: 'The int8 model’s.' })
  accuracyAfter!: number;

  @Field(() => Float, { description: 'Share of the reviews to which both give the same answer.' })
  agreement!: number;

  @Field(() => Float, { description: 'Bytes of the float32 model.onnx.' })
  bytesBefore!: number;

  @Field(() => Float, { description: 'Bytes of the int8 model.onnx.' })
  bytesAfter!: number;
}

@ObjectType({
  description:
    'Slope and offset that the difference of a model’s logits was given, so that its probabilities mean what they say.',
})
export class Calibration {
  @Field(() => Float, { description: 'What the difference of the logits was multiplied by.' })
  slope!: number;

  @Field(() => Float, { description: 'What was added to the difference then.' })
  offset!: number;

  @Field(() => TrainingDataset, { description: 'Fitted, and measured, on its validation reviews.' })
  dataset!: TrainingDataset;

  @Field(() => Int, { description: 'How many reviews that was.' })
  reviews!: number;

  @Field(() => Float, { description: 'Expected calibration error before.' })
  errorBefore!: number;

  @Field(() => Float, { description: 'Expected calibration error after.' })
  errorAfter!: number;

  @Field(() => Float, { description: 'Share of right answers before.' })
  accuracyBefore!: number;

  @Field(() => Float, { description: 'Share of right answers after.' })
  accuracyAfter!: number;
}

@ObjectType({
  simpleResolvers: true,
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

  @Field(() => TrainingDataset, {
    nullable: true,
    description: 'What it was trained on. Of a model that was imported: what it was measured on, if it was.',
  })
  dataset!: TrainingDataset | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The teacher that it was distilled from, as name@version; of an ensemble all of them, joined by +.',
  })
  parentTeacher!: string | null;

  @Field(() => Float, { nullable: true, description: 'Temperature of its distillation.' })
  temperature!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Seed of its weights, its dropout and the order of its batches; null where it was made elsewhere.',
  })
  seed!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'The engine that trained it; null where it was made elsewhere.',
  })
  engine!: string | null;

  @Field(() => ModelMetrics, { description: 'How good it was when its training ended.' })
  metrics!: ModelMetrics;

  @Field(() => ModelLatency, { nullable: true, description: 'How fast it was when its training ended.' })
  latency!: ModelLatency | null;

  @Field(() => Precision, { description: 'Of the weights in its file.' })
  precision!: string;

  @Field(() => Quantization, {
    nullable: true,
    description: 'How it was made of a float32 model, if it was: quantizeModel does that.',
  })
  quantization!: Quantization | null;

  @Field(() => Calibration, {
    nullable: true,
    description: 'How its probabilities were made to mean what they say; null where they were not.',
  })
  calibration!: Calibration | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'All sizes of the network; null of an imported ONNX file, of which only the graph is known.',
  })
  spec!: Record<string, unknown> | null;

  @Field(() => GraphQLJSONObject, { description: 'The configuration of the run that made it.' })
  training!: Record<string, unknown>;

  @Field(() => String, { nullable: true, description: 'Where its pretrained weights came from.' })
  origin!: string | null;

  @Field(() => String, { nullable: true, description: 'The licence of its pretrained weights.' })
  licence!: string | null;

  @Field(() => String, {
    description:
      'Where its files (model.onnx, tokenizer.json, card.json) are to be had from this server, as a tar: a path to GET.',
  })
  downloadPath!: string;

  @Field(() => Date, { description: 'When it was published.' })
  createdAt!: Date;
}

export const ModelConnection = connectionType(Model, 'Model');

/** Versions are kept for long, and a model of theirs is wanted with each answer. */
const modelsOfVersions = new WeakMap<ModelVersion, Model>();

export function toModel(version: ModelVersion): Model {
  const known = modelsOfVersions.get(version);
  if (known) return known;
  const { card, sizeBytes, aliases, createdAt } = version;
  const reference = referenceOf(card);
  const downloadPath = `/models/${encodeURIComponent(reference)}.tar`;
  const model = { ...card, reference, aliases, fileBytes: sizeBytes, downloadPath, createdAt };
  modelsOfVersions.set(version, model);
  return model;
}
