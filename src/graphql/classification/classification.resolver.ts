/** Classifies texts with one model, or with all of them side by side. */
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { ModelVersion } from '../../models/registry.ts';
import type { Page } from '../../storage/page.ts';
import type { GraphqlContext } from '../context.ts';
import type { CostOf } from '../cost.ts';
import { cost } from '../limits.ts';
import { toModel } from '../model/model.type.ts';
import { ClassifyArgs, ClassifyManyArgs, CompareArgs } from './classification.input.ts';
import { Classification, Comparison, toClassification } from './classification.type.ts';

const lengthOf = (list: unknown, otherwise: number) => (Array.isArray(list) ? list.length : otherwise);

@Resolver(() => Comparison)
export class ClassificationResolver {
  @Query(() => Classification, {
    description: 'Says whether a review is negative or positive.',
    complexity: ({ childComplexity }: CostOf) => cost.classification + childComplexity,
  })
  async classify(
    @Args(() => ClassifyArgs) { text, model }: ClassifyArgs,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<Classification> {
    const version = await loaders.model.load(model);
    return toClassification(version, await loaders.prediction.load({ model: version, text }));
  }

  @Query(() => [Classification], {
    description: 'Classifies several reviews with one model; answers come in the order of the texts.',
    complexity: ({ args, childComplexity }: CostOf) =>
      lengthOf(args.texts, 1) * (cost.classification + childComplexity),
  })
  async classifyMany(
    @Args(() => ClassifyManyArgs) { texts, model }: ClassifyManyArgs,
    @Ctx() { services, loaders }: GraphqlContext,
  ): Promise<Classification[]> {
    const version = await loaders.model.load(model);
    const predictions = await services.serving.classifyMany(version, texts);
    return predictions.map((prediction) => toClassification(version, prediction));
  }

  @Query(() => [Comparison], {
    description: 'Asks several models about the same review, at once.',
    complexity: ({ args, childComplexity }: CostOf) =>
      lengthOf(args.models, cost.comparedModels) * (cost.classification + childComplexity),
  })
  async compare(
    @Args(() => CompareArgs) { text, models }: CompareArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Comparison[]> {
    const versions = models
      ? await Promise.all(models.map((reference) => context.loaders.model.load(reference)))
      : await newestVersions(context);
    return versions.map((version) => ({ model: toModel(version), version, text }));
  }

  @FieldResolver(() => Classification, {
    nullable: true,
    description: 'The answer; null with an error where this model failed, while the others still answer.',
  })
  async classification(
    @Root() { version, text }: Comparison,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<Classification> {
    return toClassification(version, await loaders.prediction.load({ model: version, text }));
  }
}

async function newestVersions({ services }: GraphqlContext): Promise<ModelVersion[]> {
  const versions: ModelVersion[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Page<ModelVersion> = await services.registry.list({ first: 100, after });
    versions.push(...page.items);
    after = page.items.at(-1)?.cursor ?? null;
    if (!page.hasNextPage) return versions;
  }
}
