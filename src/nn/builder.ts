/** Builds graphs: models, losses, gradients and optimisers are all written with this one class. */
import type { Constant, Graph, Input, Node, Parameter, Value } from './graph.ts';
import type { Op } from './ops/op.ts';
import { inferTypes } from './ops/shapeRules.ts';
import type { DType, Shape } from './shape.ts';

/** One of the sides of an operation may be a plain number. */
export type Operand = Value | number;

export class GraphBuilder {
  private readonly inputs: Input[] = [];
  private readonly parameters: Parameter[] = [];
  private readonly constants = new Map<number, Constant>();
  private readonly nodes: Node[] = [];
  private readonly outputs = new Map<string, Value>();
  private nextId = 0;
  private layer = '';

  /** A builder that goes on where a graph ended; the graph itself stays as it is. */
  static extend(graph: Graph): GraphBuilder {
    const builder = new GraphBuilder();
    builder.inputs.push(...graph.inputs);
    builder.parameters.push(...graph.parameters);
    builder.nodes.push(...graph.nodes);
    for (const constant of graph.constants) builder.constants.set(constant.number, constant);
    for (const [name, value] of graph.outputs) builder.outputs.set(name, value);
    const values = [...graph.inputs, ...graph.parameters, ...graph.constants].map(({ value }) => value);
    for (const value of [...values, ...graph.nodes.flatMap(({ outputs }) => outputs)]) {
      builder.nextId = Math.max(builder.nextId, value.id + 1);
    }
    return builder;
  }

  /** Names the layer of the operations that `build` adds, for messages. */
  in<T>(layer: string, build: () => T): T {
    const outer = this.layer;
    this.layer = outer ? `${outer}.${layer}` : layer;
    try {
      return build();
    } finally {
      this.layer = outer;
    }
  }

  input(name: string, dtype: DType, shape: Shape): Value {
    const value = this.value(dtype, shape);
    this.inputs.push({ name, value, keep: null });
    return value;
  }

  parameter(name: string, shape: readonly number[]): Value {
    const value = this.value('float32', shape);
    this.parameters.push({ name, value });
    return value;
  }

  constant(number: number): Value {
    const known = this.constants.get(number);
    if (known) return known.value;
    const value = this.value('float32', []);
    this.constants.set(number, { number, value });
    return value;
  }

  output(name: string, value: Value): void {
    this.outputs.set(name, value);
  }

  build(): Graph {
    return {
      inputs: [...this.inputs],
      parameters: [...this.parameters],
      constants: [...this.constants.values()],
      nodes: [...this.nodes],
      outputs: new Map(this.outputs),
    };
  }

  /** Adds an operation. @throws INVALID_GRAPH where it does not take these inputs */
  apply(op: Op, inputs: readonly Value[]): Value[] {
    const outputs = inferTypes(op, inputs, this.layer).map(({ dtype, shape }) => this.value(dtype, shape));
    this.nodes.push({ op, inputs, outputs, layer: this.layer });
    return outputs;
  }

  add = (a: Operand, b: Operand) => this.one({ kind: 'add' }, a, b);
  sub = (a: Operand, b: Operand) => this.one({ kind: 'sub' }, a, b);
  mul = (a: Operand, b: Operand) => this.one({ kind: 'mul' }, a, b);
  div = (a: Operand, b: Operand) => this.one({ kind: 'div' }, a, b);
  exp = (x: Value) => this.one({ kind: 'exp' }, x);
  sqrt = (x: Value) => this.one({ kind: 'sqrt' }, x);
  tanh = (x: Value) => this.one({ kind: 'tanh' }, x);
  erf = (x: Value) => this.one({ kind: 'erf' }, x);
  relu = (x: Value) => this.one({ kind: 'relu' }, x);
  gelu = (x: Value) => this.one({ kind: 'gelu' }, x);
  equal = (a: Operand, b: Operand) => this.one({ kind: 'compare', relation: 'equal' }, a, b);
  greater = (a: Operand, b: Operand) => this.one({ kind: 'compare', relation: 'greater' }, a, b);
  where = (condition: Value, a: Operand, b: Operand) => this.one({ kind: 'where' }, condition, a, b);
  cast = (x: Value, to: DType) => this.one({ kind: 'cast', to }, x);

  reshape = (x: Value, shape: Shape) => this.one({ kind: 'reshape', shape }, x);
  transpose = (x: Value, order: readonly number[]) => this.one({ kind: 'transpose', order }, x);
  slice = (x: Value, axis: number, start: number, end: number) =>
    this.one({ kind: 'slice', axis, start, end }, x);
  concat = (parts: readonly Value[], axis: number) => this.one({ kind: 'concat', axis }, ...parts);
  shift = (x: Value, axis: number, by: number) => this.one({ kind: 'shift', axis, by }, x);
  expandLike = (x: Value, like: Value) => this.one({ kind: 'expandLike' }, x, like);

  reduceSum = (x: Value, axes: readonly number[], keepDims = false) =>
    this.one({ kind: 'reduceSum', axes, keepDims }, x);
  reduceMean = (x: Value, axes: readonly number[], keepDims = false) =>
    this.one({ kind: 'reduceMean', axes, keepDims }, x);
  reduceMax = (x: Value, axes: readonly number[], keepDims = false) =>
    this.one({ kind: 'reduceMax', axes, keepDims }, x);
  elementCount = (x: Value, axes: readonly number[]) => this.one({ kind: 'elementCount', axes }, x);
  positions = (x: Value, axis: number) => this.one({ kind: 'positions', axis }, x);

  matmul = (a: Value, b: Value, transposeA = false, transposeB = false) =>
    this.one({ kind: 'matmul', transposeA, transposeB }, a, b);
  softmax = (x: Value) => this.one({ kind: 'softmax' }, x);
  logSoftmax = (x: Value) => this.one({ kind: 'logSoftmax' }, x);
  layerNorm = (x: Value, gain: Value, bias: Value, epsilon: number) =>
    this.one({ kind: 'layerNorm', epsilon }, x, gain, bias);
  embedding = (table: Value, ids: Value) => this.one({ kind: 'embedding' }, table, ids);

  /** A convolution whose filters are centred on their position; of an even width one token more follows than precedes. */
  conv1d(x: Value, filters: Value, bias: Value, width: number): Value {
    return this.one({ kind: 'conv1d', width, before: Math.floor((width - 1) / 2) }, x, filters, bias);
  }

  /** Drops elements with probability `rate`; the mask becomes an input that the engine draws. */
  dropout(x: Value, rate: number): Value {
    if (rate === 0) return x;
    const mask = this.value('bool', x.shape);
    this.inputs.push({ name: `dropout.${this.inputs.length}`, value: mask, keep: 1 - rate });
    return this.one({ kind: 'dropout', keep: 1 - rate }, x, mask);
  }

  private one(op: Op, ...operands: Operand[]): Value {
    const values = operands.map((operand) =>
      typeof operand === 'number' ? this.constant(operand) : operand,
    );
    return this.apply(op, values)[0]!;
  }

  private value(dtype: DType, shape: Shape): Value {
    const id = this.nextId;
    this.nextId += 1;
    return { id, dtype, shape };
  }
}
