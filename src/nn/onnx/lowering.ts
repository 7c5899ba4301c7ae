/** ONNX lowering: each operation as nodes of the standard operator set. The recurrence is in gru.ts. */
import { DistilleryError } from '../../errors.ts';
import type { Value } from '../graph.ts';
import type { Op, OpKind } from '../ops/op.ts';
import type { Dim, Shape } from '../shape.ts';
import { formatShape } from '../shape.ts';
import { lowerGru, lowerGruGradient } from './gru.ts';
import { elementTypes } from './protobuf.ts';
import type { LoweringContext } from './context.ts';
import type { OnnxWriter } from './writer.ts';

type Lowering<K extends OpKind> = (context: LoweringContext<K>) => void;

const direct =
  (opType: string): Lowering<OpKind> =>
  ({ w, names, outputs }) =>
    w.emitTo(outputs, opType, names);

const reduce =
  (opType: string): Lowering<'reduceSum' | 'reduceMean' | 'reduceMax'> =>
  ({ w, op, names, outputs }) => {
    if (op.axes.length === 0) w.emitTo(outputs, 'Identity', names);
    else w.emitTo(outputs, opType, [names[0]!, w.int64(op.axes)], { keepdims: { int: op.keepDims ? 1 : 0 } });
  };

/** ONNX's Reshape: 0 keeps the size at the same place, −1 is worked out; a symbolic size must be one of the two. */
function reshapeTarget(from: Shape, to: Shape): number[] {
  const target = to.map((dim, axis): Dim => (typeof dim === 'number' ? dim : from[axis] === dim ? 0 : -1));
  if (target.filter((dim) => dim === -1).length > 1) {
    const message = `ONNX can't work out two sizes of a reshape from ${formatShape(from)} to ${formatShape(to)}. Keep one symbolic size in its place.`;
    throw new DistilleryError('INVALID_GRAPH', message, { operation: 'reshape' });
  }
  return target as number[];
}

/** The name of x with its last two axes swapped. */
function swapLast(w: OnnxWriter, x: Value, name: string): string {
  const rank = x.shape.length;
  const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
  return w.emit('Transpose', [name], { perm: { ints: perm } });
}

const matmul: Lowering<'matmul'> = ({ w, op, inputs: [a, b], names: [nameA, nameB], outputs }) => {
  if (a!.shape.length === 2 && b!.shape.length === 2) {
    const flags = { transA: { int: op.transposeA ? 1 : 0 }, transB: { int: op.transposeB ? 1 : 0 } };
    w.emitTo(outputs, 'Gemm', [nameA!, nameB!], flags);
    return;
  }
  const left = op.transposeA ? swapLast(w, a!, nameA!) : nameA!;
  const right = op.transposeB ? swapLast(w, b!, nameB!) : nameB!;
  w.emitTo(outputs, 'MatMul', [left, right]);
};

/**
 * Rows of the gradient summed by id. Not ScatterND: ONNX Runtime 1.30 adds there in parallel without a lock. Over one
 * dimension, since ScatterElements works out the place of every element, three times faster there than over two.
 */
const embeddingGradient: Lowering<'embeddingGradient'> = ({
  w,
  op,
  inputs: [, gradient],
  names: [ids, dy],
  outputs,
}) => {
  const size = gradient!.shape[gradient!.shape.length - 1] as number;
  const updates = w.emit('Reshape', [dy!, w.int64([-1])]);
  const rowStarts = w.emit('Mul', [w.emit('Reshape', [ids!, w.int64([-1, 1])]), w.int32(size)]);
  const places = w.emit('Add', [rowStarts, w.int32(Array.from({ length: size }, (_, i) => i))]);
  const zeros = w.emit('Expand', [w.scalar(0), w.int64([op.rows * size])]);
  const summed = w.emit('ScatterElements', [zeros, w.emit('Reshape', [places, w.int64([-1])]), updates], {
    axis: { int: 0 },
    reduction: { text: 'add' },
  });
  w.emitTo(outputs, 'Reshape', [summed, w.int64([op.rows, size])]);
};

const conv1d: Lowering<'conv1d'> = ({ w, op, inputs: [x], names: [name, filters, ...bias], outputs }) => {
  const features = x!.shape[2] as number;
  const byWidth = w.emit('Reshape', [filters!, w.int64([op.width, features, -1])]);
  const kernel = w.emit('Transpose', [byWidth], { perm: { ints: [2, 1, 0] } });
  const channelsFirst = w.emit('Transpose', [name!], { perm: { ints: [0, 2, 1] } });
  const convolved = w.emit('Conv', [channelsFirst, kernel, ...bias], {
    kernel_shape: { ints: [op.width] },
    pads: { ints: [op.before, op.width - 1 - op.before] },
  });
  w.emitTo(outputs, 'Transpose', [convolved], { perm: { ints: [0, 2, 1] } });
};

function shift(w: OnnxWriter, name: string, axis: number, by: number, output = w.fresh('shifted')): string {
  // Pad takes negative amounts: zeros move in at one end, and as many places fall off the other
  w.emitTo([output], 'Pad', [name, w.int64([by, -by]), '', w.int64([axis])]);
  return output;
}

const lowerings: { readonly [K in OpKind]: Lowering<K> } = {
  add: direct('Add'),
  sub: direct('Sub'),
  mul: direct('Mul'),
  div: direct('Div'),
  exp: direct('Exp'),
  sqrt: direct('Sqrt'),
  tanh: direct('Tanh'),
  erf: direct('Erf'),
  relu: direct('Relu'),
  gelu: direct('Gelu'),
  compare: ({ w, op, names, outputs }) =>
    w.emitTo(outputs, op.relation === 'equal' ? 'Equal' : 'Greater', names),
  where: direct('Where'),
  cast: ({ w, op, names, outputs }) => w.emitTo(outputs, 'Cast', names, { to: { int: elementTypes[op.to] } }),

  reshape: ({ w, op, inputs: [x], names: [name], outputs }) =>
    w.emitTo(outputs, 'Reshape', [name!, w.int64(reshapeTarget(x!.shape, op.shape))]),
  transpose: ({ w, op, names, outputs }) =>
    w.emitTo(outputs, 'Transpose', names, { perm: { ints: op.order } }),
  slice: ({ w, op, names: [name], outputs }) =>
    w.emitTo(outputs, 'Slice', [name!, w.int64([op.start]), w.int64([op.end]), w.int64([op.axis])]),
  placeSlice: ({ w, op, names: [part, like], outputs }) => {
    const sizeAlong = (name: string) =>
      w.emit('Shape', [name], { start: { int: op.axis }, end: { int: op.axis + 1 } });
    const rest = w.emit('Sub', [sizeAlong(like!), sizeAlong(part!)]);
    const after = w.emit('Sub', [rest, w.int64([op.start])]);
    const pads = w.emit('Concat', [w.int64([op.start]), after], { axis: { int: 0 } });
    w.emitTo(outputs, 'Pad', [part!, pads, '', w.int64([op.axis])]);
  },
  concat: ({ w, op, names, outputs }) => w.emitTo(outputs, 'Concat', names, { axis: { int: op.axis } }),
  shift: ({ w, op, names: [name], outputs }) => void shift(w, name!, op.axis, op.by, outputs[0]),
  expandLike: ({ w, names: [x, like], outputs }) =>
    w.emitTo(outputs, 'Expand', [x!, w.emit('Shape', [like!])]),

  reduceSum: reduce('ReduceSum'),
  reduceMean: reduce('ReduceMean'),
  reduceMax: reduce('ReduceMax'),
  elementCount: ({ w, op, names, outputs }) => {
    const sizes = w.emit('Gather', [w.emit('Shape', names), w.int64(op.axes)]);
    const count = w.emit('ReduceProd', [sizes], { keepdims: { int: 0 } });
    w.emitTo(outputs, 'Cast', [count], { to: { int: elementTypes.float32 } });
  },
  positions: ({ w, op, names, outputs }) => {
    const size = w.emit('Gather', [w.emit('Shape', names), w.int64(op.axis)]);
    const range = w.emit('Range', [w.int64(0), size, w.int64(1)]);
    w.emitTo(outputs, 'Cast', [range], { to: { int: elementTypes.int32 } });
  },

  matmul,
  softmax: ({ w, names, outputs }) => w.emitTo(outputs, 'Softmax', names, { axis: { int: -1 } }),
  logSoftmax: ({ w, names, outputs }) => w.emitTo(outputs, 'LogSoftmax', names, { axis: { int: -1 } }),
  layerNorm: ({ w, op, names, outputs: [y, mean, inverseDeviation], mode }) => {
    const needed = mode === 'training' ? [y!, mean!, inverseDeviation!] : [y!];
    w.emitTo(needed, 'LayerNormalization', names, { axis: { int: -1 }, epsilon: { float: op.epsilon } });
  },

  embedding: direct('Gather'),
  embeddingGradient,
  // A product is three times as fast as Where; the gradient's scaled mask is the same node as this one
  dropout: ({ w, op, names: [x, mask], outputs }) => {
    const kept = w.emit('Cast', [mask!], { to: { int: elementTypes.float32 } });
    w.emitTo(outputs, 'Mul', [x!, w.emit('Mul', [kept, w.scalar(1 / op.keep)])]);
  },

  gru: lowerGru,
  gruGradient: lowerGruGradient,
  conv1d,
};

/** Writes the nodes of one operation. */
export function lower(context: Omit<LoweringContext<OpKind>, 'op'> & { op: Op }): void {
  // The table is keyed by the very kind that the operation has; TypeScript can't see the correlation.
  const lowering = lowerings[context.op.kind] as (c: typeof context) => void;
  lowering(context);
}
