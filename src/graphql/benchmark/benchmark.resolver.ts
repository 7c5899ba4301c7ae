/** Reports of benchmarks. */
import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { DistilleryError } from '../../errors.ts';
import type { GraphqlContext } from '../context.ts';
import { RunIdArgs } from '../run/run.input.ts';
import { Needs } from '../permissions.ts';
import { BenchmarkReport, toReport } from './benchmark.type.ts';

@Resolver()
export class BenchmarkResolver {
  @Needs('classify')
  @Query(() => BenchmarkReport, {
    nullable: true,
    description: 'The report of a benchmark; null until its run has succeeded.',
  })
  async benchmark(
    @Args(() => RunIdArgs) { runId }: RunIdArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<BenchmarkReport | null> {
    const run = await services.runs.get(runId);
    if (run.kind === 'benchmark') return toReport(run.report);
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `Run ${runId} is a ${run.kind} run; expected one of startBenchmark.`,
      {
        runId,
        kind: run.kind,
      },
    );
  }
}
