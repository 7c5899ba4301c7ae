/**
 * Post-training quantisation (Jacob et al. 2018, arXiv 1712.05877, sections 2.1 and 2.2): weights in 8 bits, and
 * products of integers, whose activations are rounded to 8 bits when the graph runs, each by the range that it then has.
 */
import { toFloat16 } from '../float16.ts';
import type { Graph, Node, Value } from '../graph.ts';
import type { Op } from '../ops/op.ts';
import { elementTypes } from './protobuf.ts';
import type { OnnxWriter } from './writer.ts';

export interface Quantization {
  /** How tables of embeddings are kept. Their rows become float32 as they are looked up. */
  readonly embeddings: 'int8' | 'float16' | 'float32';
}

/**
 * - product: the right-hand matrix of products, int8 with a scale for each column; the product is one of integers
 * - columns: int8 with a scale for each column, made float32 when the file is loaded, where ONNX has no operator on int8
 * - rows: a table, int8 with a scale for each row
 * - halves: a table in float16
 */
type Storage = 'product' | 'columns' | 'rows' | 'halves';

/** Smaller ones stay float32: they take neither time nor space, and the classifier among them is where errors count most. */
const smallestQuantized = 4096;
/** A scale for each row does not pay where rows are shorter. */
const shortestRow = 8;

/**
 * Products keep weights to 7 bits: without VNNI instructions, x86 adds two products of an unsigned and a signed byte in
 * 16 bits, which two of 255 × 64 just fit.
 */
const largestFactor = 64;
const largestByte = 127;

/** The weights of one graph that are quantised, and the nodes of the operations on them. */
export class QuantizedWeights {
  private readonly w: OnnxWriter;
  private readonly uses: ReadonlyMap<Value, readonly Use[]>;
  private readonly quantization: Quantization;
  private readonly written = new Map<Value, Storage>();
  /** Of each activation that went through DynamicQuantizeLinear: its integers, its scale and its zero point. */
  private readonly activations = new Map<string, readonly string[]>();

  constructor(w: OnnxWriter, graph: Graph, quantization: Quantization) {
    this.w = w;
    this.uses = usesOf(graph);
    this.quantization = quantization;
  }

  /** Writes a parameter's weights. @returns the name that stands for them, or null where they are to stay float32 */
  write(name: string, value: Value, data: Float32Array): string | null {
    const storage = storageOf(value, this.uses.get(value) ?? [], this.quantization);
    if (!storage) return null;
    this.written.set(value, storage);
    const [rows, columns] = value.shape as readonly [number, number];
    switch (storage) {
      case 'halves':
        return this.w.tensor(name, 'float16', Uint16Array.from(data, toFloat16), [rows, columns]);
      case 'rows': {
        const { bytes, scales } = quantized(data, rows, largestByte, (at) => Math.floor(at / columns));
        this.w.floats(scaleOf(name), scales, [rows, 1]);
        return this.w.tensor(name, 'int8', bytes, [rows, columns]);
      }
      case 'columns': {
        const { bytes, scales } = quantized(data, columns, largestByte, (at) => at % columns);
        const integers = this.w.tensor(name, 'int8', bytes, [rows, columns]);
        return this.w.emit('Mul', [this.toFloats(integers), this.w.floats(scaleOf(name), scales, [columns])]);
      }
      case 'product': {
        const { bytes, scales } = quantized(data, columns, largestFactor, (at) => at % columns);
        this.w.floats(scaleOf(name), scales, [columns]);
        return this.w.tensor(name, 'int8', bytes, [rows, columns]);
      }
    }
  }

  /**
   * Writes the nodes of an operation on quantised weights.
   * @param names of the node's inputs; `outputs`: the names that its outputs must get
   * @returns false where the operation has no such weights, and is to be written as ever
   */
  lower(node: Node, names: readonly string[], outputs: readonly string[]): boolean {
    const storages = node.inputs.map((value) => this.written.get(value));
    if (storages[1] === 'product') this.product(names, outputs);
    else if (storages[0] === 'rows') this.lookUpRows(names, outputs);
    else if (storages[0] === 'halves') {
      this.w.emitTo(outputs, 'Cast', [this.w.emit('Gather', names)], float);
    } else return false;
    return true;
  }

  /** a·W ≈ (scale of a · scales of W) ⊙ ((integers of a − zero point) · integers of W); runtimes fuse these nodes. */
  private product([a, weights]: readonly string[], outputs: readonly string[]): void {
    const [integers, scale, zeroPoint] = this.quantizedActivation(a!) as [string, string, string];
    const sums = this.w.emit('MatMulInteger', [integers, weights!, zeroPoint]);
    const scales = this.w.emit('Mul', [scale, scaleOf(weights!)]);
    this.w.emitTo(outputs, 'Mul', [this.toFloats(sums), scales]);
  }

  private lookUpRows([table, ids]: readonly string[], outputs: readonly string[]): void {
    const rows = this.toFloats(this.w.emit('Gather', [table!, ids!]));
    this.w.emitTo(outputs, 'Mul', [rows, this.w.emit('Gather', [scaleOf(table!), ids!])]);
  }

  /** Once for all products with it, as those of query, key and value. */
  private quantizedActivation(name: string): readonly string[] {
    const made = this.activations.get(name) ?? this.w.emitMany('DynamicQuantizeLinear', [name], 3);
    this.activations.set(name, made);
    return made;
  }

  private toFloats(integers: string): string {
    return this.w.emit('Cast', [integers], float);
  }
}

const float = { to: { int: elementTypes.float32 } };
/** The initializer with the scales of quantised weights. */
export const scaleOf = (name: string) => `${name}.scale`;

/** Where a value is an input. */
interface Use {
  readonly op: Op;
  readonly place: number;
}

function usesOf(graph: Graph): Map<Value, Use[]> {
  const uses = new Map<Value, Use[]>();
  for (const { op, inputs } of graph.nodes) {
    for (const [place, value] of inputs.entries())
      uses.set(value, [...(uses.get(value) ?? []), { op, place }]);
  }
  return uses;
}

function storageOf({ shape }: Value, uses: readonly Use[], { embeddings }: Quantization): Storage | null {
  const [rows, columns] = shape as readonly number[];
  if (shape.length !== 2 || rows! * columns! < smallestQuantized) return null;
  if (uses.every(({ op, place }) => op.kind === 'embedding' && place === 0)) {
    if (embeddings === 'float32') return null;
    return embeddings === 'float16' || columns! < shortestRow ? 'halves' : 'rows';
  }
  if (uses.every(({ op, place }) => op.kind === 'matmul' && place === 1 && !op.transposeA && !op.transposeB))
    return 'product';
  return uses.every(({ op }) => op.kind === 'gru' || op.kind === 'conv1d') ? 'columns' : null;
}

/** Symmetric: each group's largest absolute value becomes ±`limit`, and 0 stays 0. `groupOf` gives an element's group. */
function quantized(
  data: Float32Array,
  groups: number,
  limit: number,
  groupOf: (at: number) => number,
): { bytes: Int8Array; scales: Float32Array } {
  const largest = new Float32Array(groups);
  data.forEach((weight, at) => {
    const group = groupOf(at);
    largest[group] = Math.max(largest[group]!, Math.abs(weight));
  });
  // A group of zeros, such as the row of padding, has zeros on any scale
  const scales = largest.map((size) => size / limit || 1);
  const bytes = Int8Array.from(data, (weight, at) => Math.round(weight / scales[groupOf(at)]!));
  return { bytes, scales };
}
