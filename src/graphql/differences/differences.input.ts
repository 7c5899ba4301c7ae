/** Which models to set side by side, and on which reviews. */
import { ArrayMaxSize, ArrayMinSize, IsIn, IsNotEmpty, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, Int } from 'type-graphql';
import type { BenchmarkConfig } from '../../training/config.ts';
import { DeadlineArgs } from '../classification/classification.input.ts';
import { BenchmarkSplit } from '../enums.ts';
import { referenceDescription } from '../model/model.input.ts';
import { datasetDescription } from '../run/setting.ts';

/** So that the dearest request stays below the limit of costs. */
const mostReviews = 400;

@ArgsType()
export class ModelDifferencesArgs extends DeadlineArgs {
  @Field(() => [String], {
    description: `Two. ${referenceDescription} Of an alias, its own version is asked.`,
  })
  @ArrayMinSize(2)
  @ArrayMaxSize(2)
  @IsNotEmpty({ each: true })
  @MaxLength(200, { each: true })
  models!: [string, string];

  @Field(() => String, { description: datasetDescription })
  @MaxLength(200)
  dataset!: string;

  @Field(() => BenchmarkSplit, { defaultValue: 'validation', description: 'The part of the dataset.' })
  @IsIn(Object.values(BenchmarkSplit))
  split!: BenchmarkConfig['split'];

  @Field(() => Int, {
    defaultValue: 200,
    description: `The first so many reviews of the part, which are a fair sample of it; 1 to ${mostReviews}.`,
  })
  @Min(1)
  @Max(mostReviews)
  reviews!: number;
}
