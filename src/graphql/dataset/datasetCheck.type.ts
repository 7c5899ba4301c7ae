/** What an import would make of a file, as clients see it. */
import { Field, Int, ObjectType } from 'type-graphql';
import type { UploadCheck } from '../../data/uploadCheck.ts';
import { cut } from '../cut.ts';
import { Label } from '../enums.ts';
import { DatasetCounts } from './dataset.type.ts';
import { wordOf } from './review.type.ts';

@ObjectType({ description: 'Reviews by what they say.' })
export class LabelCounts {
  @Field(() => Int, { description: 'Negative ones.' })
  negative!: number;

  @Field(() => Int, { description: 'Positive ones.' })
  positive!: number;

  @Field(() => Int, { description: 'Those without a label.' })
  unlabelled!: number;
}

@ObjectType({ description: 'How long texts are, in characters.' })
export class TextLengths {
  @Field(() => Int, { description: 'The shortest.' })
  min!: number;

  @Field(() => Int, { description: 'The one in the middle; of two the longer.' })
  median!: number;

  @Field(() => Int, { description: 'The longest.' })
  max!: number;
}

@ObjectType({ description: 'A row as it was read.' })
export class PreviewedRow {
  @Field(() => Int, { description: 'Its first line in the file, 1-based.' })
  line!: number;

  @Field(() => String, { description: 'The first 500 characters of its text.' })
  text!: string;

  @Field(() => Label, { nullable: true, description: 'What it says; null without a label.' })
  label!: string | null;
}

@ObjectType({ description: 'Why a file would be refused.' })
export class DatasetFault {
  @Field(() => Int, {
    nullable: true,
    description:
      'The line at fault, 1-based; null where all rows can be read and the file as a whole is at fault.',
  })
  line!: number | null;

  @Field(() => String, { description: 'What is wrong, and what was expected.' })
  message!: string;
}

@ObjectType({ description: 'What importDataset would make of a file. Nothing is stored.' })
export class DatasetCheck {
  @Field(() => Boolean, { description: 'Whether importDataset would take the file.' })
  ready!: boolean;

  @Field(() => Int, { description: 'Rows that can be read.' })
  rows!: number;

  @Field(() => LabelCounts, { description: 'Those rows by label.' })
  counts!: LabelCounts;

  @Field(() => Int, {
    description:
      'Rows whose text an earlier row has too, white space aside. The import keeps them, but for those that would lie in two parts.',
  })
  duplicates!: number;

  @Field(() => TextLengths, { nullable: true, description: 'Of the texts of those rows; null without any.' })
  lengths!: TextLengths | null;

  @Field(() => DatasetCounts, {
    nullable: true,
    description: 'The reviews by part, as the import would cut them; null where it would refuse the file.',
  })
  parts!: DatasetCounts | null;

  @Field(() => [PreviewedRow], { description: 'The first 10 rows that can be read.' })
  preview!: PreviewedRow[];

  @Field(() => [DatasetFault], { description: 'The first 100 faults, in the order of their lines.' })
  errors!: DatasetFault[];

  @Field(() => Int, { description: 'All faults.' })
  errorCount!: number;
}

const previewedCharacters = 500;

export function toDatasetCheck({ preview, faults, faultCount, ...facts }: UploadCheck): DatasetCheck {
  return {
    ...facts,
    ready: faultCount === 0,
    preview: preview.map(({ line, review: { text, label } }) => ({
      line,
      text: cut(text, previewedCharacters),
      label: label === null ? null : wordOf(label),
    })),
    errors: faults.map(({ line, problem }) => ({ line, message: problem })),
    errorCount: faultCount,
  };
}
