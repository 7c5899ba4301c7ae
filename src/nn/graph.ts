/** A graph: named inputs and parameters, and nodes in an order in which they can run. */
import type { Op } from './ops/op.ts';
import type { DType, Shape } from './shape.ts';

/** What a node makes or a graph is given; compared by identity. */
export interface Value {
  readonly id: number;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface Input {
  readonly name: string;
  readonly value: Value;
  /** Set for a dropout mask: the engine draws it, true with this probability. */
  readonly keep: number | null;
}

export interface Parameter {
  readonly name: string;
  readonly value: Value;
}

/** A scalar that is part of the graph. */
export interface Constant {
  readonly number: number;
  readonly value: Value;
}

export interface Node {
  readonly op: Op;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** The layer that made it, for messages: `encoder.layer.0.attention`. */
  readonly layer: string;
}

export interface Graph {
  readonly inputs: readonly Input[];
  readonly parameters: readonly Parameter[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly Node[];
  readonly outputs: ReadonlyMap<string, Value>;
}

/** The output of that name; graphs are built by our own code, so a missing one is a fault of ours. */
export function outputOf(graph: Graph, name: string): Value {
  const value = graph.outputs.get(name);
  if (!value)
    throw new Error(`the graph has no output ${name}, only ${[...graph.outputs.keys()].join(', ')}`);
  return value;
}
