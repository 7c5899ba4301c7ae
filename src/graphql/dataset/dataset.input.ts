/** A dataset that a client brings. */
import { IsNotEmpty, Matches } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { namePattern, nameRule } from '../../names.ts';
import { DatasetFormat } from '../enums.ts';

@InputType({
  description: 'Labelled reviews of your own. Files beyond the body limit: `distillery data import`.',
})
export class ImportDatasetInput {
  @Field(() => String, { description: 'A new name: 1 to 64 of a-z, 0-9, ".", "_", "-".' })
  @Matches(namePattern, { message: `name must be ${nameRule}` })
  name!: string;

  @Field(() => DatasetFormat, { description: 'How the content is written.' })
  format!: 'csv' | 'jsonl';

  @Field(() => String, { description: 'The rows.' })
  @IsNotEmpty()
  content!: string;
}
