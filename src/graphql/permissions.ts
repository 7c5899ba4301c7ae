/** Which scope a root field needs, declared beside it, and whether a client has it. */
import { GraphQLError, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { Extensions } from 'type-graphql';
import { opens, scopes, type Actor } from '../access/actor.ts';
import { requireScope, type Gate } from '../access/gate.ts';
import { DistilleryError } from '../errors.ts';
import type { Scope } from '../storage/accessTables.ts';
import { shapeOf } from './operationShape.ts';

/** On a query, mutation or subscription: keys of this scope may ask for it. A field without it is for admins. */
export const Needs = (scope: Scope) => Extensions({ scope });

interface Needed {
  readonly scope: Scope;
  /** The field that needs it. */
  readonly field: string;
  readonly introspects: boolean;
}

/** Documents that Apollo remembers are looked at once. */
const known = new WeakMap<OperationDefinitionNode, Needed>();

/** @throws GraphQLError FORBIDDEN where a root field needs more than the client has; nothing of the operation is run then */
export function checkPermission(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  { actor, gate }: { actor: Actor; gate: Gate },
): void {
  const { scope, field, introspects } = neededBy(schema, document, operation);
  try {
    requireScope(actor, scope, field);
    if (introspects && !gate.tellsSchema && !opens(actor, 'admin'))
      throw new DistilleryError(
        'FORBIDDEN',
        'This server tells its schema to admin keys only. It is in schema/schema.graphql, and DISTILLERY_INTROSPECTION=true tells it to all.',
        { scope: 'admin' },
      );
  } catch (error) {
    if (!(error instanceof DistilleryError)) throw error;
    throw new GraphQLError(error.message, {
      originalError: error,
      extensions: { code: error.code, http: { status: 403 } },
    });
  }
}

function neededBy(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Needed {
  let needed = known.get(operation);
  if (!needed) {
    const fields = schema.getRootType(operation.operation)?.getFields() ?? {};
    const asked = shapeOf(document, operation).fields;
    const dearest = asked
      .flatMap((name) => (fields[name] ? [{ field: name, scope: scopeOf(fields[name].extensions) }] : []))
      .sort((one, other) => scopes.indexOf(other.scope) - scopes.indexOf(one.scope))[0];
    const introspects = asked.includes('__schema') || asked.includes('__type');
    needed = { ...(dearest ?? { field: '__typename', scope: 'classify' }), introspects };
    known.set(operation, needed);
  }
  return needed;
}

function scopeOf({ scope }: Readonly<Record<string, unknown>>): Scope {
  return scopes.find((each) => each === scope) ?? 'admin';
}
