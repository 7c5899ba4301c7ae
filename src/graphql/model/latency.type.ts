/** How fast a model answers. */
import { Field, Float, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'Milliseconds for one review at a time, tokenising included.' })
export class Latency {
  @Field(() => Int, { description: 'Reviews that were timed.' })
  samples!: number;

  @Field(() => Float, { description: 'Half of the reviews took no longer.' })
  p50Ms!: number;

  @Field(() => Float, { description: '95 of 100 reviews took no longer.' })
  p95Ms!: number;

  @Field(() => Float, { description: '99 of 100 reviews took no longer.' })
  p99Ms!: number;

  @Field(() => Float, { description: 'The mean.' })
  meanMs!: number;
}

@ObjectType({
  description: 'How fast the served file was when its training ended, on the machine that trained it.',
})
export class ModelLatency extends Latency {
  @Field(() => Float, { description: 'In batches, tokenising included.' })
  reviewsPerSecond!: number;

  @Field(() => Int, { description: 'Threads of the session.' })
  threads!: number;

  @Field(() => String, { description: 'The machine.' })
  machine!: string;
}
