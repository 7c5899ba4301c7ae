/** Makes entries of the audit log out of a mutation and its answer; the same for HTTP and WebSocket. */
import {
  getArgumentValues,
  getVariableValues,
  GraphQLError,
  type DocumentNode,
  type FieldNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { ErrorCode } from '../errors.ts';
import type { NewAuditEntry } from '../access/auditLog.ts';
import type { Transport } from '../telemetry/metrics.ts';
import type { GraphqlContext } from './context.ts';
import { rootFields } from './operationShape.ts';

const longestText = 200;
const longestList = 50;
/** Arguments that hold whole files. */
const contents = new Set(['content']);

export interface AskedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
}

/** Resolves when a mutation stands in the log, before its client is answered; other operations are passed over. */
export async function auditMutation(
  asked: AskedOperation,
  answer: Answer,
  { services, actor, operation }: Pick<GraphqlContext, 'services' | 'actor' | 'operation'>,
  transport: Transport,
): Promise<void> {
  if (asked.operation.operation !== 'mutation') return;
  const { requestId } = operation;
  const facts = { actor: actor.name, keyId: actor.keyId, requestId, transport };
  await services.audit.write(entriesOf(asked, answer).map((entry) => ({ ...facts, ...entry })));
}

function entriesOf(
  { schema, document, operation, variables }: AskedOperation,
  { data, errors = [] }: Answer,
): Pick<NewAuditEntry, 'mutation' | 'arguments' | 'errorCode'>[] {
  const type = schema.getMutationType();
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  const ofWhole = errors.find(({ path }) => !path);
  let stopped = false;
  return [...keyed(rootFields(document, operation))].flatMap(([key, node]) => {
    const field = type?.getFields()[node.name.value];
    // Left out by @skip or @include.
    if (!field || (data && !(key in data))) return [];
    const own = errors.find(({ path }) => path?.[0] === key) ?? ofWhole;
    // Fields of a mutation are run one after another, up to the first that fails.
    const code = own?.extensions?.code ?? (stopped ? 'CANCELLED' : null);
    stopped ||= own !== undefined && !data;
    return [
      {
        mutation: field.name,
        arguments: shown(argumentsOf(field, node, coerced)) as Record<string, unknown>,
        errorCode: code as ErrorCode | null,
      },
    ];
  });
}

/** By the key in the answer: equal fields are run once. */
function keyed(nodes: Iterable<FieldNode>): Map<string, FieldNode> {
  const fields = new Map<string, FieldNode>();
  for (const node of nodes) {
    const key = node.alias?.value ?? node.name.value;
    if (!fields.has(key)) fields.set(key, node);
  }
  return fields;
}

function argumentsOf(
  field: Parameters<typeof getArgumentValues>[0],
  node: FieldNode,
  variables: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  try {
    return getArgumentValues(field, node, variables);
  } catch (error) {
    // Values of the wrong type: the operation was refused for them.
    if (error instanceof GraphQLError) return {};
    throw error;
  }
}

function shown(value: unknown, name = ''): unknown {
  if (typeof value === 'string') {
    if (contents.has(name)) return `(${value.length} characters)`;
    return value.length > longestText ? `${value.slice(0, longestText)}…` : value;
  }
  if (Array.isArray(value)) return value.slice(0, longestList).map((item) => shown(item, name));
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item, key)]));
}
