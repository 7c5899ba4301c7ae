/** What operations do not take: the error names the operation, the layer and the shapes, for every operation. */
import { describe, expect, it } from '@jest/globals';
import { DistilleryError } from '../../src/errors.ts';
import { GraphBuilder } from '../../src/nn/builder.ts';
import type { Graph, Node } from '../../src/nn/graph.ts';
import type { OpKind, OpOf } from '../../src/nn/ops/op.ts';
import { inferTypes } from '../../src/nn/ops/shapeRules.ts';
import type { DType, Shape } from '../../src/nn/shape.ts';
import { bindShape, broadcast, sizeOf } from '../../src/nn/shape.ts';
import { verify } from '../../src/nn/verify.ts';

type Given = readonly [DType, ...Shape];
const float = (...shape: Shape): Given => ['float32', ...shape];
const int = (...shape: Shape): Given => ['int32', ...shape];
const bool = (...shape: Shape): Given => ['bool', ...shape];

interface Refusal<K extends OpKind> {
  op: OpOf<K>;
  inputs: Given[];
  /** What the error says was expected. */
  expected: string;
}

const unfit = [float('batch', 4), float('batch', 3)];
const notFloat = [int('batch', 4)];
const weights = [float(3, 12), float(4, 12), float(12), float(12)];

const refusals: { readonly [K in OpKind]: readonly Refusal<K>[] } = {
  add: [
    { op: { kind: 'add' }, inputs: unfit, expected: 'shapes that broadcast' },
    { op: { kind: 'add' }, inputs: [float(2), int(2)], expected: 'one type' },
  ],
  sub: [
    { op: { kind: 'sub' }, inputs: [float('batch'), float('length')], expected: 'shapes that broadcast' },
  ],
  mul: [{ op: { kind: 'mul' }, inputs: unfit, expected: 'shapes that broadcast' }],
  div: [
    { op: { kind: 'div' }, inputs: unfit, expected: 'shapes that broadcast' },
    { op: { kind: 'div' }, inputs: [float(2)], expected: 'another number of inputs' },
  ],
  exp: [{ op: { kind: 'exp' }, inputs: notFloat, expected: 'float32' }],
  sqrt: [{ op: { kind: 'sqrt' }, inputs: notFloat, expected: 'float32' }],
  tanh: [{ op: { kind: 'tanh' }, inputs: notFloat, expected: 'float32' }],
  erf: [{ op: { kind: 'erf' }, inputs: notFloat, expected: 'float32' }],
  relu: [{ op: { kind: 'relu' }, inputs: notFloat, expected: 'float32' }],
  gelu: [{ op: { kind: 'gelu' }, inputs: notFloat, expected: 'float32' }],
  compare: [{ op: { kind: 'compare', relation: 'equal' }, inputs: unfit, expected: 'shapes that broadcast' }],
  where: [
    { op: { kind: 'where' }, inputs: [float(4), float(4), float(4)], expected: 'a bool condition' },
    { op: { kind: 'where' }, inputs: [bool(3), float(4), float(4)], expected: 'shapes that broadcast' },
  ],
  cast: [{ op: { kind: 'cast', to: 'float32' }, inputs: [], expected: 'another number of inputs' }],
  reshape: [
    {
      op: { kind: 'reshape', shape: ['batch', 5] },
      inputs: [float('batch', 4)],
      expected: 'as many elements as [batch, 5]',
    },
    {
      op: { kind: 'reshape', shape: ['length', 4] },
      inputs: [float('batch', 4)],
      expected: 'as many elements as [length, 4]',
    },
  ],
  transpose: [
    { op: { kind: 'transpose', order: [0, 0] }, inputs: [float('batch', 4)], expected: 'an order of 2 axes' },
    {
      op: { kind: 'transpose', order: [1, 0] },
      inputs: [float('batch', 4, 2)],
      expected: 'an order of 3 axes',
    },
  ],
  slice: [
    {
      op: { kind: 'slice', axis: 2, start: 0, end: 1 },
      inputs: [float('batch', 4)],
      expected: 'an axis within 0 to 1',
    },
    {
      op: { kind: 'slice', axis: 1, start: 2, end: 6 },
      inputs: [float('batch', 4)],
      expected: '0 ≤ start < end ≤ 4',
    },
    {
      op: { kind: 'slice', axis: 1, start: 2, end: 2 },
      inputs: [float('batch', 4)],
      expected: '0 ≤ start < end ≤ 4',
    },
  ],
  placeSlice: [
    {
      op: { kind: 'placeSlice', axis: 1, start: 0 },
      inputs: [float('batch', 2), float('length', 4)],
      expected: 'equal sizes but along the axis',
    },
    {
      op: { kind: 'placeSlice', axis: 0, start: 0 },
      inputs: [float(2), float('batch', 2)],
      expected: 'as many axes',
    },
  ],
  concat: [
    {
      op: { kind: 'concat', axis: 1 },
      inputs: [float('batch', 2), float('length', 2)],
      expected: 'equal sizes but along the axis',
    },
    {
      op: { kind: 'concat', axis: 1 },
      inputs: [float('batch', 2), int('batch', 2)],
      expected: 'one rank and type',
    },
    {
      op: { kind: 'concat', axis: 0 },
      inputs: [float('batch', 2), float('batch', 2)],
      expected: 'the size along the axis to be a number',
    },
    { op: { kind: 'concat', axis: 0 }, inputs: [], expected: 'at least one input' },
  ],
  shift: [
    { op: { kind: 'shift', axis: 3, by: 1 }, inputs: [float('batch', 4)], expected: 'an axis within 0 to 1' },
  ],
  expandLike: [
    {
      op: { kind: 'expandLike' },
      inputs: [float('batch', 4), float(4)],
      expected: 'a shape that broadcasts to the second',
    },
  ],
  reduceSum: [
    {
      op: { kind: 'reduceSum', axes: [2], keepDims: false },
      inputs: [float('batch', 4)],
      expected: 'axes within 0 to 1',
    },
  ],
  reduceMean: [
    {
      op: { kind: 'reduceMean', axes: [-1], keepDims: false },
      inputs: [float('batch', 4)],
      expected: 'axes within 0 to 1',
    },
  ],
  reduceMax: [
    { op: { kind: 'reduceMax', axes: [0], keepDims: true }, inputs: notFloat, expected: 'float32' },
  ],
  elementCount: [
    { op: { kind: 'elementCount', axes: [1] }, inputs: [float('batch')], expected: 'axes within 0 to 0' },
  ],
  positions: [
    { op: { kind: 'positions', axis: 1 }, inputs: [float('batch')], expected: 'an axis within 0 to 0' },
  ],
  matmul: [
    {
      op: { kind: 'matmul', transposeA: false, transposeB: false },
      inputs: [float('batch', 4), float(3, 2)],
      expected: 'equal inner sizes, not 4 and 3',
    },
    {
      op: { kind: 'matmul', transposeA: false, transposeB: true },
      inputs: [float('batch', 4), float(4, 2)],
      expected: 'equal inner sizes, not 4 and 2',
    },
    {
      op: { kind: 'matmul', transposeA: false, transposeB: false },
      inputs: [float('batch', 5, 4), float('length', 4, 2)],
      expected: 'equal batch axes',
    },
    {
      op: { kind: 'matmul', transposeA: false, transposeB: false },
      inputs: [float(4), float(4, 2)],
      expected: 'at least two axes',
    },
  ],
  softmax: [{ op: { kind: 'softmax' }, inputs: [float()], expected: 'at least one axis' }],
  logSoftmax: [{ op: { kind: 'logSoftmax' }, inputs: [float()], expected: 'at least one axis' }],
  layerNorm: [
    {
      op: { kind: 'layerNorm', epsilon: 1e-12 },
      inputs: [float('batch', 6), float(6), float(5)],
      expected: 'gain and bias of [6]',
    },
  ],
  embedding: [
    { op: { kind: 'embedding' }, inputs: [float(7, 3), float('batch')], expected: 'int32 ids' },
    {
      op: { kind: 'embedding' },
      inputs: [float(7, 3, 2), int('batch')],
      expected: 'a float32 table of [rows, size]',
    },
  ],
  embeddingGradient: [
    {
      op: { kind: 'embeddingGradient', rows: 7 },
      inputs: [int('batch'), float('length', 3)],
      expected: 'a gradient for each id',
    },
  ],
  dropout: [
    {
      op: { kind: 'dropout', keep: 0.5 },
      inputs: [float('batch', 4), bool('batch', 1)],
      expected: 'a bool mask of the shape of x',
    },
    { op: { kind: 'dropout', keep: 0 }, inputs: [float(4), bool(4)], expected: '0 < keep ≤ 1' },
  ],
  gru: [
    {
      op: { kind: 'gru', direction: 'forward' },
      inputs: [float('length', 'batch', 3), bool('batch', 'length', 1), ...weights],
      expected: 'a bool mask of [length, batch, 1]',
    },
    {
      op: { kind: 'gru', direction: 'reverse' },
      inputs: [float('length', 'batch', 5), bool('length', 'batch', 1), ...weights],
      expected: 'W of [5, 12]',
    },
  ],
  gruGradient: [
    {
      op: { kind: 'gruGradient', direction: 'forward' },
      inputs: [
        bool('length', 'batch', 1),
        float(4, 12),
        ...[4, 4, 4, 4, 4].map((size) => float('length', 'batch', size)),
        float('batch', 4),
      ],
      expected: 'saved gates like the states',
    },
  ],
  conv1d: [
    {
      op: { kind: 'conv1d', width: 3, before: 3 },
      inputs: [float('batch', 'length', 2), float(6, 5)],
      expected: '0 ≤ before < 3',
    },
    {
      op: { kind: 'conv1d', width: 3, before: 1 },
      inputs: [float('batch', 'length', 2), float(4, 5), float(5)],
      expected: 'filters of [6, n]',
    },
    {
      op: { kind: 'conv1d', width: 3, before: 1 },
      inputs: [float('batch', 'length', 2), float(6, 5), float(4)],
      expected: 'a bias of [5]',
    },
    {
      op: { kind: 'conv1d', width: 3, before: 1 },
      inputs: [float('batch', 2), float(6, 5), float(5)],
      expected: 'x of [batch, length, features]',
    },
  ],
};

function errorOf(act: () => unknown): DistilleryError {
  try {
    act();
  } catch (error) {
    if (error instanceof DistilleryError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('an operation that does not take its inputs', () => {
  for (const [kind, ofKind] of Object.entries(refusals)) {
    for (const { op, inputs, expected } of ofKind) {
      it(`${kind}: ${expected}`, () => {
        const given = inputs.map(([dtype, ...shape]) => ({ dtype, shape }));
        const error = errorOf(() => inferTypes(op, given, 'encoder.layer.3'));
        expect(error.code).toBe('INVALID_GRAPH');
        expect(error.facts).toMatchObject({ operation: kind, layer: 'encoder.layer.3' });
        expect(error.message).toContain(`${kind} in encoder.layer.3 expects`);
        expect(error.message).toContain(expected);
        for (const { dtype, shape } of given)
          expect(error.message).toContain(`${dtype} [${shape.join(', ')}]`);
      });
    }
  }

  it('names the layers that the builder is in', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', ['batch', 4]);
    const error = errorOf(() => b.in('encoder', () => b.in('attention', () => b.matmul(x, x))));
    expect(error.message).toContain('matmul in encoder.attention expects equal inner sizes');
  });
});

describe('symbolic shapes', () => {
  it('multiplies sizes whatever their order', () => {
    expect(sizeOf(['batch', 2, 'length', 3])).toBe(sizeOf([6, 'length*batch']));
    expect(sizeOf(['batch', 'batch'])).not.toBe(sizeOf(['batch', 'length']));
    expect(sizeOf([2, 3])).toBe(6);
  });

  it('broadcasts a symbol against 1 and itself alone', () => {
    expect(broadcast(['batch', 1], ['length'])).toEqual(['batch', 'length']);
    expect(broadcast(['batch', 4], [1, 1, 4])).toEqual([1, 'batch', 4]);
    expect(broadcast(['batch'], ['length'])).toBeNull();
    expect(broadcast(['batch'], [4])).toBeNull();
  });

  it('binds products', () => {
    expect(bindShape(['2*batch', 'batch*length', 7], { batch: 3, length: 5 })).toEqual([6, 15, 7]);
  });
});

describe('verify', () => {
  const sound = () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', ['batch', 4]);
    const w = b.parameter('w', [4, 2]);
    b.in('classifier', () => b.output('y', b.tanh(b.matmul(x, w))));
    return b.build();
  };
  const broken = (change: (graph: Graph, nodes: Node[]) => Partial<Graph>) => {
    const graph = sound();
    return errorOf(() => verify({ ...graph, ...change(graph, [...graph.nodes]) }));
  };

  it('gives a sound graph back', () => {
    const graph = sound();
    expect(verify(graph)).toBe(graph);
  });

  it('finds nodes in an order in which they cannot run', () => {
    const error = broken((_, nodes) => ({ nodes: nodes.reverse() }));
    expect(error.code).toBe('INVALID_GRAPH');
    expect(error.message).toContain('tanh in classifier uses a value that no earlier node makes');
  });

  it('finds a missing node', () => {
    expect(broken((_, nodes) => ({ nodes: nodes.slice(1) })).message).toContain('no earlier node makes');
    expect(broken((_, nodes) => ({ nodes: nodes.slice(0, 1) })).message).toContain(
      'the output y is made by no node',
    );
  });

  it('finds a wrong shape and a wrong type', () => {
    const reshaped = broken((_, [first, second]) => ({
      nodes: [first!, { ...second!, outputs: [{ ...second!.outputs[0]!, shape: ['batch', 3] }] }],
    }));
    expect(reshaped.message).toContain('tanh in classifier makes float32 [batch, 2], not float32 [batch, 3]');
    const retyped = broken((_, [first, second]) => ({
      nodes: [first!, { ...second!, outputs: [{ ...second!.outputs[0]!, dtype: 'int32' }] }],
    }));
    expect(retyped.message).toContain('not int32 [batch, 2]');
  });

  it('finds an operation that does not take its inputs', () => {
    const error = broken((graph, [first, second]) => ({
      nodes: [{ ...first!, inputs: [graph.parameters[0]!.value, graph.parameters[0]!.value] }, second!],
    }));
    expect(error.message).toContain('matmul in classifier expects equal inner sizes');
  });

  it('finds a wrong number of outputs and names given twice', () => {
    expect(
      broken((_, [first, second]) => ({ nodes: [first!, { ...second!, outputs: [] }] })).message,
    ).toContain('has 0 outputs, expected 1');
    expect(
      broken((graph) => ({ inputs: [...graph.inputs, { ...graph.inputs[0]!, name: 'w' }] })).message,
    ).toContain('have the name w');
  });
});
