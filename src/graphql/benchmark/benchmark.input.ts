/** What a client asks of a benchmark. The rules and defaults are those of src/training/config.ts. */
import { Field, InputType, Int } from 'type-graphql';
import { benchmarkConfig } from '../../training/config.ts';
import { BenchmarkSplit } from '../enums.ts';
import { datasetDescription, setting } from '../run/setting.ts';

@InputType({ description: 'Measures models on the same reviews: accuracy beside latency.' })
export class StartBenchmarkInput {
  @Field(() => [String], setting(benchmarkConfig, 'models', 'Names, name@version or aliases; 1 to 64.'))
  models!: string[];

  @Field(() => String, setting(benchmarkConfig, 'dataset', datasetDescription))
  dataset!: string;

  @Field(() => BenchmarkSplit, setting(benchmarkConfig, 'split', 'The part of the dataset.'))
  split?: string | null;

  @Field(() => Int, setting(benchmarkConfig, 'reviews', 'Reviews for accuracy; the whole part without it.'))
  reviews?: number | null;

  @Field(() => Int, setting(benchmarkConfig, 'latencyReviews', 'Reviews that are timed.'))
  latencyReviews?: number | null;

  @Field(() => Int, setting(benchmarkConfig, 'batchSize', 'Reviews of a batch when measuring throughput.'))
  batchSize?: number | null;

  @Field(
    () => Int,
    setting(benchmarkConfig, 'threads', 'Threads of a session; those of training without it.'),
  )
  threads?: number | null;

  @Field(() => Int, setting(benchmarkConfig, 'seed', 'Chooses the reviews where not all are taken.'))
  seed?: number | null;
}
