/** Answers of models to texts. */
import { Field, Float, ObjectType } from 'type-graphql';
import type { ModelVersion } from '../../models/registry.ts';
import type { Answer } from '../../serving/routes.ts';
import { Label } from '../enums.ts';
import { Model, toModel } from '../model/model.type.ts';

@ObjectType({ description: 'How likely each label is; the two add up to 1.', simpleResolvers: true })
export class Probabilities {
  @Field(() => Float, { description: 'Probability of a negative review.' })
  negative!: number;

  @Field(() => Float, { description: 'Probability of a positive review.' })
  positive!: number;
}

@ObjectType({ description: 'What a model says about a text.', simpleResolvers: true })
export class Classification {
  @Field(() => Label, { description: 'The likelier label.' })
  label!: string;

  @Field(() => Probabilities, { description: 'Probability of each label.' })
  probabilities!: Probabilities;

  @Field(() => Model, { description: 'The version that answered.' })
  model!: Model;

  @Field(() => Float, {
    description: 'Milliseconds from the call until the answer, waiting for a batch included.',
  })
  latencyMs!: number;

  @Field(() => Float, { description: 'The part of latencyMs before a worker took the text up.' })
  queueMs!: number;
}

@ObjectType({ description: 'One model’s answer among those of others.' })
export class Comparison {
  @Field(() => Model, { description: 'The version that was asked.' })
  model!: Model;

  @Field(() => String, {
    nullable: true,
    description: 'The alias that tries this version; null for one that was named, or that an alias means.',
  })
  candidateOf!: string | null;

  readonly version!: ModelVersion;

  readonly text!: string;

  readonly deadlineMs?: number | undefined;
}

export function toClassification({ version, prediction }: Answer): Classification {
  return { ...prediction, model: toModel(version) };
}
