/** Sets two models side by side on the reviews of a dataset. */
import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { isLabelled } from '../../evaluation/labelledReviews.ts';
import type { Prediction } from '../../serving/serving.ts';
import type { GraphqlContext } from '../context.ts';
import type { CostOf } from '../cost.ts';
import { wordOf } from '../dataset/review.type.ts';
import { cost } from '../limits.ts';
import { toModel } from '../model/model.type.ts';
import { Needs } from '../permissions.ts';
import { answersOf } from './answers.ts';
import { ModelDifferencesArgs } from './differences.input.ts';
import { ModelDifferences } from './differences.type.ts';

@Resolver()
export class DifferencesResolver {
  @Needs('classify')
  @Query(() => ModelDifferences, {
    description:
      'Finds the reviews of a dataset to which two models give different answers. CONFLICT for a dataset that is not ' +
      'ready: looking never downloads.',
    complexity: ({ args, childComplexity }: CostOf) =>
      Number(args.reviews ?? 0) * 2 * cost.classification + childComplexity,
  })
  async differences(
    @Args(() => ModelDifferencesArgs) { models, dataset, split, reviews, deadlineMs }: ModelDifferencesArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<ModelDifferences> {
    const { catalogue, routes } = context.services;
    const [first, second] = await Promise.all([routes.resolve(models[0]), routes.resolve(models[1])]);
    const read = await catalogue.read(dataset, split, { offset: 0, count: reviews });
    const asked = read.reviews.filter(isLabelled);
    const texts = asked.map(({ text }) => text);
    const [ofFirst, ofSecond] = await Promise.all(
      [first, second].map(({ version }) => answersOf(version, texts, context, deadlineMs ?? undefined)),
    );
    const items = asked
      .map(({ id, text, label }, index) => ({
        review: id,
        text,
        label: wordOf(label),
        answers: [ofFirst![index]!.prediction, ofSecond![index]!.prediction],
      }))
      .filter(({ answers: [one, other] }) => one!.label !== other!.label)
      .sort((a, b) => distanceOf(b.answers) - distanceOf(a.answers));
    return {
      models: [toModel(first.version), toModel(second.version)],
      reviews: asked.length,
      agreement: asked.length === 0 ? 1 : (asked.length - items.length) / asked.length,
      items,
    };
  }
}

function distanceOf([one, other]: readonly Prediction[]): number {
  return Math.abs(one!.probabilities.positive - other!.probabilities.positive);
}
