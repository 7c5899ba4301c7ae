/** Surveys: start, add to, cancel, go on with, follow and look up. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { followSurvey, surveyProgress, type SurveyProgress as Message } from '../../jobs/surveyProgress.ts';
import { differencesOf, surveyFileNames } from '../../survey/folder.ts';
import { surveyExtension, surveySpec } from '../../survey/spec.ts';
import { ConnectionArgs, listCost, toConnection, type Connection } from '../connection.ts';
import type { GraphqlContext } from '../context.ts';
import type { CostOf } from '../cost.ts';
import { cost } from '../limits.ts';
import { parsed } from '../parsed.ts';
import { checkDataset } from '../run/submission.ts';
import { Needs } from '../permissions.ts';
import {
  DifferencesArgs,
  ExtendSurveyInput,
  StartSurveyInput,
  SurveyArgs,
  SurveyProgressArgs,
} from './survey.input.ts';
import { Difference, Survey, SurveyConnection, SurveyProgress, toSurvey } from './survey.type.ts';
import { SurveyReport } from './surveyReport.type.ts';

interface Subscribing {
  readonly args: SurveyProgressArgs;
  readonly context: GraphqlContext;
}

@Resolver(() => Survey)
export class SurveyResolver {
  @Needs('train')
  @Mutation(() => Survey, {
    description:
      'Starts a survey. Answers as soon as it is stored; follow it with onSurveyProgress. Runs that did the same before are taken over instead of being made again.',
    complexity: cost.survey,
  })
  async startSurvey(
    @Arg('input', () => StartSurveyInput, { description: 'What to do.' }) input: StartSurveyInput,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Survey> {
    const spec = parsed(surveySpec, input);
    await checkDataset(spec.dataset, services);
    return toSurvey(await services.surveyRunner.submit(spec));
  }

  @Needs('train')
  @Mutation(() => Survey, {
    description: 'Adds seeds, grids or models to a survey that has ended, and starts it once more.',
    complexity: cost.survey,
  })
  async extendSurvey(
    @Args(() => SurveyArgs) { id }: SurveyArgs,
    @Arg('input', () => ExtendSurveyInput, { description: 'What to add.' }) input: ExtendSurveyInput,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Survey> {
    return toSurvey(await services.surveyRunner.extend(id, parsed(surveyExtension, input)));
  }

  @Needs('train')
  @Mutation(() => Survey, {
    description:
      'Ends a survey and the runs that it has queued; what they published stays. CONFLICT where it has ended already.',
  })
  async cancelSurvey(
    @Args(() => SurveyArgs) { id }: SurveyArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Survey> {
    return toSurvey(await services.surveyRunner.cancel(id));
  }

  @Needs('train')
  @Mutation(() => Survey, {
    description:
      'Goes on with a survey that was cancelled, or whose runs failed: these are resumed from their checkpoints where there are any. CONFLICT while it is running.',
    complexity: cost.survey,
  })
  async resumeSurvey(
    @Args(() => SurveyArgs) { id }: SurveyArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Survey> {
    return toSurvey(await services.surveyRunner.resume(id));
  }

  @Needs('classify')
  @Query(() => SurveyConnection, { description: 'Surveys, the newest first.', complexity: listCost })
  async surveys(
    @Args(() => ConnectionArgs) { first, after }: ConnectionArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Connection<Survey>> {
    return toConnection(await services.surveys.list({ first, after: after ?? null }), after, toSurvey);
  }

  @Needs('classify')
  @Query(() => Survey, { description: 'One survey.' })
  async survey(
    @Args(() => SurveyArgs) { id }: SurveyArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Survey> {
    return toSurvey(await services.surveys.get(id));
  }

  @FieldResolver(() => SurveyProgress, {
    description: 'How far it is.',
    complexity: ({ childComplexity }: CostOf) => cost.run + childComplexity,
  })
  async progress(@Root() { id }: Survey, @Ctx() { services }: GraphqlContext): Promise<SurveyProgress> {
    return surveyProgress(services, await services.surveys.get(id));
  }

  @FieldResolver(() => SurveyReport, {
    nullable: true,
    description: 'What it found; null until it has succeeded. The last one stays while a survey is added to.',
    complexity: ({ childComplexity }: CostOf) => cost.survey + 10 * childComplexity,
  })
  async report(@Root() { id }: Survey, @Ctx() { services }: GraphqlContext): Promise<SurveyReport | null> {
    return services.surveys.report(id);
  }

  @FieldResolver(() => [String], {
    description: 'The report as files: GET /surveys/<id>/<file>. Empty until there is one.',
  })
  async files(@Root() { id }: Survey, @Ctx() { services }: GraphqlContext): Promise<string[]> {
    return surveyFileNames(services.artefacts, id);
  }

  @FieldResolver(() => [Difference], {
    description: 'The test reviews to which a student and the teacher give different answers.',
    complexity: listCost,
  })
  async differences(
    @Root() { id }: Survey,
    @Args(() => DifferencesArgs) { run, first, after }: DifferencesArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Difference[]> {
    const found = await differencesOf(services.artefacts, id, run);
    const from = after == null ? 0 : found.findIndex(({ review }) => review === after) + 1;
    return found.slice(from, from + first);
  }

  @Needs('classify')
  @Subscription(() => SurveyProgress, {
    description:
      'How far a survey is: at once, then whenever that changes, once a second at most; ends with the survey. Each message is whole, so a client that was cut off subscribes again and misses nothing.',
    subscribe: async ({ args, context: { services } }: Subscribing) => {
      const { id } = await services.surveys.get(args.surveyId);
      return followSurvey(services, id);
    },
  })
  onSurveyProgress(
    @Root() message: Message,
    @Args(() => SurveyProgressArgs) _args: SurveyProgressArgs,
  ): SurveyProgress {
    return message;
  }
}
