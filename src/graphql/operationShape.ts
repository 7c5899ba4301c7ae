/** What an operation is for metrics, log and trace: its kind, its name and its root fields. */
import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { OperationShape } from '../telemetry/operation.ts';

/** Documents that Apollo remembers are looked at once. */
const known = new WeakMap<OperationDefinitionNode, OperationShape>();

/** @param document which was found valid: its fields are those of the schema */
export function shapeOf(document: DocumentNode, operation: OperationDefinitionNode): OperationShape {
  let shape = known.get(operation);
  if (!shape) {
    shape = {
      type: operation.operation,
      name: operation.name?.value ?? null,
      fields: [...new Set([...rootFields(document, operation)].map(({ name }) => name.value))],
    };
    known.set(operation, shape);
  }
  return shape;
}

/** The fields at the root of an operation, in their order, those of fragments too. */
export function* rootFields(
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Generator<FieldNode> {
  // Each is gone through once: nested spreads would take exponential time.
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  function* collect({ selections }: SelectionSetNode): Generator<FieldNode> {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) yield selection;
      else if (selection.kind === Kind.INLINE_FRAGMENT) yield* collect(selection.selectionSet);
      else {
        const fragment = fragments.get(selection.name.value);
        fragments.delete(selection.name.value);
        if (fragment) yield* collect(fragment.selectionSet);
      }
    }
  }
  yield* collect(operation.selectionSet);
}
