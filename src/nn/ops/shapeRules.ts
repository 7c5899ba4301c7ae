/** Shape rules: what each operation makes of its inputs, or why it does not take them. */
import { DistilleryError } from '../../errors.ts';
import type { Value } from '../graph.ts';
import type { DType, Dim, Shape } from '../shape.ts';
import { broadcast, formatShape, sameShape, sizeOf } from '../shape.ts';
import type { Op, OpKind, OpOf } from './op.ts';

export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape;
}

type Rule<K extends OpKind> = (op: OpOf<K>, ...inputs: ValueType[]) => ValueType[];

/** Thrown inside the rules; {@link inferTypes} adds the operation, the layer and the shapes. */
class Mismatch extends Error {}

function expect(condition: boolean, expectation: string): asserts condition {
  if (!condition) throw new Mismatch(expectation);
}

const float = (shape: Shape): ValueType => ({ dtype: 'float32', shape });
const isFloat = (x: ValueType) => x.dtype === 'float32';

function lastDim(x: ValueType): Dim {
  expect(x.shape.length > 0, 'at least one axis');
  return x.shape[x.shape.length - 1]!;
}

function withLast(x: ValueType, dim: Dim): Shape {
  return [...x.shape.slice(0, -1), dim];
}

function concrete(dim: Dim | undefined, what: string): number {
  expect(typeof dim === 'number', `${what} to be a number`);
  return dim;
}

function broadcastBoth(a: ValueType, b: ValueType): Shape {
  const shape = broadcast(a.shape, b.shape);
  expect(shape !== null, 'shapes that broadcast');
  expect(a.dtype === b.dtype, 'both inputs of one type');
  return shape;
}

const binary = (_op: Op, a: ValueType, b: ValueType) => [{ dtype: a.dtype, shape: broadcastBoth(a, b) }];
const unary = (_op: Op, x: ValueType) => {
  expect(isFloat(x), 'float32');
  return [float(x.shape)];
};

function reduce(op: OpOf<'reduceSum'>, x: ValueType): ValueType[] {
  expect(isFloat(x), 'float32');
  expect(
    op.axes.every((axis) => axis >= 0 && axis < x.shape.length),
    `axes within 0 to ${x.shape.length - 1}`,
  );
  const shape = op.keepDims
    ? x.shape.map((dim, axis) => (op.axes.includes(axis) ? 1 : dim))
    : x.shape.filter((_, axis) => !op.axes.includes(axis));
  return [float(shape)];
}

const matmul: Rule<'matmul'> = (op, a, b) => {
  expect(isFloat(a) && isFloat(b), 'float32');
  expect(a.shape.length >= 2 && b.shape.length >= 2, 'at least two axes each');
  const swap = (shape: Shape, swapped: boolean): [Shape, Dim, Dim] => {
    const [rows, columns] = shape.slice(-2) as [Dim, Dim];
    return swapped ? [shape.slice(0, -2), columns, rows] : [shape.slice(0, -2), rows, columns];
  };
  const [batchA, m, k] = swap(a.shape, op.transposeA);
  const [batchB, k2, n] = swap(b.shape, op.transposeB);
  expect(k === k2, `equal inner sizes, not ${k} and ${k2}`);
  expect(batchB.length === 0 || sameShape(batchA, batchB), 'equal batch axes, or a matrix on the right');
  return [float([...batchA, m, n])];
};

const gru: Rule<'gru'> = (_op, x, mask, w, r, inputBias, recurrentBias) => {
  expect(x.shape.length === 3, 'x of [length, batch, features]');
  const [length, batch, features] = x.shape as [Dim, Dim, Dim];
  const hidden = concrete(r.shape[0], 'the hidden size');
  expect(
    mask.dtype === 'bool' && sameShape(mask.shape, [length, batch, 1]),
    'a bool mask of [length, batch, 1]',
  );
  expect(sameShape(w.shape, [features, 3 * hidden]), `W of ${formatShape([features, 3 * hidden])}`);
  expect(sameShape(r.shape, [hidden, 3 * hidden]), `R of ${formatShape([hidden, 3 * hidden])}`);
  expect(
    sameShape(inputBias.shape, [3 * hidden]) && sameShape(recurrentBias.shape, [3 * hidden]),
    `biases of [${3 * hidden}]`,
  );
  return [
    float([length, batch, hidden]),
    float([batch, hidden]),
    float([length, batch, 2 * hidden]),
    float([length, batch, hidden]),
    float([length, batch, hidden]),
  ];
};

const rules: { readonly [K in OpKind]: Rule<K> } = {
  add: binary,
  sub: binary,
  mul: binary,
  div: binary,
  exp: unary,
  sqrt: unary,
  tanh: unary,
  erf: unary,
  relu: unary,
  gelu: unary,
  compare: (_op, a, b) => [{ dtype: 'bool', shape: broadcastBoth(a, b) }],
  where: (_op, condition, a, b) => {
    expect(condition.dtype === 'bool', 'a bool condition');
    const shape = broadcast(condition.shape, broadcastBoth(a, b));
    expect(shape !== null, 'shapes that broadcast');
    return [{ dtype: a.dtype, shape }];
  },
  cast: (op, x) => [{ dtype: op.to, shape: x.shape }],
  reshape: (op, x) => {
    expect(sizeOf(x.shape) === sizeOf(op.shape), `as many elements as ${formatShape(op.shape)} has`);
    return [{ dtype: x.dtype, shape: op.shape }];
  },
  transpose: (op, x) => {
    const sorted = [...op.order].sort((a, b) => a - b);
    expect(
      op.order.length === x.shape.length && sorted.every((axis, i) => axis === i),
      `an order of ${x.shape.length} axes`,
    );
    return [{ dtype: x.dtype, shape: op.order.map((axis) => x.shape[axis]!) }];
  },
  slice: (op, x) => {
    const dim = x.shape[op.axis];
    expect(dim !== undefined, `an axis within 0 to ${x.shape.length - 1}`);
    expect(
      op.start >= 0 && op.end > op.start && (typeof dim === 'string' || op.end <= dim),
      `0 ≤ start < end ≤ ${dim}`,
    );
    return [{ dtype: x.dtype, shape: x.shape.map((d, axis) => (axis === op.axis ? op.end - op.start : d)) }];
  },
  placeSlice: (op, part, like) => {
    expect(part.shape.length === like.shape.length, 'as many axes in the part as in the whole');
    expect(
      part.shape.every((dim, axis) => axis === op.axis || dim === like.shape[axis]),
      'equal sizes but along the axis',
    );
    return [{ dtype: part.dtype, shape: like.shape }];
  },
  concat: (op, ...parts) => {
    const [first] = parts;
    expect(first !== undefined, 'at least one input');
    let size = 0;
    for (const part of parts) {
      expect(
        part.shape.length === first.shape.length && part.dtype === first.dtype,
        'inputs of one rank and type',
      );
      expect(
        part.shape.every((dim, axis) => axis === op.axis || dim === first.shape[axis]),
        'equal sizes but along the axis',
      );
      size += concrete(part.shape[op.axis], 'the size along the axis');
    }
    return [{ dtype: first.dtype, shape: first.shape.map((dim, axis) => (axis === op.axis ? size : dim)) }];
  },
  shift: (op, x) => {
    expect(
      op.axis >= 0 && op.axis < x.shape.length && Number.isInteger(op.by),
      `an axis within 0 to ${x.shape.length - 1}`,
    );
    return [x];
  },
  expandLike: (_op, x, like) => {
    const shape = broadcast(x.shape, like.shape);
    expect(shape !== null && sameShape(shape, like.shape), 'a shape that broadcasts to the second');
    return [{ dtype: x.dtype, shape }];
  },
  reduceSum: reduce,
  reduceMean: reduce,
  reduceMax: reduce,
  elementCount: (op, x) => {
    expect(
      op.axes.every((axis) => axis >= 0 && axis < x.shape.length),
      `axes within 0 to ${x.shape.length - 1}`,
    );
    return [float([])];
  },
  positions: (op, x) => {
    const dim = x.shape[op.axis];
    expect(dim !== undefined, `an axis within 0 to ${x.shape.length - 1}`);
    return [{ dtype: 'int32', shape: [dim] }];
  },
  matmul,
  softmax: (_op, x) => [float(withLast(x, lastDim(x)))],
  logSoftmax: (_op, x) => [float(withLast(x, lastDim(x)))],
  layerNorm: (_op, x, gain, bias) => {
    const size = lastDim(x);
    expect(sameShape(gain.shape, [size]) && sameShape(bias.shape, [size]), `gain and bias of [${size}]`);
    return [float(x.shape), float(withLast(x, 1)), float(withLast(x, 1))];
  },
  embedding: (_op, table, ids) => {
    expect(table.shape.length === 2 && isFloat(table), 'a float32 table of [rows, size]');
    expect(ids.dtype === 'int32', 'int32 ids');
    return [float([...ids.shape, table.shape[1]!])];
  },
  embeddingGradient: (op, ids, gradient) => {
    expect(
      ids.dtype === 'int32' && sameShape(gradient.shape.slice(0, -1), ids.shape),
      'a gradient for each id',
    );
    return [float([op.rows, lastDim(gradient)])];
  },
  dropout: (op, x, mask) => {
    expect(op.keep > 0 && op.keep <= 1, '0 < keep ≤ 1');
    expect(mask.dtype === 'bool' && sameShape(mask.shape, x.shape), 'a bool mask of the shape of x');
    return [float(x.shape)];
  },
  gru,
  gruGradient: (_op, mask, r, states, gates, candidate, recurrent, dStates, dLast) => {
    const hidden = concrete(r.shape[0], 'the hidden size');
    expect(mask.dtype === 'bool', 'a bool mask');
    expect(
      sameShape(dStates.shape, states.shape) && sameShape(candidate.shape, states.shape),
      'gradients like the states',
    );
    expect(
      sameShape(recurrent.shape, states.shape) && sameShape(gates.shape, withLast(states, 2 * hidden)),
      'saved gates like the states',
    );
    expect(sameShape(dLast.shape, states.shape.slice(1)), 'a gradient of the last state');
    return [float(withLast(states, 3 * hidden)), float(states.shape)];
  },
  conv1d: (op, x, filters, bias?) => {
    expect(op.before >= 0 && op.before < op.width, `0 ≤ before < ${op.width}`);
    expect(x.shape.length === 3, 'x of [batch, length, features]');
    const features = concrete(lastDim(x), 'the number of features');
    const count = lastDim(filters);
    expect(sameShape(filters.shape, [op.width * features, count]), `filters of [${op.width * features}, n]`);
    expect(bias === undefined || sameShape(bias.shape, [count]), `a bias of [${count}]`);
    return [float(withLast(x, count))];
  },
};

/**
 * Types and shapes of an operation's outputs.
 * @throws INVALID_GRAPH, naming the operation, the layer, what was expected and the shapes that were given
 */
export function inferTypes(
  op: Op,
  inputs: readonly Value[] | readonly ValueType[],
  layer: string,
): ValueType[] {
  try {
    // The table is keyed by the very kind that the operation has; TypeScript can't see the correlation.
    const rule = rules[op.kind] as (op: Op, ...inputs: ValueType[]) => ValueType[];
    return rule(op, ...inputs);
  } catch (error) {
    if (!(error instanceof Mismatch) && !(error instanceof TypeError)) throw error;
    const given = inputs.map((value) => `${value.dtype} ${formatShape(value.shape)}`).join(', ');
    const expectation = error instanceof Mismatch ? error.message : 'another number of inputs';
    throw new DistilleryError(
      'INVALID_GRAPH',
      `${op.kind} in ${layer || 'the graph'} expects ${expectation}, but was given ${given || 'nothing'}.`,
      { operation: op.kind, layer },
    );
  }
}
