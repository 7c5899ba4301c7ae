/** What an operation is for metrics, log and trace: its kind, its name and its root fields. */
import {
  Kind,
  type DocumentNode,
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
      fields: [...rootFields(document, operation)],
    };
    known.set(operation, shape);
  }
  return shape;
}

function rootFields(document: DocumentNode, operation: OperationDefinitionNode): Set<string> {
  const fields = new Set<string>();
  // Each is gone through once: nested spreads would take exponential time.
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) fields.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else {
        const fragment = fragments.get(selection.name.value);
        fragments.delete(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  collect(operation.selectionSet);
  return fields;
}
