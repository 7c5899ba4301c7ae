/** Follows a run live. */
import { Args, Resolver, Root, Subscription } from 'type-graphql';
import { DistilleryError } from '../../errors.ts';
import type { ProgressEvent } from '../../progress/progress.ts';
import type { GraphqlContext } from '../context.ts';
import { Needs } from '../permissions.ts';
import { ProgressArgs } from './progress.input.ts';
import { Progress } from './progress.type.ts';

interface Subscribing {
  readonly args: ProgressArgs;
  readonly context: GraphqlContext;
}

async function follow({ args, context: { services } }: Subscribing): Promise<AsyncIterable<ProgressEvent>> {
  const after = args.after ?? 0;
  // Arguments of subscriptions are validated only when an event arrives, which is too late for this one.
  if (after < 0)
    throw new DistilleryError('BAD_USER_INPUT', `after is ${after}; expected 0 or a sequence number.`);
  const { id } = await services.runs.get(args.runId);
  return services.progress.follow(id, after);
}

@Resolver()
export class ProgressResolver {
  @Needs('classify')
  @Subscription(() => Progress, {
    description:
      'Events of a run: first those after `after` that have already happened, then live ones; ends when the run ends. A run that was resumed has final events in its history; they don’t end it. A client that was cut off gives the last sequence number that it saw and misses nothing.',
    subscribe: follow,
  })
  onTrainingProgress(@Root() event: ProgressEvent, @Args(() => ProgressArgs) _args: ProgressArgs): Progress {
    return event;
  }
}
