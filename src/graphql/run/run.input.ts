/** Which runs a client asks for. */
import { IsIn } from 'class-validator';
import { ArgsType, Field, ID } from 'type-graphql';
import type { RunState as State } from '../../progress/progress.ts';
import type { RunConfig } from '../../training/config.ts';
import { ConnectionArgs } from '../connection.ts';
import { RunKind, RunState } from '../enums.ts';

@ArgsType()
export class RunsArgs extends ConnectionArgs {
  @Field(() => RunState, { nullable: true, description: 'Only runs in this state.' })
  @IsIn(Object.values(RunState))
  state?: State | null;

  @Field(() => RunKind, { nullable: true, description: 'Only runs of this kind.' })
  @IsIn(Object.values(RunKind))
  kind?: RunConfig['kind'] | null;
}

@ArgsType()
export class RunArgs {
  @Field(() => ID, { description: 'The run’s id.' })
  id!: string;
}

@ArgsType()
export class RunIdArgs {
  @Field(() => ID, { description: 'The run’s id.' })
  runId!: string;
}
