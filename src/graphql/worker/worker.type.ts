/** Processes that work runs off, as clients see them. */
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Run } from '../run/run.type.ts';

@ObjectType({ description: 'A process that works runs off: a worker, or a server that runs some itself.' })
export class Worker {
  @Field(() => ID, { description: 'Its id; a process that starts anew gets another one.' })
  id!: string;

  @Field(() => String, { description: 'The name of its machine.' })
  host!: string;

  @Field(() => String, { description: 'The version of Distillery that it runs.' })
  release!: string;

  @Field(() => String, { description: 'The engine that it trains with.' })
  engine!: string;

  @Field(() => Boolean, { description: 'Whether it trains on a GPU, and takes the runs that ask for one.' })
  gpu!: boolean;

  @Field(() => Int, { description: 'Threads of one run that asks for no other number.' })
  threads!: number;

  @Field(() => Int, { description: 'Runs of so many threads that it works on at a time.' })
  concurrentRuns!: number;

  @Field(() => Float, { description: 'Memory of its machine, in bytes.' })
  memoryBytes!: number;

  @Field(() => Date, { description: 'When it began to look for runs.' })
  startedAt!: Date;

  @Field(() => Date, {
    description: 'When it was heard of last; after a minute without a word it is left out.',
  })
  heartbeatAt!: Date;

  @Field(() => [Run], { description: 'What it works on now.' })
  runs!: Run[];
}
