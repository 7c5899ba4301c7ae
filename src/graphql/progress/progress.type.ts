/** Progress events of runs. */
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Phase, RunState } from '../enums.ts';

@ObjectType({
  description: 'What a run told at one moment. A field is null where the phase has no such thing.',
})
export class Progress {
  @Field(() => ID, { description: 'The run.' })
  runId!: string;

  @Field(() => Int, {
    description: '1, 2, 3, … within a run, without gaps: give the last one seen as `after` to go on.',
  })
  sequence!: number;

  @Field(() => Phase, { description: 'What the run is busy with.' })
  phase!: string;

  @Field(() => RunState, { description: 'The state of the run; the last event carries a final one.' })
  state!: string;

  @Field(() => Int, { nullable: true, description: '1-based within the phase.' })
  epoch!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Training steps done within the phase; bytes while data is loaded, reviews in all other phases.',
  })
  step!: number | null;

  @Field(() => Int, { nullable: true, description: 'Steps of the phase, over all of its epochs.' })
  total!: number | null;

  @Field(() => Float, { nullable: true, description: 'Mean loss since the event before.' })
  loss!: number | null;

  @Field(() => Float, { nullable: true, description: 'Accuracy on validation reviews, between 0 and 1.' })
  validationAccuracy!: number | null;

  @Field(() => Float, { nullable: true, description: 'How fast it goes.' })
  reviewsPerSecond!: number | null;

  @Field(() => Float, { nullable: true, description: 'Estimated seconds until the phase ends.' })
  secondsLeft!: number | null;

  @Field(() => String, { nullable: true, description: 'For a person: what goes on, or why the run failed.' })
  message!: string | null;

  @Field(() => Date, { description: 'When it was stored.' })
  at!: Date;
}
