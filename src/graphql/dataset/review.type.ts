/** Reviews of datasets as clients see them. */
import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { LabelledReview } from '../../evaluation/labelledReviews.ts';
import { Label } from '../enums.ts';

@ObjectType({ description: 'A labelled review of a dataset.' })
export class Review {
  @Field(() => ID, { description: 'Its identifier in the dataset.' })
  id!: string;

  @Field(() => String, { description: 'What was written.' })
  text!: string;

  @Field(() => Label, { description: 'What it says.' })
  label!: string;
}

@ObjectType({ description: 'Some reviews of a part of a dataset.' })
export class ReviewPage {
  @Field(() => Int, { description: 'Reviews of the whole part.' })
  total!: number;

  @Field(() => [Review], {
    description: 'Always in the same order, a shuffled one: the first are a fair sample of the part.',
  })
  items!: Review[];
}

export const wordOf = (label: 0 | 1): 'negative' | 'positive' => (label === 1 ? 'positive' : 'negative');

export function toReview({ id, text, label }: LabelledReview): Review {
  return { id, text, label: wordOf(label) };
}
