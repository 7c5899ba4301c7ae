/** What a client asks of a benchmark. The rules and defaults are those of src/training/config.ts. */
import { Field, Float, InputType, Int } from 'type-graphql';
import { benchmarkConfig } from '../../training/config.ts';
import { BenchmarkScenario, BenchmarkSplit } from '../enums.ts';
import { datasetDescription, setting } from '../run/setting.ts';

@InputType({ description: 'Measures models on the same reviews: accuracy beside latency and throughput.' })
export class StartBenchmarkInput {
  @Field(() => [String], setting(benchmarkConfig, 'models', 'Names, name@version or aliases; 1 to 64.'))
  models!: string[];

  @Field(() => String, setting(benchmarkConfig, 'dataset', datasetDescription))
  dataset!: string;

  @Field(() => BenchmarkSplit, setting(benchmarkConfig, 'split', 'The part of the dataset.'))
  split?: string | null;

  @Field(
    () => Int,
    setting(benchmarkConfig, 'reviews', 'Reviews that are classified; the whole part without it.'),
  )
  reviews?: number | null;

  @Field(
    () => [BenchmarkScenario],
    setting(
      benchmarkConfig,
      'scenarios',
      'How the models are loaded. OFFLINE is always measured, since accuracy comes from its answers.',
    ),
  )
  scenarios?: string[] | null;

  @Field(
    () => [Int],
    setting(benchmarkConfig, 'concurrencies', 'Clients of CONCURRENCY, one measurement each.'),
  )
  concurrencies?: number[] | null;

  @Field(
    () => [Float],
    setting(benchmarkConfig, 'rates', 'Texts that arrive a second in SERVER, one measurement each; above 0.'),
  )
  rates?: number[] | null;

  @Field(
    () => Float,
    setting(
      benchmarkConfig,
      'latencyBoundMs',
      'SERVER searches the highest rate whose latency stays within it; none without it.',
    ),
  )
  latencyBoundMs?: number | null;

  @Field(
    () => Int,
    setting(benchmarkConfig, 'percentile', 'Of the latency that latencyBoundMs bounds: 50, 90, 95 or 99.'),
  )
  percentile?: number | null;

  @Field(
    () => Float,
    setting(
      benchmarkConfig,
      'tailMargin',
      'How far a percentile may be off with 99 % confidence, as a share of the tail beyond it. MLPerf takes 0.05.',
    ),
  )
  tailMargin?: number | null;

  @Field(
    () => Int,
    setting(
      benchmarkConfig,
      'queries',
      'Of each measurement but OFFLINE; as many as percentile and tailMargin need without it: 10,512 for the defaults.',
    ),
  )
  queries?: number | null;

  @Field(() => Int, setting(benchmarkConfig, 'batchSize', 'Most texts of a batch; as the server without it.'))
  batchSize?: number | null;

  @Field(() => Int, setting(benchmarkConfig, 'workers', 'Inference threads; as the server without it.'))
  workers?: number | null;

  @Field(
    () => Int,
    setting(benchmarkConfig, 'threads', 'Threads of the session of each worker; as the server without it.'),
  )
  threads?: number | null;

  @Field(
    () => Int,
    setting(benchmarkConfig, 'seed', 'Chooses and orders the reviews, and times the arrivals.'),
  )
  seed?: number | null;
}
