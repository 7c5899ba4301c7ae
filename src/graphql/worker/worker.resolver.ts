/** The workers query. */
import { Ctx, Query, Resolver } from 'type-graphql';
import type { GraphqlContext } from '../context.ts';
import { Needs } from '../permissions.ts';
import { toRun } from '../run/run.type.ts';
import { Worker } from './worker.type.ts';

@Resolver()
export class WorkerResolver {
  @Needs('classify')
  @Query(() => [Worker], { description: 'The processes that work runs off, with what each runs now.' })
  async workers(@Ctx() { services: { queue, runs } }: GraphqlContext): Promise<Worker[]> {
    const workers = await queue.workers();
    const held = await runs.many(
      workers.flatMap((worker) => worker.runs),
      { epochs: true },
    );
    const byId = new Map(held.map((run) => [run.id, toRun(run)]));
    return workers.map((worker) => ({ ...worker, runs: worker.runs.flatMap((id) => byId.get(id) ?? []) }));
  }
}
