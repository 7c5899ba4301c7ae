/** Which events of which run. */
import { Max, Min } from 'class-validator';
import { ArgsType, Field, ID, Int } from 'type-graphql';

@ArgsType()
export class ProgressArgs {
  @Field(() => ID, { description: 'The run.' })
  runId!: string;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 0,
    description: 'The last sequence number that was seen; 0 asks for all events.',
  })
  @Min(0)
  after!: number | null;
}

@ArgsType()
export class ProgressPageArgs {
  @Field(() => Int, { defaultValue: 0, description: 'The last sequence number that was seen.' })
  @Min(0)
  after!: number;

  @Field(() => Int, { defaultValue: 100, description: 'How many events; 1 to 1000.' })
  @Min(1)
  @Max(1000)
  first!: number;
}
