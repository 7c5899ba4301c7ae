/** What this installation is. */
import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'An engine that could train models.' })
export class AvailableEngine {
  @Field(() => String, { description: 'Its name, as in DISTILLERY_ENGINE.' })
  name!: string;

  @Field(() => Boolean, { description: 'Whether it can be used here.' })
  available!: boolean;

  @Field(() => String, { description: 'Its version, or why it can’t be used.' })
  detail!: string;
}

@ObjectType({ description: 'The engine that trains models here, and why it was chosen.' })
export class TrainingEngine {
  @Field(() => String, { description: 'The engine in use.' })
  chosen!: string;

  @Field(() => String, { description: 'Why this one.' })
  reason!: string;

  @Field(() => [AvailableEngine], { description: 'All engines that are known.' })
  available!: AvailableEngine[];
}

@ObjectType({ description: 'How much one request may ask for.' })
export class Limits {
  @Field(() => Int, { description: 'Characters of a text to classify.' })
  textCharacters!: number;

  @Field(() => Int, { description: 'Texts of one classifyMany.' })
  textsPerRequest!: number;

  @Field(() => Int, { description: 'Bytes of a request.' })
  bodyBytes!: number;

  @Field(() => Int, { description: 'Levels of fields in an operation.' })
  depth!: number;

  @Field(() => Int, { description: 'Aliases in an operation.' })
  aliases!: number;

  @Field(() => Int, { description: 'Lexical tokens of an operation.' })
  tokens!: number;

  @Field(() => Int, {
    description: 'Cost of an operation: a field costs 1, a list its items, a classified text more.',
  })
  cost!: number;

  @Field(() => Int, { description: 'Runs that go on at the same time.' })
  concurrentRuns!: number;
}

@ObjectType({ description: 'The installation that answers.' })
export class System {
  @Field(() => String, { description: 'Version of Distillery.' })
  version!: string;

  @Field(() => String, { description: 'Version of Node.js.' })
  node!: string;

  @Field(() => String, { description: 'Version of onnxruntime-node, which serves all models.' })
  onnxruntime!: string;

  @Field(() => String, { description: 'pglite, or postgresql.' })
  database!: string;

  @Field(() => String, { description: 'Processor, threads and memory.' })
  machine!: string;

  @Field(() => TrainingEngine, { description: 'What trains models here.' })
  engine!: TrainingEngine;

  @Field(() => Limits, { description: 'How much one request may ask for.' })
  limits!: Limits;
}
