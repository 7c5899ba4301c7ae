/** Evaluates a graph with TensorFlow.js, node by node; under its tape this is also how gradients come about. */
import { DistilleryError } from '../../errors.ts';
import type { Graph, Value } from '../graph.ts';
import { prune } from '../prune.ts';
import type { Tensor, Tf } from '../runtime/tfjs.ts';
import type { Shape } from '../shape.ts';
import { bindShape, formatShape } from '../shape.ts';
import { run } from './lowering.ts';

/** Tensors by the names of the graph's inputs and parameters. */
export type Bindings = Readonly<Record<string, Tensor>>;

/**
 * @param release frees each intermediate result after its last use; not under a gradient, whose tape owns them
 * @returns the graph's outputs by name, which the caller (or its `tf.tidy`) disposes of
 * @throws INVALID_GRAPH where an input is missing or has another shape than the graph says
 */
export function interpret(tf: Tf, whole: Graph, bindings: Bindings, release = false): Record<string, Tensor> {
  const graph = prune(whole);
  const values = new Map<Value, Tensor>();
  const owned = new Set<Tensor>();
  const sizes: Record<string, number> = {};
  for (const { name, value } of [...graph.inputs, ...graph.parameters]) {
    const tensor = bindings[name];
    if (!tensor)
      throw new DistilleryError('INVALID_GRAPH', `The graph's input ${name} was not given.`, { input: name });
    bindSizes(name, value.shape, tensor.shape, sizes);
    values.set(value, tensor);
  }
  for (const { number, value } of graph.constants) {
    const tensor = tf.scalar(number);
    values.set(value, tensor);
    owned.add(tensor);
  }

  const lastUse = new Map<Value, number>();
  graph.nodes.forEach(({ inputs }, i) => inputs.forEach((input) => lastUse.set(input, i)));
  for (const value of graph.outputs.values()) lastUse.set(value, graph.nodes.length);

  graph.nodes.forEach(({ op, inputs, outputs, layer }, i) => {
    const given = inputs.map((input) => {
      const tensor = values.get(input);
      if (!tensor) throw new Error(`${op.kind} in ${layer || 'the graph'} uses a value that was not made`);
      return tensor;
    });
    const made = run({
      tf,
      op,
      inputs: given,
      outputs,
      used: outputs.map((output) => lastUse.has(output)),
      sizes,
    });
    made.forEach((tensor, k) => {
      const output = outputs[k];
      if (!tensor || !output) return;
      if (!lastUse.has(output)) tensor.dispose();
      else {
        values.set(output, tensor);
        owned.add(tensor);
      }
    });
    if (release) {
      for (const input of new Set(inputs)) {
        const tensor = values.get(input);
        if (lastUse.get(input) === i && tensor && owned.has(tensor)) tensor.dispose();
      }
    }
  });
  return Object.fromEntries([...graph.outputs].map(([name, value]) => [name, values.get(value)!]));
}

/** Learns what symbols stand for from an input's actual shape. */
function bindSizes(
  name: string,
  shape: Shape,
  actual: readonly number[],
  sizes: Record<string, number>,
): void {
  shape.forEach((dim, axis) => {
    if (typeof dim === 'string' && !dim.includes('*')) sizes[dim] ??= actual[axis] ?? 0;
  });
  const expected = bindShape(shape, sizes);
  if (expected.length !== actual.length || expected.some((size, axis) => size !== actual[axis])) {
    throw new DistilleryError(
      'INVALID_GRAPH',
      `The input ${name} has the shape ${formatShape(actual)}, expected ${formatShape(shape)}.`,
      { input: name },
    );
  }
}
