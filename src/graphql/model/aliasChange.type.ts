/** Changes of aliases as clients see them. */
import { Field, Float, ObjectType } from 'type-graphql';
import type { AliasChange as StoredChange } from '../../models/registry.ts';
import { referenceOf } from '../../names.ts';
import { connectionType } from '../connection.ts';
import { AliasChangeReason } from '../enums.ts';

@ObjectType({ description: 'A version that an alias began to try.' })
export class TriedVersion {
  @Field(() => String, { description: 'name@version; the version may be gone.' })
  reference!: string;

  @Field(() => Float, { description: 'The share of the texts that it was given.' })
  share!: number;

  @Field(() => Boolean, { description: 'Whether its answers only counted.' })
  shadow!: boolean;
}

@ObjectType({ description: 'What an alias meant and tried from a moment on.' })
export class AliasChange {
  @Field(() => Date, { description: 'When it was changed.' })
  at!: Date;

  @Field(() => String, { description: 'name@version that it meant from then on; the version may be gone.' })
  reference!: string;

  @Field(() => TriedVersion, { nullable: true, description: 'What it tried beside from then on.' })
  candidate!: TriedVersion | null;

  @Field(() => AliasChangeReason, { description: 'Why.' })
  reason!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The name of the key, local without one, configuration for DISTILLERY_API_KEY; null for the server.',
  })
  actor!: string | null;
}

export const AliasChangeConnection = connectionType(AliasChange, 'AliasChange');

export function toAliasChange({ at, name, version, candidate, reason, actor }: StoredChange): AliasChange {
  return {
    at,
    reference: referenceOf({ name, version }),
    candidate: candidate && { ...candidate, reference: referenceOf(candidate) },
    reason,
    actor,
  };
}
