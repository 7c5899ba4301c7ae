/** API keys and the audit log: for admins. */
import { Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { ConnectionArgs, listCost, toConnection, type Connection } from '../connection.ts';
import type { GraphqlContext } from '../context.ts';
import { cost } from '../limits.ts';
import { Needs } from '../permissions.ts';
import { CreateKeyArgs, KeyArgs } from './keys.input.ts';
import { ApiKey, type AuditEntry, AuditEntryConnection, CreatedApiKey, toAuditEntry } from './keys.type.ts';

@Resolver()
export class KeysResolver {
  @Needs('admin')
  @Query(() => [ApiKey], {
    description: 'Every API key that was ever made, the oldest first.',
    complexity: listCost,
  })
  async apiKeys(@Ctx() { services }: GraphqlContext): Promise<ApiKey[]> {
    return services.keys.list();
  }

  @Needs('admin')
  @Mutation(() => CreatedApiKey, {
    description:
      'Makes an API key. A server that asked for none asks for one from then on. CONFLICT for a name that a key had before.',
    complexity: cost.run,
  })
  async createApiKey(
    @Args(() => CreateKeyArgs)
    { name, scopes, expiresInDays = null, requestsPerMinute = null }: CreateKeyArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<CreatedApiKey> {
    return services.keys.make({ name, scopes, expiresInDays, requestsPerMinute });
  }

  @Needs('admin')
  @Mutation(() => ApiKey, {
    description:
      'Ends an API key at once: requests with it are refused, and its WebSockets are closed. One that was revoked before stays as it is.',
  })
  async revokeApiKey(
    @Args(() => KeyArgs) { name }: KeyArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<ApiKey> {
    return services.keys.revoke(name);
  }

  @Needs('admin')
  @Query(() => AuditEntryConnection, {
    description: 'Every mutation that was asked for, the newest first.',
    complexity: listCost,
  })
  async auditLog(
    @Args(() => ConnectionArgs) { first, after }: ConnectionArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Connection<AuditEntry>> {
    return toConnection(await services.audit.list({ first, after: after ?? null }), after, toAuditEntry);
  }
}
