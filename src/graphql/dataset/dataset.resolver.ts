/** Datasets: list them, look into them, and check and bring your own. */
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { checkUpload } from '../../data/uploadCheck.ts';
import { isLabelled } from '../../evaluation/labelledReviews.ts';
import { ConnectionArgs, listCost, pageOfNames, toConnection, type Connection } from '../connection.ts';
import type { GraphqlContext } from '../context.ts';
import type { CostOf } from '../cost.ts';
import { cost } from '../limits.ts';
import { Needs } from '../permissions.ts';
import { CheckDatasetInput, ImportDatasetInput, ReviewsArgs } from './dataset.input.ts';
import { Dataset, DatasetConnection } from './dataset.type.ts';
import { DatasetCheck, toDatasetCheck } from './datasetCheck.type.ts';
import { ReviewPage, toReview } from './review.type.ts';

/** Reading a file takes as long as it is, and holds other requests up meanwhile: one of the largest, or many small ones. */
function checkCost({ args, childComplexity }: CostOf): number {
  const { content } = (args.input ?? {}) as Partial<CheckDatasetInput>;
  const characters = typeof content === 'string' ? content.length : 0;
  return cost.run + Math.min(cost.largestCheck, Math.ceil(characters / 1_000)) + childComplexity;
}

@Resolver()
export class DatasetResolver {
  @Needs('classify')
  @Query(() => DatasetConnection, {
    description: 'The datasets that runs can use. Looking never downloads.',
    complexity: listCost,
  })
  async datasets(
    @Args(() => ConnectionArgs) { first, after }: ConnectionArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Connection<Dataset>> {
    const { items, hasNextPage } = pageOfNames('datasets', await services.catalogue.names(), first, after);
    const described = await Promise.all(
      items.map(async ({ name, cursor }) => ({ ...(await services.catalogue.describe(name)), cursor })),
    );
    return toConnection({ items: described, hasNextPage }, after, (dataset) => dataset);
  }

  @Needs('classify')
  @Query(() => ReviewPage, {
    description:
      'Labelled reviews of a dataset that is ready; CONFLICT for one that is not. Looking never downloads.',
    complexity: listCost,
  })
  async reviews(
    @Args(() => ReviewsArgs) { dataset, split, first, offset }: ReviewsArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<ReviewPage> {
    const { reviews, total } = await services.catalogue.read(dataset, split, { offset, count: first });
    return { total, items: reviews.filter(isLabelled).map(toReview) };
  }

  @Needs('train')
  @Query(() => DatasetCheck, {
    description:
      'Reads a file as importDataset would, and tells what is in it and every line at fault. Nothing is stored.',
    complexity: checkCost,
  })
  checkDataset(
    @Arg('input', () => CheckDatasetInput, { description: 'The reviews.' }) input: CheckDatasetInput,
  ): DatasetCheck {
    return toDatasetCheck(checkUpload(input.format, input.content));
  }

  @Needs('train')
  @Mutation(() => Dataset, {
    description:
      'Checks every row and stores the reviews under a new name; INVALID_DATASET names the lines at fault.',
    complexity: cost.run,
  })
  async importDataset(
    @Arg('input', () => ImportDatasetInput, { description: 'The reviews.' }) input: ImportDatasetInput,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Dataset> {
    await services.catalogue.import(input.name, input.format, input.content);
    return services.catalogue.describe(input.name);
  }
}
