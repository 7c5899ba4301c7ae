/** How fast a model answers. */
import { Field, Float, Int, ObjectType } from 'type-graphql';

const percentile = (share: string) => ({
  nullable: true,
  description: `${share} of the reviews took no longer; null where too few were timed to tell.`,
});

@ObjectType({ description: 'Milliseconds from a review to its answer, tokenising included.' })
export class Latency {
  @Field(() => Int, { description: 'Reviews that were timed.' })
  samples!: number;

  @Field(() => Float, percentile('Half'))
  p50Ms!: number | null;

  @Field(() => Float, percentile('90 %'))
  p90Ms!: number | null;

  @Field(() => Float, percentile('95 %'))
  p95Ms!: number | null;

  @Field(() => Float, percentile('99 %'))
  p99Ms!: number | null;

  @Field(() => Float, { description: 'The mean.' })
  meanMs!: number;
}

@ObjectType({
  description:
    'How fast the served file was when its training ended, one review at a time, on the machine that trained it.',
})
export class ModelLatency extends Latency {
  @Field(() => Float, { description: 'In batches, tokenising included.' })
  reviewsPerSecond!: number;

  @Field(() => Int, { description: 'Threads of the session.' })
  threads!: number;

  @Field(() => String, { description: 'The machine.' })
  machine!: string;
}
