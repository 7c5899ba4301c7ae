/** TensorFlow.js lowering: runs each operation at once. The recurrence is in gru.ts. */
import type { Op, OpKind } from '../ops/op.ts';
import type { Tensor, Tensor1D, Tf } from '../runtime/tfjs.ts';
import { bindShape } from '../shape.ts';
import type { RunContext } from './context.ts';
import { runGru, runGruGradient } from './gru.ts';

/** The node's outputs, at least as far as they are used. */
type Lowering<K extends OpKind> = (context: RunContext<K>) => Tensor | (Tensor | undefined)[];

const binary =
  (name: 'add' | 'sub' | 'mul' | 'div'): Lowering<OpKind> =>
  ({ tf, inputs: [a, b] }) =>
    tf[name](a!, b!);

const unary =
  (name: 'exp' | 'sqrt' | 'tanh' | 'erf' | 'relu' | 'softmax' | 'logSoftmax'): Lowering<OpKind> =>
  ({ tf, inputs: [x] }) =>
    tf[name](x!);

const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** Adds zeros: the gradient of TensorFlow.js's own broadcastTo is a loop over copies, and only for four axes. */
function expand(tf: Tf, x: Tensor, shape: number[]): Tensor {
  if (x.dtype === 'bool') return tf.logicalOr(x, tf.zeros(shape, 'bool'));
  return tf.add(x, tf.zeros(shape, x.dtype));
}

const where: Lowering<'where'> = ({ tf, inputs: [condition, a, b], outputs: [y], sizes }) => {
  const shape = bindShape(y!.shape, sizes);
  const [c, left, right] = [condition!, a!, b!].map((x) =>
    tf.util.arraysEqual(x.shape, shape) ? x : expand(tf, x, shape),
  );
  return tf.where(c!, left!, right!);
};

function swapLast(tf: Tf, x: Tensor): Tensor {
  return tf.transpose(x, [...Array(x.rank - 2).keys(), x.rank - 1, x.rank - 2]);
}

const matmul: Lowering<'matmul'> = ({ tf, op, inputs }) => {
  const [a, b] = inputs as [Tensor, Tensor];
  if (a.rank === b.rank) return tf.matMul(a, b, op.transposeA, op.transposeB);
  // A stack by one matrix is one tall matrix by it; TensorFlow.js would not sum that matrix's gradient over the stack
  const stack = op.transposeA ? swapLast(tf, a) : a;
  const rows = tf.reshape(stack, [-1, stack.shape[stack.rank - 1]!]);
  const product = tf.matMul(rows, b, false, op.transposeB);
  return tf.reshape(product, [...stack.shape.slice(0, -1), product.shape[1]!]);
};

/** With a gradient of its own: TensorFlow.js gives all of it to each of several equal maxima. */
const reduceMax: Lowering<'reduceMax'> = ({ tf, op, inputs: [x], outputs: [y], sizes }) => {
  const axes = [...op.axes];
  const largest = tf.customGrad((...given) => {
    const [whole, save] = given as unknown as [Tensor, (tensors: Tensor[]) => void];
    const value = tf.max(whole, axes, true);
    save([whole, value]);
    const gradFunc = (dy: Tensor, [input, maximum]: Tensor[]) => {
      const isMaximum = tf.cast(tf.equal(input!, maximum!), 'float32');
      return tf.mul(isMaximum, tf.div(dy, tf.sum(isMaximum, axes, true)));
    };
    return { value, gradFunc };
  })(x!);
  return tf.reshape(largest, bindShape(y!.shape, sizes));
};

const layerNorm: Lowering<'layerNorm'> = ({ tf, op, inputs: [x, gain, bias] }) => {
  const mean = tf.mean(x!, -1, true);
  const centred = tf.sub(x!, mean);
  const variance = tf.mean(tf.square(centred), -1, true);
  const inverseDeviation = tf.rsqrt(tf.add(variance, op.epsilon));
  return [tf.add(tf.mul(tf.mul(centred, inverseDeviation), gain!), bias!), mean, inverseDeviation];
};

/** Zeros move in at one end, and as many places fall off the other. */
function shift(tf: Tf, x: Tensor, axis: number, by: number): Tensor {
  const size = x.shape[axis]!;
  const kept = Math.max(size - Math.abs(by), 0);
  if (kept === 0) return tf.zerosLike(x);
  const begin = x.shape.map((_, i) => (i === axis ? Math.max(-by, 0) : 0));
  const part = tf.slice(
    x,
    begin,
    x.shape.map((dim, i) => (i === axis ? kept : dim)),
  );
  return tf.pad(
    part,
    x.shape.map((_, i): [number, number] => (i === axis ? [Math.max(by, 0), Math.max(-by, 0)] : [0, 0])),
  );
}

/** One matrix product over all windows: the WASM backend has no gradient of its convolution's filters. */
const conv1d: Lowering<'conv1d'> = ({ tf, op: { width, before }, inputs }) => {
  const [x, filters, bias] = inputs as [Tensor, Tensor, Tensor?];
  const [batch, length, features] = x.shape as [number, number, number];
  const padded = tf.pad(x, [
    [0, 0],
    [before, width - 1 - before],
    [0, 0],
  ]);
  const windows = tf.concat(
    Array.from({ length: width }, (_, i) => tf.slice(padded, [0, i, 0], [batch, length, features])),
    2,
  );
  const product = tf.matMul(tf.reshape(windows, [batch * length, width * features]), filters);
  return tf.reshape(bias ? tf.add(product, bias) : product, [batch, length, filters.shape[1]!]);
};

const lowerings: { readonly [K in OpKind]: Lowering<K> } = {
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  div: binary('div'),
  exp: unary('exp'),
  sqrt: unary('sqrt'),
  tanh: unary('tanh'),
  erf: unary('erf'),
  relu: unary('relu'),
  gelu: ({ tf, inputs: [x] }) => tf.mul(tf.mul(x!, 0.5), tf.add(tf.erf(tf.mul(x!, Math.SQRT1_2)), 1)),
  compare: ({ tf, op, inputs: [a, b] }) => (op.relation === 'equal' ? tf.equal(a!, b!) : tf.greater(a!, b!)),
  where,
  // The WASM backend's own cast to bool keeps a 2 as it is
  cast: ({ tf, op, inputs: [x] }) =>
    op.to === 'bool' ? tf.notEqual(x!, tf.zeros([], x!.dtype)) : tf.cast(x!, op.to),

  reshape: ({ tf, op, inputs: [x], sizes }) => tf.reshape(x!, bindShape(op.shape, sizes)),
  transpose: ({ tf, op, inputs: [x] }) => tf.transpose(x!, [...op.order]),
  slice: ({ tf, op, inputs: [x] }) => {
    const begin = x!.shape.map((_, axis) => (axis === op.axis ? op.start : 0));
    return tf.slice(
      x!,
      begin,
      x!.shape.map((dim, axis) => (axis === op.axis ? op.end - op.start : dim)),
    );
  },
  placeSlice: ({ tf, op, inputs: [part, like] }) => {
    const after = like!.shape[op.axis]! - op.start - part!.shape[op.axis]!;
    return tf.pad(
      part!,
      part!.shape.map((_, axis): [number, number] => (axis === op.axis ? [op.start, after] : [0, 0])),
    );
  },
  concat: ({ tf, op, inputs }) => tf.concat([...inputs], op.axis),
  shift: ({ tf, op, inputs: [x] }) => shift(tf, x!, op.axis, op.by),
  expandLike: ({ tf, inputs: [x, like] }) => expand(tf, x!, like!.shape),

  reduceSum: ({ tf, op, inputs: [x] }) => tf.sum(x!, [...op.axes], op.keepDims),
  reduceMean: ({ tf, op, inputs: [x] }) => tf.mean(x!, [...op.axes], op.keepDims),
  reduceMax,
  elementCount: ({ tf, op, inputs: [x] }) => tf.scalar(elements(op.axes.map((axis) => x!.shape[axis]!))),
  positions: ({ tf, op, inputs: [x] }) => tf.range(0, x!.shape[op.axis]!, 1, 'int32'),

  matmul,
  softmax: unary('softmax'),
  logSoftmax: unary('logSoftmax'),
  layerNorm,

  embedding: ({ tf, inputs: [table, ids] }) => tf.gather(table!, ids!),
  embeddingGradient: ({ tf, op, inputs: [ids, gradient] }) => {
    const rows = tf.reshape(gradient!, [ids!.size, -1]);
    return tf.unsortedSegmentSum(rows, tf.reshape(ids!, [-1]) as Tensor1D, op.rows);
  },
  dropout: ({ tf, op, inputs: [x, mask] }) => tf.mul(x!, tf.mul(tf.cast(mask!, 'float32'), 1 / op.keep)),

  gru: runGru,
  gruGradient: runGruGradient,
  conv1d,
};

/** Runs one operation; what it allocates besides its outputs is freed. */
export function run(context: Omit<RunContext<OpKind>, 'op'> & { op: Op }): (Tensor | undefined)[] {
  // The table is keyed by the very kind that the operation has; TypeScript can't see the correlation.
  const lowering = lowerings[context.op.kind] as (c: typeof context) => Tensor | (Tensor | undefined)[];
  return context.tf.tidy(() => {
    const outputs = lowering(context);
    return Array.isArray(outputs) ? outputs : [outputs];
  });
}
