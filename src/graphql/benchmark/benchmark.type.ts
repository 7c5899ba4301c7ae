/** The report of a benchmark: accuracy beside latency for every model. */
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Method } from '../enums.ts';
import { Latency } from '../model/latency.type.ts';
import { ClassificationMetrics } from '../model/model.type.ts';

@ObjectType({ description: 'One model’s line of a benchmark.' })
export class BenchmarkEntry {
  @Field(() => String, { description: 'The model’s name.' })
  model!: string;

  @Field(() => Int, { description: 'The model’s version.' })
  version!: number;

  @Field(() => String, { description: 'The network with its size.' })
  architecture!: string;

  @Field(() => Method, { description: 'How the model was made.' })
  method!: string;

  @Field(() => Int, { description: 'Trained numbers.' })
  parameters!: number;

  @Field(() => Float, { description: 'Bytes of model.onnx.' })
  fileBytes!: number;

  @Field(() => ClassificationMetrics, { description: 'How good the answers were.' })
  metrics!: ClassificationMetrics;

  @Field(() => Latency, { description: 'How long one review takes.' })
  latency!: Latency;

  @Field(() => Float, { description: 'Reviews a second in batches.' })
  reviewsPerSecond!: number;
}

@ObjectType({ description: 'Two models on the same reviews: is their difference real?' })
export class ModelComparison {
  @Field(() => ID, { description: 'A model, as name@version.' })
  model!: string;

  @Field(() => ID, { description: 'The model that it is compared with.' })
  other!: string;

  @Field(() => Float, { description: 'Accuracy of the model minus that of the other.' })
  difference!: number;

  @Field(() => Float, { description: 'Lower end of the difference’s 95 % interval over reviews like these.' })
  low!: number;

  @Field(() => Float, { description: 'Its upper end.' })
  high!: number;

  @Field(() => Float, {
    description:
      'McNemar’s exact test: how often chance alone would make two equally good models differ so much; corrected for the number of comparisons (Holm).',
  })
  pValue!: number;

  @Field(() => Float, { description: 'Share of the reviews to which both give the same answer.' })
  agreement!: number;
}

@ObjectType({ description: 'Several models measured on the same reviews, on the same machine.' })
export class BenchmarkReport {
  @Field(() => String, { description: 'The dataset.' })
  dataset!: string;

  @Field(() => String, { description: 'The part of the dataset.' })
  split!: string;

  @Field(() => Int, { description: 'Reviews that the metrics were measured on.' })
  reviews!: number;

  @Field(() => String, { description: 'The machine that the latencies belong to.' })
  machine!: string;

  @Field(() => Int, { description: 'Threads of each session.' })
  threads!: number;

  @Field(() => [BenchmarkEntry], { description: 'The models, in the order that they were asked for.' })
  entries!: BenchmarkEntry[];

  @Field(() => [ModelComparison], { description: 'Each model against each one before it.' })
  comparisons!: ModelComparison[];
}
