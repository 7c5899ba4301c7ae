/** Models: list them, look one up, and move aliases or let them try a version. */
import { Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { listCost, toConnection, type Connection } from '../connection.ts';
import type { GraphqlContext } from '../context.ts';
import { Needs } from '../permissions.ts';
import { Alias, toAlias } from './alias.type.ts';
import { type AliasChange, AliasChangeConnection, toAliasChange } from './aliasChange.type.ts';
import { AliasArgs, AliasHistoryArgs, ModelArgs, ModelsArgs, SetAliasArgs } from './model.input.ts';
import { Model, ModelConnection, toModel } from './model.type.ts';

@Resolver()
export class ModelResolver {
  @Needs('classify')
  @Query(() => ModelConnection, { description: 'The newest version of every model.', complexity: listCost })
  async models(
    @Args(() => ModelsArgs) { first, after, ofSurveys }: ModelsArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Connection<Model>> {
    const page = await services.registry.list({ first, after: after ?? null, ofSurveys });
    return toConnection(page, after, toModel);
  }

  @Needs('classify')
  @Query(() => Model, { description: 'One model; NOT_FOUND lists the names that exist.' })
  async model(
    @Args(() => ModelArgs) { reference }: ModelArgs,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<Model> {
    return toModel(await loaders.model.load(reference));
  }

  @Needs('classify')
  @Query(() => [Alias], {
    description: 'Every alias with what it means and what it tries, by name.',
    complexity: listCost,
  })
  async aliases(@Ctx() { services }: GraphqlContext): Promise<Alias[]> {
    return (await services.routes.aliases()).map(toAlias);
  }

  @Needs('admin')
  @Mutation(() => Model, {
    description:
      'Lets an alias mean another version, at once and for every client; or, with a share below 1 or as a shadow, lets ' +
      'it try the version beside its own, until it is set again. INVALID_CHECKPOINT for a version that can’t be opened.',
  })
  async setAlias(
    @Args(() => SetAliasArgs) { alias, model, share, shadow }: SetAliasArgs,
    @Ctx() { services, actor }: GraphqlContext,
  ): Promise<Model> {
    const terms = { share, shadow };
    return toModel(await services.routes.setAlias(alias, model, terms, { actor: actor.name }));
  }

  @Needs('classify')
  @Query(() => AliasChangeConnection, {
    description: 'What an alias has meant and tried since when, the newest first.',
    complexity: listCost,
  })
  async aliasHistory(
    @Args(() => AliasHistoryArgs) { alias, first, after }: AliasHistoryArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Connection<AliasChange>> {
    const page = await services.registry.aliasHistory(alias, { first, after: after ?? null });
    return toConnection(page, after, toAliasChange);
  }

  @Needs('admin')
  @Mutation(() => Model, {
    description:
      'Lets an alias mean the version again that it meant last before its present one, whatever it tried meanwhile; a ' +
      'trial ends. Once more, and it means the present one again. CONFLICT where there is no such version, or it is gone.',
  })
  async rollbackAlias(
    @Args(() => AliasArgs) { alias }: AliasArgs,
    @Ctx() { services, actor }: GraphqlContext,
  ): Promise<Model> {
    return toModel(await services.routes.rollbackAlias(alias, actor.name));
  }
}
