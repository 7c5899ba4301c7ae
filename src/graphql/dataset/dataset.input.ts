/** Datasets that a client brings, and parts of those that are there. */
import { IsIn, IsNotEmpty, Matches, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, InputType, Int } from 'type-graphql';
import type { UploadFormat } from '../../data/upload.ts';
import { namePattern, nameRule } from '../../names.ts';
import type { BenchmarkConfig } from '../../training/config.ts';
import { BenchmarkSplit, DatasetFormat } from '../enums.ts';
import { datasetDescription } from '../run/setting.ts';

@InputType({ description: 'Reviews of your own, to be looked at before they are imported.' })
export class CheckDatasetInput {
  @Field(() => DatasetFormat, { description: 'How the content is written.' })
  format!: UploadFormat;

  @Field(() => String, { description: 'The rows.' })
  @IsNotEmpty()
  content!: string;
}

@InputType({
  description: 'Labelled reviews of your own. Files beyond the body limit: `distillery data import`.',
})
export class ImportDatasetInput extends CheckDatasetInput {
  @Field(() => String, { description: 'A new name: 1 to 64 of a-z, 0-9, ".", "_", "-".' })
  @Matches(namePattern, { message: `name must be ${nameRule}` })
  name!: string;
}

const largestPage = 100;

@ArgsType()
export class ReviewsArgs {
  @Field(() => String, { description: datasetDescription })
  @MaxLength(200)
  dataset!: string;

  @Field(() => BenchmarkSplit, { defaultValue: 'validation', description: 'The part of the dataset.' })
  @IsIn(Object.values(BenchmarkSplit))
  split!: BenchmarkConfig['split'];

  @Field(() => Int, { defaultValue: 20, description: `How many reviews; 1 to ${largestPage}.` })
  @Min(1)
  @Max(largestPage)
  first!: number;

  @Field(() => Int, { defaultValue: 0, description: 'Reviews before the first one.' })
  @Min(0)
  offset!: number;
}
