/** The reverse walk: from a scalar loss to the gradients of chosen values. The rules are in vjpRules.ts. */
import type { GraphBuilder } from '../builder.ts';
import type { Node, Value } from '../graph.ts';
import type { Shape } from '../shape.ts';
import { formatShape, sameShape } from '../shape.ts';
import { applyVjp } from './vjpRules.ts';

/**
 * Adds to the builder the gradient of `loss` with respect to each wanted value.
 * @param loss a float32 scalar that the builder's graph computes
 * @param wanted parameters or other float32 values
 * @returns gradients, in the order and the shapes of `wanted`; zeros where the loss does not depend on one
 */
export function backward(b: GraphBuilder, loss: Value, wanted: readonly Value[]): Value[] {
  const { nodes } = b.build();
  const needed = new Set<Value>(wanted);
  for (const node of nodes) {
    if (node.inputs.some((input) => needed.has(input))) for (const output of node.outputs) needed.add(output);
  }

  const gradients = new Map<Value, Value>([[loss, b.constant(1)]]);
  for (const node of [...nodes].reverse()) {
    const ofOutputs = node.outputs.map((output) => gradients.get(output) ?? null);
    if (ofOutputs.every((gradient) => gradient === null) || !node.inputs.some((input) => needed.has(input)))
      continue;
    b.in(`gradient of ${node.layer || node.op.kind}`, () => {
      const ofInputs = applyVjp(b, node, ofOutputs);
      if (ofInputs.length !== node.inputs.length) {
        throw new Error(
          `the gradient rule of ${node.op.kind} gave ${ofInputs.length} gradients for ${node.inputs.length} inputs`,
        );
      }
      node.inputs.forEach((input, i) => accumulate(b, gradients, node, input, ofInputs[i] ?? null, needed));
    });
  }
  return wanted.map((value) => gradients.get(value) ?? b.expandLike(b.constant(0), value));
}

function accumulate(
  b: GraphBuilder,
  gradients: Map<Value, Value>,
  node: Node,
  input: Value,
  gradient: Value | null,
  needed: ReadonlySet<Value>,
): void {
  if (gradient === null || !needed.has(input)) return;
  const summed = sumToShape(b, gradient, input.shape);
  if (!sameShape(summed.shape, input.shape)) {
    throw new Error(
      `the gradient rule of ${node.op.kind} gave ${formatShape(summed.shape)} for an input of ${formatShape(input.shape)}`,
    );
  }
  const earlier = gradients.get(input);
  gradients.set(input, earlier ? b.add(earlier, summed) : summed);
}

/** Undoes broadcasting: sums over the axes along which the input was repeated. */
function sumToShape(b: GraphBuilder, gradient: Value, shape: Shape): Value {
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, axis) =>
    axis < extra || (shape[axis - extra] === 1 && dim !== 1) ? [axis] : [],
  );
  if (axes.length === 0) return gradient;
  const sum = b.reduceSum(gradient, axes, true);
  return sameShape(sum.shape, shape) ? sum : b.reshape(sum, shape);
}
