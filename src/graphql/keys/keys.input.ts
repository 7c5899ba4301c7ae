/** Which key is to be made or revoked. */
import { ArrayMaxSize, ArrayNotEmpty, Matches, Max, Min } from 'class-validator';
import { ArgsType, Field, Int } from 'type-graphql';
import { namePattern, nameRule } from '../../names.ts';
import { scopes } from '../../access/actor.ts';
import type { Scope as ScopeName } from '../../storage/accessTables.ts';
import { Scope } from '../enums.ts';

@ArgsType()
export class KeyArgs {
  @Field(() => String, { description: `The key’s name: ${nameRule}.` })
  @Matches(namePattern, { message: `name must be ${nameRule}` })
  name!: string;
}

@ArgsType()
export class CreateKeyArgs extends KeyArgs {
  @Field(() => [Scope], { description: 'What it shall open; each opens those before it as well.' })
  @ArrayNotEmpty()
  @ArrayMaxSize(scopes.length)
  scopes!: ScopeName[];

  @Field(() => Int, { nullable: true, description: 'After how many days it ends; null for never.' })
  @Min(1)
  @Max(36_500)
  expiresInDays?: number | null;

  @Field(() => Int, { nullable: true, description: 'Its own limit; null for the server’s setting.' })
  @Min(1)
  requestsPerMinute?: number | null;
}
