/** How clients point at models. */
import { IsNotEmpty, Matches, MaxLength } from 'class-validator';
import { ArgsType, Field, Float } from 'type-graphql';
import { namePattern, nameRule } from '../../names.ts';
import { ConnectionArgs } from '../connection.ts';

export const referenceDescription =
  'A name (its newest version), name@version, or an alias such as teacher or best-student.';

@ArgsType()
export class ModelsArgs extends ConnectionArgs {
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether the students that surveys made are listed too.',
  })
  ofSurveys!: boolean;
}

@ArgsType()
export class ModelArgs {
  @Field(() => String, { description: referenceDescription })
  @IsNotEmpty()
  @MaxLength(200)
  reference!: string;
}

@ArgsType()
export class SetAliasArgs {
  @Field(() => String, { description: 'The alias: 1 to 64 of a-z, 0-9, ".", "_", "-".' })
  @Matches(namePattern, { message: `alias must be ${nameRule}` })
  alias!: string;

  @Field(() => String, { description: `What it shall mean from now on, or try. ${referenceDescription}` })
  @IsNotEmpty()
  @MaxLength(200)
  model!: string;

  @Field(() => Float, {
    defaultValue: 1,
    description:
      'Above 0 and up to 1. Below 1, the alias keeps its version, and the model answers this share of the texts: ' +
      'always the same ones. The alias’s own version as model, or a share of 1, ends that.',
  })
  share!: number;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Whether the alias keeps its version for all answers, and the model is given the share of the texts as well, ' +
      'for the statistics that `aliases` tells.',
  })
  shadow!: boolean;
}

@ArgsType()
export class AliasArgs {
  @Field(() => String, { description: 'The alias.' })
  @Matches(namePattern, { message: `alias must be ${nameRule}` })
  alias!: string;
}

@ArgsType()
export class AliasHistoryArgs extends ConnectionArgs {
  @Field(() => String, { description: 'The alias.' })
  @Matches(namePattern, { message: `alias must be ${nameRule}` })
  alias!: string;
}
