/** Lowers a whole graph to the bytes of an ONNX model. */
import type { Weights } from '../engine.ts';
import type { Graph, Value } from '../graph.ts';
import { prune } from '../prune.ts';
import { verify } from '../verify.ts';
import type { Mode } from './context.ts';
import { lower } from './lowering.ts';
import { encodeModel } from './protobuf.ts';
import type { Quantization } from './quantize.ts';
import { QuantizedWeights } from './quantize.ts';
import { OnnxWriter, valueInfo } from './writer.ts';

export interface ExportOptions {
  mode: Mode;
  /** Makes parameters part of the file; without it they are inputs. */
  weights?: Weights;
  /** Keeps these weights in fewer bits, and calculates with them as they are where that is faster; for inference. */
  quantization?: Quantization;
  /** Kept in the file, for people who meet it alone. */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * @returns the encoded model. Inputs are named as in the graph (and parameters, unless weights are given), outputs too.
 *   An output that only passes an input on is allowed.
 * @throws INVALID_GRAPH where the graph is not sound
 */
export function toOnnx(
  given: Graph,
  { mode, weights, quantization, metadata = {} }: ExportOptions,
): Uint8Array {
  const graph = prune(verify(given));
  const w = new OnnxWriter();
  const names = new Map<Value, string>();
  const inputs = [...graph.inputs];
  for (const { name, value } of graph.inputs) names.set(value, name);
  for (const { number, value } of graph.constants) names.set(value, w.scalar(number));
  const quantized = quantization && new QuantizedWeights(w, graph, quantization);
  for (const { name, value } of graph.parameters) {
    if (weights) {
      const data = weightOf(weights, name);
      const kept =
        quantized?.write(name, value, data) ?? w.floats(name, data, value.shape as readonly number[]);
      names.set(value, kept);
    } else {
      inputs.push({ name, value, keep: null });
      names.set(value, name);
    }
  }

  // Names of outputs are the caller's; a training graph gives a parameter's new value the parameter's own name
  const outputs = [...graph.outputs].map(([name, value]) => ({
    name: inputs.some((input) => input.name === name) ? nextName(name) : name,
    value,
  }));
  const outputNames = new Map(outputs.map(({ name, value }) => [value, name]));
  const used = new Set([...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.values()]);
  for (const node of graph.nodes) {
    const made = node.outputs.map((value) => {
      if (!used.has(value)) return '';
      const name = outputNames.get(value) ?? w.fresh(node.op.kind);
      names.set(value, name);
      return name;
    });
    const inputNames = node.inputs.map((value) => names.get(value)!);
    if (quantized?.lower(node, inputNames, made)) continue;
    lower({ w, op: node.op, mode, inputs: node.inputs, names: inputNames, outputs: made });
  }
  for (const { name, value } of outputs)
    if (names.get(value) !== name) w.emitTo([name], 'Identity', [names.get(value)!]);

  const inputInfo = inputs.map(({ name, value }) => valueInfo(name, value.dtype, value.shape));
  const outputInfo = outputs.map(({ name, value }) => valueInfo(name, value.dtype, value.shape));
  return encodeModel(w.message('distillery', inputInfo, outputInfo), metadata);
}

/** ONNX gives each name to one value only: the value of an input after the step gets this name. */
export const nextName = (name: string) => `next.${name}`;

function weightOf(weights: Weights, name: string): Float32Array {
  const tensor = weights.get(name);
  if (!tensor) throw new Error(`the weights have no ${name}`);
  return tensor.data;
}
