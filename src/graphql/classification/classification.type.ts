/** Answers of models to texts. */
import { Field, Float, ObjectType } from 'type-graphql';
import type { ModelVersion } from '../../models/registry.ts';
import type { Prediction } from '../../serving/serving.ts';
import { Label } from '../enums.ts';
import { Model, toModel } from '../model/model.type.ts';

@ObjectType({ description: 'How likely each label is; the two add up to 1.' })
export class Probabilities {
  @Field(() => Float, { description: 'Probability of a negative review.' })
  negative!: number;

  @Field(() => Float, { description: 'Probability of a positive review.' })
  positive!: number;
}

@ObjectType({ description: 'What a model says about a text.' })
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
}

@ObjectType({ description: 'One model’s answer among those of others.' })
export class Comparison {
  @Field(() => Model, { description: 'The version that was asked.' })
  model!: Model;

  readonly version!: ModelVersion;

  readonly text!: string;
}

export function toClassification(version: ModelVersion, prediction: Prediction): Classification {
  const { label, probabilities, latencyMs } = prediction;
  return { label, probabilities, latencyMs, model: toModel(version) };
}
