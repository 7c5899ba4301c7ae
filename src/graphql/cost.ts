/** Adds up what an operation would cost with its variables, before anything is run. */
import {
  getArgumentValues,
  getNamedType,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';

export interface CostOf {
  /** The field's arguments, variables and defaults filled in. */
  readonly args: Readonly<Record<string, unknown>>;
  /** What is selected of one item of the field's answer. */
  readonly childComplexity: number;
}

type Values = Readonly<Record<string, unknown>>;

/** Costs of documents, which Apollo remembers, that are the same whatever their variables. */
const known = new WeakMap<OperationDefinitionNode, number>();

/**
 * A field costs 1 and what is selected below it, or what its `complexity` says. Directives that leave fields out are
 * not looked at: the answer is an upper bound.
 * @returns 0 for variables that are not of their types, which execution then refuses
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Values,
  operationName?: string | null,
): number {
  const operation = getOperationAST(document, operationName);
  if (!operation) return 0;
  const remembered = known.get(operation);
  if (remembered !== undefined) return remembered;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (!coerced) return 0;
  const root = schema.getRootType(operation.operation);
  const counter = new Counter(schema, document, coerced);
  const cost = counter.selections(operation.selectionSet.selections, root);
  if (!counter.usedArguments) known.set(operation, cost);
  return cost;
}

class Counter {
  /** Whether some field's cost depends on its arguments. */
  usedArguments = false;
  readonly #schema: GraphQLSchema;
  readonly #document: DocumentNode;
  readonly #variables: Values;
  /** A fragment is counted once, however often it is spread: nested spreads would take exponential time. */
  readonly #fragments = new Map<string, number>();

  constructor(schema: GraphQLSchema, document: DocumentNode, variables: Values) {
    this.#schema = schema;
    this.#document = document;
    this.#variables = variables;
  }

  selections(nodes: readonly SelectionNode[], parent: GraphQLNamedType | null | undefined): number {
    return nodes.reduce((sum, node) => sum + this.#selection(node, parent), 0);
  }

  #selection(node: SelectionNode, parent: GraphQLNamedType | null | undefined): number {
    switch (node.kind) {
      case Kind.FIELD:
        return this.#field(node, isObjectType(parent) ? parent.getFields()[node.name.value] : undefined);
      case Kind.INLINE_FRAGMENT:
        return this.selections(
          node.selectionSet.selections,
          this.#typeOf(node.typeCondition?.name.value) ?? parent,
        );
      case Kind.FRAGMENT_SPREAD:
        return this.#fragment(node.name.value);
    }
  }

  #field(node: FieldNode, field: GraphQLField<unknown, unknown> | undefined): number {
    // Introspection: its depth and its tokens are limited, and it reads nothing but the schema.
    if (!field) return 1;
    const childComplexity = this.selections(node.selectionSet?.selections ?? [], getNamedType(field.type));
    const { complexity } = field.extensions;
    if (typeof complexity === 'number') return complexity + childComplexity;
    if (typeof complexity !== 'function') return 1 + childComplexity;
    const argumentsOf = () => this.#argumentsOf(node, field);
    const cost: CostOf = {
      get args() {
        return argumentsOf();
      },
      childComplexity,
    };
    return Number(complexity(cost));
  }

  #argumentsOf(node: FieldNode, field: GraphQLField<unknown, unknown>): Values {
    this.usedArguments = true;
    try {
      return getArgumentValues(field, node, this.#variables);
    } catch (error) {
      // A missing variable, which execution refuses.
      if (error instanceof GraphQLError) return {};
      throw error;
    }
  }

  #fragment(name: string): number {
    const known = this.#fragments.get(name);
    if (known !== undefined) return known;
    const fragment = this.#document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
    );
    if (fragment?.kind !== Kind.FRAGMENT_DEFINITION) return 0;
    const found = this.selections(
      fragment.selectionSet.selections,
      this.#typeOf(fragment.typeCondition.name.value),
    );
    this.#fragments.set(name, found);
    return found;
  }

  #typeOf(name: string | undefined): GraphQLNamedType | undefined {
    return name === undefined ? undefined : this.#schema.getType(name);
  }
}
