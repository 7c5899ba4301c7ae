/** Reviews to which two models give different answers. */
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Probabilities } from '../classification/classification.type.ts';
import { Label } from '../enums.ts';
import { Model } from '../model/model.type.ts';

@ObjectType({ description: 'What one of the models says about a review.' })
export class ModelAnswer {
  @Field(() => Label, { description: 'The likelier label.' })
  label!: string;

  @Field(() => Probabilities, { description: 'Probability of each label.' })
  probabilities!: Probabilities;
}

@ObjectType({ description: 'A review to which the two models give different answers.' })
export class ReviewDifference {
  @Field(() => ID, { description: 'The review’s identifier in the dataset.' })
  review!: string;

  @Field(() => String, {
    description: 'The whole text; the models were given as much of it as a request may have.',
  })
  text!: string;

  @Field(() => Label, { description: 'What the review says.' })
  label!: string;

  @Field(() => [ModelAnswer], { description: 'In the order of the models.' })
  answers!: ModelAnswer[];
}

@ObjectType({ description: 'How two models answer the same reviews.' })
export class ModelDifferences {
  @Field(() => [Model], { description: 'The versions that were asked, in the order of the request.' })
  models!: Model[];

  @Field(() => Int, { description: 'Reviews that both were asked about.' })
  reviews!: number;

  @Field(() => Float, { description: 'Share of them that both give the same label; between 0 and 1.' })
  agreement!: number;

  @Field(() => [ReviewDifference], {
    description: 'The others, those first whose probabilities are furthest apart.',
  })
  items!: ReviewDifference[];
}
