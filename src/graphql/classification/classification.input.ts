/** What is to be classified, and by which models. */
import { ArrayMaxSize, ArrayNotEmpty, IsNotEmpty, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, Int } from 'type-graphql';
import { referenceDescription } from '../model/model.input.ts';

const textDescription = 'The review; not empty. `system` tells the largest length.';

@ArgsType()
export class DeadlineArgs {
  @Field(() => Int, {
    nullable: true,
    description:
      'Milliseconds that the answer is worth waiting for: a text whose turn has not come by then is dropped with ' +
      'DEADLINE_EXCEEDED. Without it, the answer is waited for.',
  })
  @Min(1)
  deadlineMs?: number | null;
}

@ArgsType()
export class ClassifyArgs extends DeadlineArgs {
  @Field(() => String, { description: textDescription })
  text!: string;

  @Field(() => String, { defaultValue: 'best-student', description: referenceDescription })
  @IsNotEmpty()
  @MaxLength(200)
  model!: string;
}

@ArgsType()
export class ClassifyManyArgs extends DeadlineArgs {
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
export class CompareArgs extends DeadlineArgs {
  @Field(() => String, { description: textDescription })
  text!: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'The models to ask, each a name, name@version or alias; of an alias that tries a version, both are asked. Without ' +
      'it, the newest version of every model but the students of surveys.',
  })
  @ArrayNotEmpty()
  @ArrayMaxSize(64)
  models?: string[] | null;
}
