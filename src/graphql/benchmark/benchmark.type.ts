/** The report of a benchmark: accuracy beside latency and throughput for every model. */
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { completed } from '../../benchmark/report.ts';
import type { BenchmarkReport as StoredReport } from '../../benchmark/report.ts';
import { BenchmarkScenario, Method } from '../enums.ts';
import { Latency } from '../model/latency.type.ts';
import { ClassificationMetrics } from '../model/model.type.ts';

@ObjectType({ description: 'A model under one load: a point of its curve of latency over throughput.' })
export class LoadPoint {
  @Field(() => BenchmarkScenario, { description: 'CONCURRENCY or SERVER.' })
  scenario!: string;

  @Field(() => Int, { nullable: true, description: 'Clients of CONCURRENCY.' })
  concurrency!: number | null;

  @Field(() => Float, { nullable: true, description: 'Texts that arrived a second in SERVER, on average.' })
  ratePerSecond!: number | null;

  @Field(() => Int, { description: 'Texts that were asked about.' })
  queries!: number;

  @Field(() => Int, { description: 'Texts without an answer, as a rule because too many waited.' })
  failed!: number;

  @Field(() => Float, { description: 'How long it took.' })
  seconds!: number;

  @Field(() => Float, { description: 'Answers a second.' })
  answeredPerSecond!: number;

  @Field(() => Latency, {
    description: 'Of the answered ones; in SERVER from the moment at which a text should have been sent.',
  })
  latency!: Latency;
}

@ObjectType({ description: 'The highest rate of arrivals at which latency stays within a bound.' })
export class HighestRate {
  @Field(() => Float, { description: 'Texts a second, arriving at random.' })
  ratePerSecond!: number;

  @Field(() => Float, { description: 'The bound.' })
  latencyBoundMs!: number;

  @Field(() => Int, { description: 'The percentile that is within the bound.' })
  percentile!: number;

  @Field(() => Int, { description: 'Measurements in a row that were within the bound at this rate.' })
  verifiedRuns!: number;

  @Field(() => Latency, { description: 'Of the slowest of them.' })
  latency!: Latency;
}

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

  @Field(() => Float, {
    description: 'All reviews at once: how many a second, of the answers that the metrics are of.',
  })
  reviewsPerSecond!: number;

  @Field(() => Latency, {
    nullable: true,
    description: 'One review at a time; null where SINGLE_STREAM was not asked for.',
  })
  latency!: Latency | null;

  @Field(() => [LoadPoint], { description: 'What CONCURRENCY and SERVER measured.' })
  curve!: LoadPoint[];

  @Field(() => HighestRate, {
    nullable: true,
    description: 'Null where no latencyBoundMs was given, or the model is too slow for it at any rate.',
  })
  highestRate!: HighestRate | null;

  @Field(() => ID, { nullable: true, description: 'The model that it was quantised from, as name@version.' })
  reference!: string | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Its accuracy as a share of the reference’s: on the same reviews where both were measured, else as its card says.',
  })
  accuracyOfReference!: number | null;

  @Field(() => Boolean, {
    description:
      'False for a quantised model with less than 99 % of its reference’s accuracy, as MLPerf counts.',
  })
  valid!: boolean;
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

  @Field(() => Int, { description: 'Inference threads, each with a session.' })
  workers!: number;

  @Field(() => Int, { description: 'Threads of each session.' })
  threads!: number;

  @Field(() => Int, { description: 'The percentile of latency that rates were searched by.' })
  percentile!: number;

  @Field(() => Float, { nullable: true, description: 'The bound that rates were searched by, if they were.' })
  latencyBoundMs!: number | null;

  @Field(() => [BenchmarkEntry], { description: 'The models, in the order that they were asked for.' })
  entries!: BenchmarkEntry[];

  @Field(() => [ModelComparison], { description: 'Each model against each one before it.' })
  comparisons!: ModelComparison[];
}

export const toReport = (report: StoredReport | null): BenchmarkReport | null => report && completed(report);
