/**
 * Gradients: one short rule for each operation, from the gradients of its outputs to those of its inputs.
 * A rule may return a gradient in the broadcast shape; the walk in backward.ts sums it down to the input's.
 */
import type { GraphBuilder } from '../builder.ts';
import type { Node, Value } from '../graph.ts';
import type { Op, OpKind, OpOf } from '../ops/op.ts';
import { sizeOf } from '../shape.ts';

/** A node with its op narrowed, and the gradient of each output (null: nothing depends on it). */
interface Context<K extends OpKind> {
  readonly b: GraphBuilder;
  readonly op: OpOf<K>;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly gradients: readonly (Value | null)[];
  /** The gradient of the first output, for operations with one. */
  readonly dy: Value;
}

/** One gradient, or null where none flows (integers, masks), for each input. */
export type VjpRule<K extends OpKind> = (context: Context<K>) => (Value | null)[];

const inverse = (order: readonly number[]) => order.map((_, axis) => order.indexOf(axis));

/** Puts back the axes that a reduction dropped, with size 1. */
function restoreAxes(
  b: GraphBuilder,
  reduced: Value,
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  if (keepDims) return reduced;
  return b.reshape(
    reduced,
    x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
  );
}

/** [..., n] → [everything else, n]. */
function flatten(b: GraphBuilder, x: Value): Value {
  return x.shape.length === 2
    ? x
    : b.reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape[x.shape.length - 1]!]);
}

/** Gradient of the matrix in x · W: xᵀ · dy over all leading axes. */
const matrixGradient = (b: GraphBuilder, x: Value, dy: Value) =>
  b.matmul(flatten(b, x), flatten(b, dy), true, false);

const leadingAxes = (x: Value) => x.shape.slice(0, -1).map((_, axis) => axis);

/** The operation appears in gradients only: nothing differentiates through it. */
const gradientOnly =
  (inputs: number): VjpRule<OpKind> =>
  () =>
    Array<null>(inputs).fill(null);

const gru: VjpRule<'gru'> = ({ b, op, inputs, outputs, gradients }) => {
  const [x, mask, w, r] = inputs as [Value, Value, Value, Value];
  const [states, last, gates, candidate, recurrent] = outputs as [Value, Value, Value, Value, Value];
  const hidden = last.shape[1] as number;
  const dStates = gradients[0] ?? b.expandLike(b.constant(0), states);
  const dLast = gradients[1] ?? b.expandLike(b.constant(0), last);
  const [dRecurrent, dCandidate] = b.apply({ kind: 'gruGradient', direction: op.direction }, [
    mask,
    r,
    states,
    gates,
    candidate,
    recurrent,
    dStates,
    dLast,
  ]) as [Value, Value];
  const dInput = b.concat([b.slice(dRecurrent, 2, 0, 2 * hidden), dCandidate], 2);
  const previous = b.shift(states, 0, op.direction === 'forward' ? 1 : -1);
  const dRecurrentBias = b.reduceSum(dRecurrent, [0, 1]);
  return [
    b.matmul(dInput, w, false, true),
    null,
    matrixGradient(b, x, dInput),
    matrixGradient(b, previous, dRecurrent),
    b.concat([b.slice(dRecurrentBias, 0, 0, 2 * hidden), b.reduceSum(dCandidate, [0, 1])], 0),
    dRecurrentBias,
  ];
};

export const vjpRules: { readonly [K in OpKind]: VjpRule<K> } = {
  add: ({ dy }) => [dy, dy],
  sub: ({ b, dy }) => [dy, b.mul(dy, -1)],
  mul: ({ b, dy, inputs: [x, y] }) => [b.mul(dy, y!), b.mul(dy, x!)],
  div: ({ b, dy, inputs: [, y], outputs: [z] }) => {
    const dx = b.div(dy, y!);
    return [dx, b.mul(b.mul(dx, z!), -1)]; // −dy · x / y²
  },
  exp: ({ b, dy, outputs: [y] }) => [b.mul(dy, y!)],
  sqrt: ({ b, dy, outputs: [y] }) => [b.div(b.mul(dy, 0.5), y!)],
  tanh: ({ b, dy, outputs: [y] }) => [b.mul(dy, b.sub(1, b.mul(y!, y!)))],
  erf: ({ b, dy, inputs: [x] }) => [
    b.mul(dy, b.mul(b.exp(b.mul(b.mul(x!, x!), -1)), 2 / Math.sqrt(Math.PI))),
  ],
  relu: ({ b, dy, outputs: [y] }) => [b.mul(dy, b.cast(b.greater(y!, 0), 'float32'))],
  // Φ(x) + x · φ(x), with the normal distribution's Φ and φ (Hendrycks and Gimpel 2016, arXiv 1606.08415)
  gelu: ({ b, dy, inputs: [x] }) => {
    const distribution = b.mul(b.add(b.erf(b.mul(x!, Math.SQRT1_2)), 1), 0.5);
    const density = b.mul(b.exp(b.mul(b.mul(x!, x!), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [b.mul(dy, b.add(distribution, b.mul(x!, density)))];
  },
  compare: () => [null, null],
  where: ({ b, dy, inputs: [condition] }) => [null, b.where(condition!, dy, 0), b.where(condition!, 0, dy)],
  cast: () => [null],

  reshape: ({ b, dy, inputs: [x] }) => [b.reshape(dy, x!.shape)],
  transpose: ({ b, dy, op }) => [b.transpose(dy, inverse(op.order))],
  slice: ({ b, dy, op, inputs: [x] }) => [
    b.apply({ kind: 'placeSlice', axis: op.axis, start: op.start }, [dy, x!])[0]!,
  ],
  placeSlice: ({ b, dy, op, inputs: [part] }) => {
    const size = part!.shape[op.axis] as number;
    return [b.slice(dy, op.axis, op.start, op.start + size), null];
  },
  concat: ({ b, dy, op, inputs }) => {
    let start = 0;
    return inputs.map((part) => {
      const end = start + (part.shape[op.axis] as number);
      const gradient = b.slice(dy, op.axis, start, end);
      start = end;
      return gradient;
    });
  },
  shift: ({ b, dy, op }) => [b.shift(dy, op.axis, -op.by)],
  expandLike: ({ dy }) => [dy, null],

  reduceSum: ({ b, dy, op, inputs: [x] }) => [b.expandLike(restoreAxes(b, dy, x!, op.axes, op.keepDims), x!)],
  reduceMean: ({ b, dy, op, inputs: [x] }) => {
    const share = b.div(restoreAxes(b, dy, x!, op.axes, op.keepDims), b.elementCount(x!, op.axes));
    return [b.expandLike(share, x!)];
  },
  // Elements that equal the maximum share the gradient, so that a phrase which a text repeats counts once
  reduceMax: ({ b, dy, op, inputs: [x], outputs: [y] }) => {
    const isMaximum = b.cast(b.equal(x!, restoreAxes(b, y!, x!, op.axes, op.keepDims)), 'float32');
    const share = b.div(restoreAxes(b, dy, x!, op.axes, op.keepDims), b.reduceSum(isMaximum, op.axes, true));
    return [b.mul(isMaximum, share)];
  },
  elementCount: () => [null],
  positions: () => [null],

  matmul: ({ b, dy, op: { transposeA, transposeB }, inputs: [x, y] }) => {
    const dx = transposeA ? b.matmul(y!, dy, transposeB, true) : b.matmul(dy, y!, false, !transposeB);
    if (y!.shape.length === 2 && x!.shape.length > 2) {
      if (transposeA)
        throw new Error(
          'the gradient of a stack of transposed matrices by one matrix is not needed by any model',
        );
      return [dx, transposeB ? matrixGradient(b, dy, x!) : matrixGradient(b, x!, dy)];
    }
    return [dx, transposeB ? b.matmul(dy, x!, true, transposeA) : b.matmul(x!, dy, !transposeA, false)];
  },
  softmax: ({ b, dy, outputs: [y] }) => {
    const last = y!.shape.length - 1;
    return [b.mul(b.sub(dy, b.reduceSum(b.mul(dy, y!), [last], true)), y!)]; // (dy − Σ dy·y) · y
  },
  logSoftmax: ({ b, dy, outputs: [y] }) => {
    const last = y!.shape.length - 1;
    return [b.sub(dy, b.mul(b.exp(y!), b.reduceSum(dy, [last], true)))]; // dy − softmax · Σ dy
  },
  // Ba, Kiros and Hinton 2016, arXiv 1607.06450
  layerNorm: ({ b, dy, inputs: [x, gain], outputs: [, mean, inverseDeviation] }) => {
    const last = [x!.shape.length - 1];
    const normalised = b.mul(b.sub(x!, mean!), inverseDeviation!);
    const g = b.mul(dy, gain!);
    const centred = b.sub(g, b.reduceMean(g, last, true));
    const alongNormalised = b.reduceMean(b.mul(g, normalised), last, true);
    const dx = b.mul(b.sub(centred, b.mul(normalised, alongNormalised)), inverseDeviation!);
    return [dx, b.reduceSum(b.mul(dy, normalised), leadingAxes(x!)), b.reduceSum(dy, leadingAxes(x!))];
  },

  embedding: ({ b, dy, inputs: [table, ids] }) => [
    b.apply({ kind: 'embeddingGradient', rows: table!.shape[0] as number }, [ids!, dy])[0]!,
    null,
  ],
  embeddingGradient: ({ b, dy, inputs: [ids] }) => [null, b.embedding(dy, ids!)],

  dropout: ({ b, dy, op, inputs: [, mask] }) => [b.apply(op, [dy, mask!])[0]!, null],

  gru,
  gruGradient: gradientOnly(8),

  // A convolution of dy with the filters turned around; and what each position saw, times what came of it
  conv1d: ({ b, dy, op: { width, before }, inputs: [x, filters, bias] }) => {
    const features = x!.shape[2] as number;
    const taps = Array.from({ length: width }, (_, i) =>
      b.slice(filters!, 0, i * features, (i + 1) * features),
    );
    const turned = b.concat(
      taps.reverse().map((tap) => b.transpose(tap, [1, 0])),
      0,
    ); // [width * f, e]
    const [dx] = b.apply({ kind: 'conv1d', width, before: width - 1 - before }, [dy, turned]);
    const ofTaps = taps.map((_, i) => matrixGradient(b, i === before ? x! : b.shift(x!, 1, before - i), dy));
    const dFilters = b.concat(ofTaps, 0);
    return bias ? [dx!, dFilters, b.reduceSum(dy, [0, 1])] : [dx!, dFilters];
  },
};

/** The rule of a node, applied. */
export function applyVjp(
  b: GraphBuilder,
  node: Node,
  gradients: readonly (Value | null)[],
): (Value | null)[] {
  // The table is keyed by the very kind that the node has; TypeScript can't see the correlation.
  const rule = vjpRules[node.op.kind] as (
    context: Omit<Context<OpKind>, 'op'> & { op: Op },
  ) => (Value | null)[];
  const dy = gradients.find((gradient) => gradient !== null);
  if (!dy) throw new Error(`the gradient of ${node.op.kind} was asked for though nothing depends on it`);
  return rule({ b, op: node.op, inputs: node.inputs, outputs: node.outputs, gradients, dy });
}
