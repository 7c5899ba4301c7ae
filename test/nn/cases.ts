/** What the contract suite runs, for every operation: small graphs and how to fill their inputs. A new operation needs a case. */
import type { GraphBuilder } from '../../src/nn/builder.ts';
import type { Value } from '../../src/nn/graph.ts';
import type { OpKind } from '../../src/nn/ops/op.ts';
import type { Random } from '../../src/nn/random.ts';
import type { DType, Shape } from '../../src/nn/shape.ts';

/** What `batch` and `length` are in every case: unlike each other and unlike all other sizes. */
export const sizes = { batch: 3, length: 5 };

export interface CaseInput {
  readonly dtype: DType;
  readonly shape: Shape;
  /** The element at a place, given as its indices. */
  readonly element: (random: Random, at: readonly number[]) => number;
}

export interface OpCase {
  readonly what: string;
  readonly inputs: Readonly<Record<string, CaseInput>>;
  /** Adds the operation; `inputs` are in the order above. */
  readonly build: (b: GraphBuilder, inputs: readonly Value[]) => Value[];
  /** How many of the float outputs something may use outside of training; the others only serve gradients. All by default. */
  readonly publicOutputs?: number;
  /** Why no gradient is compared. */
  readonly noGradient?: string;
  /** Why finite differences say nothing here. */
  readonly noDifferences?: string;
  /** Elements of the outputs that count; the others are padding. */
  readonly counts?: (output: number, at: readonly number[]) => boolean;
}

const normal = (...shape: Shape): CaseInput => ({
  dtype: 'float32',
  shape,
  element: (random) => random.normal(),
});
const small = (...shape: Shape): CaseInput => ({
  dtype: 'float32',
  shape,
  element: (random) => 0.4 * random.normal(),
});
const positive = (...shape: Shape): CaseInput => ({
  dtype: 'float32',
  shape,
  element: (random) => 0.5 + random.uniform(),
});
/** At least 0.2 away from 0, on both sides. */
const awayFromZero = (...shape: Shape): CaseInput => ({
  dtype: 'float32',
  shape,
  element: (random) => (random.uniform() < 0.5 ? -1 : 1) * (0.2 + random.uniform()),
});
const flags = (...shape: Shape): CaseInput => ({
  dtype: 'bool',
  shape,
  element: (random) => random.integer(2),
});
const ids = (limit: number, ...shape: Shape): CaseInput => ({
  dtype: 'int32',
  shape,
  element: (random) => random.integer(limit),
});
/** Few different numbers, so that some are equal. */
const whole = (...shape: Shape): CaseInput => ({
  dtype: 'float32',
  shape,
  element: (random) => random.integer(3),
});

const lengths = [5, 1, 3];
const isToken = (time: number, row: number) => time < (lengths[row] ?? 0);
/** Time first: rows of 5, 1 and 3 tokens. */
const tokenMask: CaseInput = {
  dtype: 'bool',
  shape: ['length', 'batch', 1],
  element: (_random, [time, row]) => Number(isToken(time!, row!)),
};

const notDifferentiable = 'nothing differentiates through it';
const gradientOnly = 'it appears in gradients only';

type Binary = 'add' | 'sub' | 'mul' | 'div';
function binary(kind: Binary): OpCase[] {
  const pair = (what: string, a: Shape, b: Shape): OpCase => ({
    what,
    inputs: { a: normal(...a), b: awayFromZero(...b) },
    build: (g, [x, y]) => [g[kind](x!, y!)],
  });
  return [
    pair('equal shapes', ['batch', 4], ['batch', 4]),
    pair('a vector along the last axis', ['batch', 'length', 4], [4]),
    pair('a scalar on the left', [], ['batch', 2]),
    pair('both sides repeated', ['batch', 1, 4], ['length', 1]),
    pair('a column', ['batch', 'length', 4], ['batch', 'length', 1]),
    { what: 'with itself', inputs: { a: awayFromZero('batch', 4) }, build: (g, [x]) => [g[kind](x!, x!)] },
    {
      what: 'with a plain number',
      inputs: { a: awayFromZero('batch', 4) },
      build: (g, [x]) => [g[kind](1.5, x!), g[kind](x!, -2)],
    },
  ];
}

type Unary = 'exp' | 'sqrt' | 'tanh' | 'erf' | 'relu' | 'gelu' | 'softmax' | 'logSoftmax';
function unary(kind: Unary, input: (...shape: Shape) => CaseInput): OpCase[] {
  return [
    { what: 'a matrix', inputs: { x: input('batch', 7) }, build: (g, [x]) => [g[kind](x!)] },
    { what: 'three axes', inputs: { x: input('batch', 'length', 4) }, build: (g, [x]) => [g[kind](x!)] },
  ];
}

function reduction(kind: 'reduceSum' | 'reduceMean' | 'reduceMax', input = normal): OpCase[] {
  const over = (what: string, axes: number[], keepDims: boolean): OpCase => ({
    what,
    inputs: { x: input('batch', 'length', 4) },
    build: (g, [x]) => [g[kind](x!, axes, keepDims)],
  });
  return [
    over('the first axis', [0], false),
    over('a middle axis, kept', [1], true),
    over('two axes', [0, 2], false),
    over('two axes, kept', [1, 2], true),
    over('all axes', [0, 1, 2], false),
  ];
}

function matmul(
  what: string,
  a: Shape,
  b: Shape,
  transposeA = false,
  transposeB = false,
  noGradient?: string,
): OpCase {
  return {
    what,
    inputs: { a: normal(...a), b: normal(...b) },
    build: (g, [x, y]) => [g.matmul(x!, y!, transposeA, transposeB)],
    ...(noGradient === undefined ? {} : { noGradient }),
  };
}

const hidden = 4;
function gru(direction: 'forward' | 'reverse', mask: CaseInput, what: string): OpCase {
  return {
    what,
    inputs: {
      x: normal('length', 'batch', 3),
      mask,
      w: small(3, 3 * hidden),
      r: small(hidden, 3 * hidden),
      inputBias: small(3 * hidden),
      recurrentBias: small(3 * hidden),
    },
    build: (g, inputs) => g.apply({ kind: 'gru', direction }, inputs),
    publicOutputs: 2,
    counts: (output, at) => output < 2 || mask !== tokenMask || isToken(at[0]!, at[1]!),
  };
}

function gruGradient(direction: 'forward' | 'reverse'): OpCase {
  const gate = (...shape: Shape): CaseInput => ({
    dtype: 'float32',
    shape,
    element: (random) => random.uniform(),
  });
  return {
    what: direction,
    inputs: {
      mask: tokenMask,
      r: small(hidden, 3 * hidden),
      states: {
        ...small('length', 'batch', hidden),
        element: (random, [time, row]) => random.normal() * Number(isToken(time!, row!)),
      },
      gates: gate('length', 'batch', 2 * hidden),
      candidate: { ...gate('length', 'batch', hidden), element: (random) => 2 * random.uniform() - 1 },
      recurrent: normal('length', 'batch', hidden),
      dStates: normal('length', 'batch', hidden),
      dLast: normal('batch', hidden),
    },
    build: (g, inputs) => g.apply({ kind: 'gruGradient', direction }, inputs),
    noGradient: gradientOnly,
  };
}

const everyToken: CaseInput = { ...tokenMask, element: () => 1 };

export const cases: { readonly [K in OpKind]: readonly OpCase[] } = {
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  div: binary('div'),
  exp: unary('exp', normal),
  sqrt: unary('sqrt', positive),
  tanh: unary('tanh', normal),
  erf: unary('erf', normal),
  relu: unary('relu', awayFromZero),
  gelu: unary('gelu', normal),
  compare: [
    {
      what: 'equal',
      inputs: { a: whole('batch', 4), b: whole(4) },
      build: (g, [a, b]) => [g.equal(a!, b!)],
      noGradient: notDifferentiable,
    },
    {
      what: 'greater',
      inputs: { a: whole('batch', 4), b: whole('batch', 1) },
      build: (g, [a, b]) => [g.greater(a!, b!)],
      noGradient: notDifferentiable,
    },
  ],
  where: [
    {
      what: 'equal shapes',
      inputs: { c: flags('batch', 4), a: normal('batch', 4), b: normal('batch', 4) },
      build: (g, [c, a, b]) => [g.where(c!, a!, b!)],
    },
    {
      what: 'a repeated condition',
      inputs: { c: flags('batch', 1), a: normal('batch', 4), b: normal(4) },
      build: (g, [c, a, b]) => [g.where(c!, a!, b!)],
    },
    {
      what: 'a larger condition',
      inputs: { c: flags('batch', 'length', 4), a: normal('length', 1), b: normal() },
      build: (g, [c, a, b]) => [g.where(c!, a!, b!)],
    },
    {
      what: 'against a number',
      inputs: { c: flags('batch', 4), a: normal('batch', 4) },
      build: (g, [c, a]) => [g.where(c!, a!, 0)],
    },
  ],
  cast: [
    {
      what: 'ids to float32',
      inputs: { x: ids(9, 'batch', 4) },
      build: (g, [x]) => [g.cast(x!, 'float32')],
      noGradient: notDifferentiable,
    },
    {
      what: 'float32 to int32',
      inputs: { x: whole('batch', 4) },
      build: (g, [x]) => [g.cast(x!, 'int32')],
      noGradient: notDifferentiable,
    },
    {
      what: 'bool to float32',
      inputs: { x: flags('batch', 4) },
      build: (g, [x]) => [g.cast(x!, 'float32')],
      noGradient: notDifferentiable,
    },
    {
      what: 'float32 to bool',
      inputs: { x: whole('batch', 4) },
      build: (g, [x]) => [g.cast(x!, 'bool')],
      noGradient: notDifferentiable,
    },
  ],

  reshape: [
    {
      what: 'merging axes',
      inputs: { x: normal('batch', 'length', 4) },
      build: (g, [x]) => [g.reshape(x!, ['batch*length', 4])],
      noGradient:
        "the way back has two unknown sizes, which ONNX's Reshape can't work out; no model needs it",
    },
    {
      what: 'merging a known axis',
      inputs: { x: normal('batch', 2, 4) },
      build: (g, [x]) => [g.reshape(x!, ['2*batch', 4])],
    },
    {
      what: 'splitting an axis',
      inputs: { x: normal('batch', 6) },
      build: (g, [x]) => [g.reshape(x!, ['batch', 2, 3])],
    },
    {
      what: 'adding axes',
      inputs: { x: normal('batch', 'length') },
      build: (g, [x]) => [g.reshape(x!, ['batch', 1, 1, 'length'])],
    },
  ],
  transpose: [
    { what: 'a matrix', inputs: { x: normal('batch', 4) }, build: (g, [x]) => [g.transpose(x!, [1, 0])] },
    {
      what: 'a cycle of three axes',
      inputs: { x: normal('batch', 'length', 4) },
      build: (g, [x]) => [g.transpose(x!, [1, 2, 0])],
    },
    {
      what: 'attention heads',
      inputs: { x: normal('batch', 'length', 2, 4) },
      build: (g, [x]) => [g.transpose(x!, [0, 2, 1, 3])],
    },
    {
      what: 'ids',
      inputs: { x: ids(9, 'batch', 'length') },
      build: (g, [x]) => [g.transpose(x!, [1, 0])],
      noGradient: notDifferentiable,
    },
  ],
  slice: [
    { what: 'the first row', inputs: { x: normal('batch', 4) }, build: (g, [x]) => [g.slice(x!, 0, 0, 1)] },
    {
      what: 'columns',
      inputs: { x: normal('batch', 'length', 6) },
      build: (g, [x]) => [g.slice(x!, 2, 1, 4)],
    },
    {
      what: 'a middle axis',
      inputs: { x: normal('batch', 'length', 2, 3) },
      build: (g, [x]) => [g.slice(x!, 1, 2, 4)],
    },
    {
      what: 'two that overlap',
      inputs: { x: normal('batch', 6) },
      build: (g, [x]) => [g.slice(x!, 1, 0, 4), g.slice(x!, 1, 2, 6)],
    },
  ],
  placeSlice: [
    {
      what: 'columns',
      inputs: { part: normal('batch', 2), like: normal('batch', 6) },
      build: (g, [part, like]) => g.apply({ kind: 'placeSlice', axis: 1, start: 3 }, [part!, like!]),
    },
    {
      what: 'a row among many',
      inputs: { part: normal(1, 4), like: normal('length', 4) },
      build: (g, [part, like]) => g.apply({ kind: 'placeSlice', axis: 0, start: 2 }, [part!, like!]),
    },
  ],
  concat: [
    {
      what: 'along the last axis',
      inputs: { a: normal('batch', 'length', 2), b: normal('batch', 'length', 3) },
      build: (g, [a, b]) => [g.concat([a!, b!], 2)],
    },
    {
      what: 'three along the first',
      inputs: { a: normal(2, 'batch'), b: normal(1, 'batch'), c: normal(3, 'batch') },
      build: (g, parts) => [g.concat(parts, 0)],
    },
    { what: 'the same twice', inputs: { a: normal('batch', 2) }, build: (g, [a]) => [g.concat([a!, a!], 1)] },
    { what: 'only one', inputs: { a: normal('batch', 2) }, build: (g, [a]) => [g.concat([a!], 1)] },
  ],
  shift: [-7, -2, -1, 0, 1, 3].map((by): OpCase => ({
    what: `by ${by}`,
    inputs: { x: normal('batch', 'length', 2) },
    build: (g, [x]) => [g.shift(x!, 1, by)],
  })),
  expandLike: [
    {
      what: 'a scalar',
      inputs: { x: normal(), like: normal('batch', 4) },
      build: (g, [x, like]) => [g.expandLike(x!, like!)],
    },
    {
      what: 'a kept axis',
      inputs: { x: normal('batch', 1, 4), like: normal('batch', 'length', 4) },
      build: (g, [x, like]) => [g.expandLike(x!, like!)],
    },
    {
      what: 'five axes',
      inputs: { x: normal(2, 1, 'length', 1, 1), like: normal(2, 2, 'length', 1, 3) },
      build: (g, [x, like]) => [g.expandLike(x!, like!)],
    },
  ],

  reduceSum: reduction('reduceSum'),
  reduceMean: reduction('reduceMean'),
  reduceMax: [
    ...reduction('reduceMax'),
    {
      what: 'equal largest elements',
      inputs: { x: whole('batch', 'length', 4) },
      build: (g, [x]) => [g.reduceMax(x!, [1])],
      noDifferences: 'the maximum has a kink there',
    },
    {
      what: 'each element twice',
      inputs: { x: normal('batch', 3, 4) },
      build: (g, [x]) => [g.reduceMax(g.concat([x!, x!], 1), [1])],
    },
  ],
  elementCount: [
    {
      what: 'one axis',
      inputs: { x: normal('batch', 'length') },
      build: (g, [x]) => [g.elementCount(x!, [0])],
      noGradient: notDifferentiable,
    },
    {
      what: 'two axes',
      inputs: { x: normal('batch', 'length', 4) },
      build: (g, [x]) => [g.elementCount(x!, [1, 2])],
      noGradient: notDifferentiable,
    },
  ],
  positions: [
    {
      what: 'a symbolic axis',
      inputs: { x: ids(9, 'batch', 'length') },
      build: (g, [x]) => [g.positions(x!, 1)],
      noGradient: notDifferentiable,
    },
  ],

  matmul: [
    matmul('two matrices', ['batch', 4], [4, 2]),
    matmul('left transposed', [4, 'batch'], [4, 2], true, false),
    matmul('right transposed', ['batch', 4], [2, 4], false, true),
    matmul('both transposed', [4, 'batch'], [2, 4], true, true),
    matmul('a stack by a matrix', ['batch', 'length', 4], [4, 2]),
    matmul('a stack by a transposed matrix', ['batch', 'length', 4], [2, 4], false, true),
    matmul(
      'a transposed stack by a matrix',
      ['batch', 4, 'length'],
      [4, 2],
      true,
      false,
      'no model needs it, and the rule says so',
    ),
    matmul('two stacks', ['batch', 'length', 4], ['batch', 4, 2]),
    matmul('two stacks, left transposed', ['batch', 4, 'length'], ['batch', 4, 2], true, false),
    matmul('two stacks, right transposed', ['batch', 'length', 4], ['batch', 2, 4], false, true),
    matmul('two stacks, both transposed', ['batch', 4, 'length'], ['batch', 2, 4], true, true),
    matmul('attention scores', ['batch', 2, 'length', 4], ['batch', 2, 'length', 4], false, true),
    matmul('attention values', ['batch', 2, 'length', 'length'], ['batch', 2, 'length', 4]),
  ],
  softmax: [
    ...unary('softmax', normal),
    {
      what: 'masked scores',
      inputs: {
        x: normal('batch', 2, 'length', 'length'),
        mask: {
          dtype: 'bool',
          shape: ['batch', 1, 1, 'length'],
          element: (_random, [row, , , time]) => Number(isToken(time!, row!)),
        },
      },
      build: (g, [x, mask]) => [g.softmax(g.add(x!, g.where(mask!, 0, -1e9)))],
    },
  ],
  logSoftmax: unary('logSoftmax', (...shape) => ({
    dtype: 'float32',
    shape,
    element: (random) => 3 * random.normal(),
  })),
  layerNorm: [
    {
      what: 'three axes',
      inputs: { x: normal('batch', 'length', 6), gain: normal(6), bias: normal(6) },
      build: (g, inputs) => g.apply({ kind: 'layerNorm', epsilon: 1e-12 }, inputs),
      publicOutputs: 1,
    },
    {
      what: 'a matrix, large epsilon',
      inputs: { x: normal('batch', 8), gain: normal(8), bias: normal(8) },
      build: (g, inputs) => g.apply({ kind: 'layerNorm', epsilon: 0.1 }, inputs),
      publicOutputs: 1,
    },
  ],

  embedding: [
    {
      what: 'a sequence of ids',
      inputs: { table: normal(7, 3), ids: ids(7, 'batch', 'length') },
      build: (g, [table, id]) => [g.embedding(table!, id!)],
    },
    {
      what: 'a vector of ids, many equal',
      inputs: { table: normal(4, 3), ids: ids(2, 'length') },
      build: (g, [table, id]) => [g.embedding(table!, id!)],
    },
    {
      what: 'positions',
      inputs: { table: normal(8, 3), ids: ids(7, 'batch', 'length') },
      build: (g, [table, id]) => [g.embedding(table!, g.positions(id!, 1))],
    },
  ],
  embeddingGradient: [
    {
      what: 'repeated ids',
      inputs: { ids: ids(4, 'batch', 'length'), gradient: normal('batch', 'length', 3) },
      build: (g, inputs) => g.apply({ kind: 'embeddingGradient', rows: 6 }, inputs),
    },
  ],

  dropout: [
    {
      what: 'half',
      inputs: { x: normal('batch', 'length', 4), mask: flags('batch', 'length', 4) },
      build: (g, inputs) => g.apply({ kind: 'dropout', keep: 0.5 }, inputs),
    },
    {
      what: 'keep 0.9',
      inputs: { x: normal('batch', 4), mask: flags('batch', 4) },
      build: (g, inputs) => g.apply({ kind: 'dropout', keep: 0.9 }, inputs),
    },
  ],

  gru: [
    gru('forward', everyToken, 'forward'),
    gru('forward', tokenMask, 'forward, padded'),
    gru('reverse', everyToken, 'reverse'),
    gru('reverse', tokenMask, 'reverse, padded'),
    {
      what: 'only its last state used, one unit',
      inputs: {
        x: normal('length', 'batch', 2),
        mask: tokenMask,
        w: small(2, 3),
        r: small(1, 3),
        inputBias: small(3),
        recurrentBias: small(3),
      },
      build: (g, inputs) => [g.apply({ kind: 'gru', direction: 'forward' }, inputs)[1]!],
    },
    {
      what: 'twenty tokens',
      inputs: {
        x: normal(20, 2, 3),
        mask: {
          dtype: 'bool',
          shape: [20, 2, 1],
          element: (_random, [time, row]) => Number(time! < 20 - 3 * row!),
        },
        w: small(3, 3 * hidden),
        r: small(hidden, 3 * hidden),
        inputBias: small(3 * hidden),
        recurrentBias: small(3 * hidden),
      },
      build: (g, inputs) => g.apply({ kind: 'gru', direction: 'forward' }, inputs).slice(0, 2),
    },
    {
      what: 'two layers, both ways',
      inputs: {
        x: normal('length', 'batch', hidden),
        mask: tokenMask,
        w: small(hidden, 3 * hidden),
        r: small(hidden, 3 * hidden),
        inputBias: small(3 * hidden),
        recurrentBias: small(3 * hidden),
      },
      build: (g, [x, mask, ...weights]) => {
        const [states] = g.apply({ kind: 'gru', direction: 'forward' }, [x!, mask!, ...weights]);
        return [g.apply({ kind: 'gru', direction: 'reverse' }, [states!, mask!, ...weights])[1]!];
      },
    },
  ],
  gruGradient: [gruGradient('forward'), gruGradient('reverse')],
  conv1d: [
    ...[1, 2, 3, 4, 5, 9].map((width): OpCase => ({
      what: `width ${width}`,
      inputs: { x: normal('batch', 'length', 2), filters: normal(2 * width, 3), bias: normal(3) },
      build: (g, [x, filters, bias]) => [g.conv1d(x!, filters!, bias!, width)],
    })),
    ...[0, 2].map((before): OpCase => ({
      what: `width 3, ${before} before, no bias`,
      inputs: { x: normal('batch', 'length', 2), filters: normal(6, 3) },
      build: (g, [x, filters]) => g.apply({ kind: 'conv1d', width: 3, before }, [x!, filters!]),
    })),
  ],
};
