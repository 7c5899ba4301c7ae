/** Models: list them, look one up, and move aliases or let them try a version. */
import { Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { listCost, toConnection, type Connection } from '../connection.ts';
import type { GraphqlContext } from '../context.ts';
import { Alias, toAlias } from './alias.type.ts';
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

  @Query(() => [Alias], {
    description: 'Every alias with what it means and what it tries, by name.',
    complexity: listCost,
  })
  async aliases(@Ctx() { services }: GraphqlContext): Promise<Alias[]> {
    return (await services.routes.aliases()).map(toAlias);
  }

  @Mutation(() => Model, {
    description:
      'Lets an alias mean another version, at once and for every client; or, with a share below 1 or as a shadow, lets ' +
      'it try the version beside its own, until it is set again. INVALID_CHECKPOINT for a version that can’t be opened.',
  })
  async setAlias(
    @Args(() => SetAliasArgs) { alias, model, share, shadow }: SetAliasArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Model> {
    return toModel(await services.routes.setAlias(alias, model, { share, shadow }));
  }
}
