/** API keys and the audit log as admins see them. */
import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { AuditEntry as StoredEntry } from '../../access/auditLog.ts';
import { connectionType } from '../connection.ts';
import { Scope } from '../enums.ts';

@ObjectType({ description: 'What is kept of an API key.' })
export class ApiKey {
  @Field(() => ID, { description: 'Names it for good; aliases and the audit log tell of it.' })
  name!: string;

  @Field(() => String, { description: 'The first characters of the key.' })
  hint!: string;

  @Field(() => [Scope], { description: 'What it opens.' })
  scopes!: string[];

  @Field(() => Int, { nullable: true, description: 'Its own limit; null for the server’s setting.' })
  requestsPerMinute!: number | null;

  @Field(() => Date, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When it was last used, to the minute.' })
  lastUsedAt!: Date | null;

  @Field(() => Date, { nullable: true, description: 'When it ends; null for a key that does not.' })
  expiresAt!: Date | null;

  @Field(() => Date, { nullable: true, description: 'When it was revoked.' })
  revokedAt!: Date | null;
}

@ObjectType({ description: 'A key that was just made.' })
export class CreatedApiKey {
  @Field(() => String, { description: 'The key itself. It is told this once, and can’t be had again.' })
  key!: string;

  @Field(() => ApiKey, { description: 'What is kept of it.' })
  kept!: ApiKey;
}

@ObjectType({ description: 'A mutation that was asked for.' })
export class AuditEntry {
  @Field(() => Date, { description: 'When it had ended.' })
  at!: Date;

  @Field(() => String, {
    description: 'The name of the key; local without one, configuration for DISTILLERY_API_KEY.',
  })
  actor!: string;

  @Field(() => String, { description: 'The root field.' })
  mutation!: string;

  @Field(() => GraphQLJSONObject, {
    description: 'Its arguments; texts cut after 200 characters, files left out.',
  })
  arguments!: Record<string, unknown>;

  @Field(() => String, { nullable: true, description: 'The code of its error; null where it succeeded.' })
  errorCode!: string | null;

  @Field(() => String, { description: 'The x-request-id of the request, by which the log knows it too.' })
  requestId!: string;

  @Field(() => String, { description: 'http or websocket.' })
  transport!: string;
}

export const AuditEntryConnection = connectionType(AuditEntry, 'AuditEntry');

export function toAuditEntry({ at, actor, mutation, arguments: given, ...rest }: StoredEntry): AuditEntry {
  const { errorCode, requestId, transport } = rest;
  return { at, actor, mutation, arguments: given, errorCode, requestId, transport };
}
