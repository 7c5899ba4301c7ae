/** Runs: start, cancel, resume, list and look up. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { listCost, toConnection, type Connection } from '../connection.ts';
import type { GraphqlContext } from '../context.ts';
import { cost } from '../limits.ts';
import { Model, toModel } from '../model/model.type.ts';
import { Progress } from '../progress/progress.type.ts';
import { ProgressPageArgs } from '../progress/progress.input.ts';
import { StartBenchmarkInput } from '../benchmark/benchmark.input.ts';
import { Needs } from '../permissions.ts';
import { ImportModelInput, QuantizeModelInput } from './conversion.input.ts';
import { RunArgs, RunIdArgs, RunsArgs } from './run.input.ts';
import { Run, RunConnection, toRun } from './run.type.ts';
import { submitQuantization, submitRun } from './submission.ts';
import {
  StartBaselineInput,
  StartDistillationInput,
  StartStudentTrainingInput,
  StartTeacherTrainingInput,
} from './training.input.ts';

const inputOptions = { description: 'What to do.' };
const startOptions = (description: string) => ({
  description: `${description} Answers as soon as the run is queued; follow it with onTrainingProgress.`,
  complexity: cost.run,
});

@Resolver(() => Run)
export class RunResolver {
  @Needs('train')
  @Mutation(() => Run, startOptions('Fine-tunes a teacher.'))
  async startTeacherTraining(
    @Arg('input', () => StartTeacherTrainingInput, inputOptions) input: StartTeacherTrainingInput,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Run> {
    return toRun(await submitRun('teacher', input, services));
  }

  @Needs('train')
  @Mutation(() => Run, startOptions('Trains a student from scratch.'))
  async startStudentTraining(
    @Arg('input', () => StartStudentTrainingInput, inputOptions) input: StartStudentTrainingInput,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Run> {
    return toRun(await submitRun('student', input, services));
  }

  @Needs('train')
  @Mutation(() => Run, startOptions('Distils a teacher into a student.'))
  async startDistillation(
    @Arg('input', () => StartDistillationInput, inputOptions) input: StartDistillationInput,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Run> {
    return toRun(await submitRun('distillation', input, services));
  }

  @Needs('train')
  @Mutation(() => Run, startOptions('Trains a linear baseline.'))
  async startBaseline(
    @Arg('input', () => StartBaselineInput, inputOptions) input: StartBaselineInput,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Run> {
    return toRun(await submitRun('baseline', input, services));
  }

  @Needs('train')
  @Mutation(() => Run, startOptions('Brings in a model that was made elsewhere.'))
  async importModel(
    @Arg('input', () => ImportModelInput, inputOptions) input: ImportModelInput,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Run> {
    return toRun(await submitRun('import', input, services));
  }

  @Needs('train')
  @Mutation(() => Run, startOptions('Makes an int8 model of a trained one.'))
  async quantizeModel(
    @Arg('input', () => QuantizeModelInput, inputOptions) input: QuantizeModelInput,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Run> {
    return toRun(await submitQuantization(input, services));
  }

  @Needs('train')
  @Mutation(() => Run, startOptions('Measures accuracy and latency of models.'))
  async startBenchmark(
    @Arg('input', () => StartBenchmarkInput, inputOptions) input: StartBenchmarkInput,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Run> {
    return toRun(await submitRun('benchmark', input, services));
  }

  @Needs('train')
  @Mutation(() => Run, {
    description:
      'Stops a run; what it published before stays, and resumeRun goes on with it. CONFLICT where it has ended already.',
  })
  async cancelRun(
    @Args(() => RunIdArgs) { runId }: RunIdArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Run> {
    return toRun(await services.queue.cancel(runId));
  }

  @Needs('train')
  @Mutation(() => Run, {
    description:
      'Goes on with a run that was cancelled or has failed: from its last checkpoint where there is one, else from its ' +
      'start. Its events go on too, so follow it with onTrainingProgress from the last one that was seen. CONFLICT where ' +
      'it is queued, running or has succeeded, or belongs to a survey, which resumeSurvey goes on with.',
    complexity: cost.run,
  })
  async resumeRun(
    @Args(() => RunIdArgs) { runId }: RunIdArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Run> {
    return toRun(await services.queue.resume(runId));
  }

  @Needs('classify')
  @Query(() => RunConnection, { description: 'Runs, the newest first.', complexity: listCost })
  async runs(
    @Args(() => RunsArgs) { first, after, state, kind }: RunsArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Connection<Run>> {
    const filter = { ...(state ? { state } : {}), ...(kind ? { kind } : {}) };
    return toConnection(await services.runs.list({ first, after: after ?? null, ...filter }), after, toRun);
  }

  @Needs('classify')
  @Query(() => Run, { description: 'One run.' })
  async run(@Args(() => RunArgs) { id }: RunArgs, @Ctx() { services }: GraphqlContext): Promise<Run> {
    return toRun(await services.runs.get(id));
  }

  @FieldResolver(() => Model, { nullable: true, description: 'What the run published.' })
  async model(@Root() { published }: Run, @Ctx() { loaders }: GraphqlContext): Promise<Model | null> {
    return published === null ? null : toModel(await loaders.model.load(published));
  }

  @FieldResolver(() => [Progress], {
    description: 'Events that have been told so far.',
    complexity: listCost,
  })
  async progress(
    @Root() { id }: Run,
    @Args(() => ProgressPageArgs) { after, first }: ProgressPageArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Progress[]> {
    return services.progress.after(id, after, first);
  }
}
