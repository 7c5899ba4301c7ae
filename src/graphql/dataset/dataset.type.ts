/** Datasets as clients see them. */
import { Field, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../connection.ts';
import { DatasetState } from '../enums.ts';

@ObjectType({ description: 'Reviews by part; no review lies in two parts.' })
export class DatasetCounts {
  @Field(() => Int, { description: 'What models learn from.' })
  train!: number;

  @Field(() => Int, { description: 'Kept out of training, to choose by.' })
  validation!: number;

  @Field(() => Int, { description: 'Touched by nothing but a final measurement.' })
  test!: number;

  @Field(() => Int, { description: 'Reviews without a label; a teacher’s soft targets make them useful.' })
  unlabelled!: number;
}

@ObjectType({ description: 'A set of reviews to train and measure on.' })
export class Dataset {
  @Field(() => String, { description: 'The name that runs refer to.' })
  name!: string;

  @Field(() => String, { description: 'Where it comes from.' })
  source!: string;

  @Field(() => DatasetState, { description: 'Whether it is there.' })
  state!: string;

  @Field(() => DatasetCounts, { nullable: true, description: 'Known as soon as it is ready.' })
  counts!: DatasetCounts | null;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 over its content; known as soon as it is ready.',
  })
  fingerprint!: string | null;
}

export const DatasetConnection = connectionType(Dataset, 'Dataset');
