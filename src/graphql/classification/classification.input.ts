/** What is to be classified, and by which models. */
import { ArrayMaxSize, ArrayNotEmpty, IsNotEmpty, MaxLength } from 'class-validator';
import { ArgsType, Field } from 'type-graphql';
import { referenceDescription } from '../model/model.input.ts';

const textDescription = 'The review; not empty. `system` tells the largest length.';

@ArgsType()
export class ClassifyArgs {
  @Field(() => String, { description: textDescription })
  text!: string;

  @Field(() => String, { defaultValue: 'best-student', description: referenceDescription })
  @IsNotEmpty()
  @MaxLength(200)
  model!: string;
}

@ArgsType()
export class ClassifyManyArgs {
  @Field(() => [String], {
    description: 'The reviews; none of them empty. `system` tells the largest length and number.',
  })
  texts!: string[];

  @Field(() => String, { defaultValue: 'best-student', description: referenceDescription })
  @IsNotEmpty()
  @MaxLength(200)
  model!: string;
}

@ArgsType()
export class CompareArgs {
  @Field(() => String, { description: textDescription })
  text!: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'The models to ask, each a name, name@version or alias; without it, the newest version of every model but the students of surveys.',
  })
  @ArrayNotEmpty()
  @ArrayMaxSize(64)
  models?: string[] | null;
}
