/** How clients point at models. */
import { IsNotEmpty, Matches, MaxLength } from 'class-validator';
import { ArgsType, Field } from 'type-graphql';
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

  @Field(() => String, { description: `What it shall mean from now on. ${referenceDescription}` })
  @IsNotEmpty()
  @MaxLength(200)
  model!: string;
}
