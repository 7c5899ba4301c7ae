/** Valid operations of the public schema with variables of their types, from which malformed ones are made. */
import { readdirSync, readFileSync } from 'node:fs';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  parse,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Random } from '../../src/nn/random.ts';
import type { Json } from './json.ts';

export interface ValidOperation {
  readonly query: string;
  readonly kind: OperationDefinitionNode['operation'];
  readonly variables: (random: Random) => { [name: string]: Json };
}

const folder = new URL('../../schema/', import.meta.url);

export function validOperations(): ValidOperation[] {
  const schema = buildSchema(readFileSync(new URL('schema.graphql', folder), 'utf8'));
  // A key that was made by chance would close the server to all that follow.
  const files = readdirSync(new URL('operations/', folder)).filter((file) => file !== 'createApiKey.graphql');
  return files.sort().map((file) => {
    const query = readFileSync(new URL(`operations/${file}`, folder), 'utf8');
    const definition = parse(query).definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new TypeError(`${file} holds no operation.`);
    return {
      query,
      kind: definition.operation,
      variables: (random) => variablesOf(schema, definition, random),
    };
  });
}

function variablesOf(
  schema: GraphQLSchema,
  { operation, variableDefinitions = [] }: OperationDefinitionNode,
  random: Random,
): { [name: string]: Json } {
  // A mutation names nothing that exists: one that is accepted would start work
  const names = operation === 'mutation' ? absent : [...absent, 'best-student', 'imdb-gru-16', 'sample'];
  const values: { [name: string]: Json } = {};
  for (const { variable, type } of variableDefinitions) {
    const given = typeFromAST(schema, type) as GraphQLInputType | undefined;
    if (given && (isNonNullType(given) || random.chance(0.8)))
      values[variable.name.value] = valueOf(given, random, names);
  }
  return values;
}

const absent = ['nothing-of-that-name', 'nothing@1', 'A film that stays with you.', '0'];

function valueOf(type: GraphQLInputType, random: Random, names: readonly string[]): Json {
  if (isNonNullType(type)) return valueOf(type.ofType as GraphQLInputType, random, names);
  if (isListType(type))
    return Array.from({ length: random.integer(4) }, () => valueOf(type.ofType, random, names));
  if (isEnumType(type)) return random.pick(type.getValues()).name;
  if (isInputObjectType(type)) {
    const given = Object.values(type.getFields()).filter(
      // Datasets are always named: some defaults exist
      (field) => isNonNullType(field.type) || field.name === 'dataset' || random.chance(0.5),
    );
    return Object.fromEntries(given.map((field) => [field.name, valueOf(field.type, random, names)]));
  }
  switch (type.name) {
    case 'Int':
      return random.integer(100);
    case 'Float':
      return random.uniform();
    case 'Boolean':
      return random.chance(0.5);
    case 'ID':
      return random.pick(['6b1f0f38-5b7e-4d57-9d3e-3c9b5d7b2f10', ...names]);
    default:
      return random.pick(names);
  }
}
