/** Models: list them, look one up, and move aliases. */
import { Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { listCost, toConnection, type Connection } from '../connection.ts';
import type { GraphqlContext } from '../context.ts';
import { ModelArgs, ModelsArgs, SetAliasArgs } from './model.input.ts';
import { Model, ModelConnection, toModel } from './model.type.ts';

@Resolver()
export class ModelResolver {
  @Query(() => ModelConnection, { description: 'The newest version of every model.', complexity: listCost })
  async models(
    @Args(() => ModelsArgs) { first, after, ofSurveys }: ModelsArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Connection<Model>> {
    const page = await services.registry.list({ first, after: after ?? null, ofSurveys });
    return toConnection(page, after, toModel);
  }

  @Query(() => Model, { description: 'One model; NOT_FOUND lists the names that exist.' })
  async model(
    @Args(() => ModelArgs) { reference }: ModelArgs,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<Model> {
    return toModel(await loaders.model.load(reference));
  }

  @Mutation(() => Model, { description: 'Lets an alias mean another version, at once and for every client.' })
  async setAlias(
    @Args(() => SetAliasArgs) { alias, model }: SetAliasArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Model> {
    return toModel(await services.registry.setAlias(alias, model));
  }
}
