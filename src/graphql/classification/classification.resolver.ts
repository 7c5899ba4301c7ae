/** Classifies texts with one model, or with several side by side. */
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { ModelVersion } from '../../models/registry.ts';
import type { Page } from '../../storage/page.ts';
import type { GraphqlContext } from '../context.ts';
import type { CostOf } from '../cost.ts';
import { cost } from '../limits.ts';
import { toModel } from '../model/model.type.ts';
import { Needs } from '../permissions.ts';
import { ClassifyArgs, ClassifyManyArgs, CompareArgs } from './classification.input.ts';
import { Classification, Comparison, toClassification } from './classification.type.ts';

const lengthOf = (list: unknown, otherwise: number) => (Array.isArray(list) ? list.length : otherwise);

@Resolver(() => Comparison)
export class ClassificationResolver {
  // The texts of one request need no gathering here: serving batches what comes in the same turn of the event loop.
  @Needs('classify')
  @Query(() => Classification, {
    description: 'Says whether a review is negative or positive.',
    complexity: ({ childComplexity }: CostOf) => cost.classification + childComplexity,
  })
  async classify(
    @Args(() => ClassifyArgs) { text, model, deadlineMs }: ClassifyArgs,
    @Ctx() { services, signal, operation }: GraphqlContext,
  ): Promise<Classification> {
    const askedAt = performance.now();
    const answer = await services.routes.classify(model, text, {
      signal,
      deadlineMs: deadlineMs ?? undefined,
    });
    operation.classified(askedAt, [answer]);
    return toClassification(answer);
  }

  @Needs('classify')
  @Query(() => [Classification], {
    description: 'Classifies several reviews with one model; answers come in the order of the texts.',
    complexity: ({ args, childComplexity }: CostOf) =>
      lengthOf(args.texts, 1) * (cost.classification + childComplexity),
  })
  async classifyMany(
    @Args(() => ClassifyManyArgs) { texts, model, deadlineMs }: ClassifyManyArgs,
    @Ctx() { services, signal, operation }: GraphqlContext,
  ): Promise<Classification[]> {
    const askedAt = performance.now();
    const answers = await services.routes.classifyMany(model, texts, {
      signal,
      deadlineMs: deadlineMs ?? undefined,
    });
    operation.classified(askedAt, answers);
    return answers.map(toClassification);
  }

  @Needs('classify')
  @Query(() => [Comparison], {
    description: 'Asks several models about the same review, at once.',
    complexity: ({ args, childComplexity }: CostOf) =>
      lengthOf(args.models, cost.comparedModels) * (cost.classification + childComplexity),
  })
  async compare(
    @Args(() => CompareArgs) { text, models, deadlineMs }: CompareArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Comparison[]> {
    const asked = models ? await namedVersions(context, models) : await newestVersions(context);
    return asked.map(({ version, candidateOf }) => ({
      model: toModel(version),
      candidateOf,
      version,
      text,
      deadlineMs: deadlineMs ?? undefined,
    }));
  }

  @FieldResolver(() => Classification, {
    nullable: true,
    description: 'The answer; null with an error where this model failed, while the others still answer.',
  })
  async classification(
    @Root() { version, text, deadlineMs }: Comparison,
    @Ctx() { services, signal, operation }: GraphqlContext,
  ): Promise<Classification> {
    const askedAt = performance.now();
    const prediction = await services.serving.classify(version, text, { signal, deadlineMs });
    const answer = { version, prediction };
    operation.classified(askedAt, [answer]);
    return toClassification(answer);
  }
}

type ComparedVersion = Pick<Comparison, 'version' | 'candidateOf'>;

async function namedVersions(
  { services }: GraphqlContext,
  references: readonly string[],
): Promise<ComparedVersion[]> {
  const routes = await Promise.all(references.map((reference) => services.routes.resolve(reference)));
  return routes.flatMap(({ version, trial }) => [
    { version, candidateOf: null },
    ...(trial ? [{ version: trial.candidate, candidateOf: trial.alias }] : []),
  ]);
}

async function newestVersions({ services }: GraphqlContext): Promise<ComparedVersion[]> {
  const versions: ModelVersion[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Page<ModelVersion> = await services.registry.list({ first: 100, after });
    versions.push(...page.items);
    after = page.items.at(-1)?.cursor ?? null;
    if (!page.hasNextPage) return versions.map((version) => ({ version, candidateOf: null }));
  }
}
