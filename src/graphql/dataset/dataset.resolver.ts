/** Datasets: list them, and bring your own. */
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { ConnectionArgs, listCost, pageOfNames, toConnection, type Connection } from '../connection.ts';
import type { GraphqlContext } from '../context.ts';
import { cost } from '../limits.ts';
import { ImportDatasetInput } from './dataset.input.ts';
import { Dataset, DatasetConnection } from './dataset.type.ts';

@Resolver()
export class DatasetResolver {
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
