/** Collects the nodes and initializers of one ONNX graph or sub-graph, with names that never clash. */
import type { DType, Dim, Shape } from '../shape.ts';
import type {
  AttributeValue,
  ElementType,
  GraphMessage,
  NodeMessage,
  TensorMessage,
  ValueInfoMessage,
} from './protobuf.ts';
import { attribute, elementTypes } from './protobuf.ts';

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Names are unique over a graph and its sub-graphs, since ONNX looks names up outwards. */
class Names {
  private count = 0;
  next(stem: string): string {
    this.count += 1;
    return `${stem}_${this.count}`;
  }
}

/** float32: Float32Array; float16: the bits of each number. */
type TensorData = Float32Array | Uint16Array | Int8Array | Int32Array | BigInt64Array;

export class OnnxWriter {
  private readonly nodes: NodeMessage[] = [];
  private readonly initializers = new Map<string, TensorMessage>();
  private readonly names: Names;
  /** Sub-graphs keep their constants in the outermost graph. */
  private readonly outermost: OnnxWriter;

  constructor(outer?: OnnxWriter) {
    this.names = outer?.names ?? new Names();
    this.outermost = outer?.outermost ?? this;
  }

  /** Adds a node with one output, and gives the output's name. An empty input name leaves an optional input out. */
  emit(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.emitMany(opType, inputs, 1, attributes)[0]!;
  }

  emitMany(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Attributes = {},
  ): string[] {
    const names = Array.from({ length: outputs }, () => this.names.next(opType));
    this.emitTo(names, opType, inputs, attributes);
    return names;
  }

  /** Adds a node whose outputs have the names that are given. */
  emitTo(
    outputs: readonly string[],
    opType: string,
    inputs: readonly string[],
    attributes: Attributes = {},
  ): void {
    this.nodes.push({
      opType,
      name: outputs.find((name) => name !== '') ?? '',
      input: inputs,
      output: outputs,
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
  }

  fresh(stem: string): string {
    return this.names.next(stem);
  }

  floats(name: string, data: Float32Array, dims: readonly number[]): string {
    return this.tensor(name, 'float32', data, dims);
  }

  tensor(name: string, type: ElementType, data: TensorData, dims: readonly number[]): string {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.outermost.initializers.set(name, { name, dims, dataType: elementTypes[type], rawData });
    return name;
  }

  scalar(value: number): string {
    return this.floats(`number ${value}`, Float32Array.of(value), []);
  }

  /** A vector, or a scalar where a plain number is given. */
  int64(value: number | readonly number[]): string {
    return this.integers('int64', value, (list) => BigInt64Array.from(list, BigInt));
  }

  int32(value: number | readonly number[]): string {
    return this.integers('int32', value, (list) => Int32Array.from(list));
  }

  message(
    name: string,
    input: readonly ValueInfoMessage[],
    output: readonly ValueInfoMessage[],
  ): GraphMessage {
    return { name, node: this.nodes, initializer: [...this.initializers.values()], input, output };
  }

  private integers(
    type: 'int32' | 'int64',
    value: number | readonly number[],
    encode: (list: readonly number[]) => Int32Array | BigInt64Array,
  ): string {
    const list = typeof value === 'number' ? [value] : value;
    const dims = typeof value === 'number' ? [] : [list.length];
    return this.tensor(`${type} ${JSON.stringify(value)}`, type, encode(list), dims);
  }
}

export function valueInfo(name: string, dtype: DType, shape: Shape): ValueInfoMessage {
  const dim = shape.map((size: Dim) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elementTypes[dtype], shape: { dim } } } };
}
