/** What is in an ONNX file, without loading it. */
import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs';
import { buildModel, initialWeights, parameterCount } from '../../src/models/networks/index.ts';
import { toOnnx } from '../../src/nn/onnx/export.ts';
import { inspectOnnx } from '../../src/nn/onnx/inspect.ts';
import { studentSpec } from '../../src/training/architectures.ts';

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });
/** Parts of ONNX's schema that our own writer does not need. */
const model = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: { irVersion: field(1, 'int64'), graph: field(7, 'Graph'), functions: list(25, 'Named') },
    },
    Graph: {
      fields: {
        node: list(1, 'Node'),
        initializer: list(5, 'Tensor'),
        input: list(11, 'Named'),
        output: list(12, 'Named'),
        sparseInitializer: list(15, 'Sparse'),
      },
    },
    Sparse: { fields: { values: field(1, 'Tensor') } },
    Node: { fields: { opType: field(4, 'string'), attribute: list(5, 'Attribute') } },
    Attribute: { fields: { tensor: field(5, 'Tensor'), graph: field(6, 'Graph') } },
    Tensor: {
      fields: {
        dims: list(1, 'int64'),
        dataType: field(2, 'int32'),
        name: field(8, 'string'),
        externalData: list(13, 'Entry'),
      },
    },
    Entry: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
    Named: { fields: { name: field(1, 'string') } },
  },
}).lookupType('Model');

describe('inspectOnnx', () => {
  it('finds the inputs, outputs and weights of our own export', () => {
    const spec = studentSpec('gru-6', { vocabularySize: 30, embeddingSize: 5, dropout: 0, wordDropout: 0 });
    const bytes = toOnnx(buildModel(spec).inference, { mode: 'inference', weights: initialWeights(spec, 1) });
    const { parameters, ...facts } = inspectOnnx(bytes);
    expect(facts).toEqual({ inputs: ['ids'], outputs: ['logits'], precision: 'float32', externalFiles: [] });
    // Beside the weights there are a few numbers of the graph's own.
    expect(parameters - parameterCount(spec)).toBeGreaterThanOrEqual(0);
    expect(parameters - parameterCount(spec)).toBeLessThan(50);
  });

  it('looks into attributes and sub-graphs, counts weights only, and passes over weights among the inputs', () => {
    const outside = (value: string) => ({ externalData: [{ key: 'location', value }] });
    const inner = { initializer: [{ name: 'c', dims: [5], dataType: 10, ...outside('b.bin') }] };
    const bytes = model.encode({
      irVersion: 8,
      graph: {
        node: [
          { attribute: [{ tensor: { dims: [2, 2], dataType: 3, ...outside('a.bin') } }] },
          { attribute: [{ graph: inner }] },
        ],
        sparseInitializer: [{ values: { dims: [1], dataType: 7, ...outside('c.bin') } }],
        initializer: [
          { name: 'w', dims: [3, 4], dataType: 1 },
          { name: 'shape', dims: [2], dataType: 7 },
        ],
        input: [{ name: 'x' }, { name: 'w' }],
        output: [{ name: 'y' }],
      },
    });
    expect(inspectOnnx(bytes.finish())).toEqual({
      inputs: ['x'],
      outputs: ['y'],
      parameters: 4 + 5 + 12,
      precision: 'float32',
      externalFiles: ['a.bin', 'c.bin', 'b.bin'],
    });
  });

  const nested = (depth: number): object =>
    depth === 0 ? {} : { node: [{ attribute: [{ graph: nested(depth - 1) }] }] };
  it.each<[string, object, RegExp]>([
    ['a Loop', { graph: { node: [{ attribute: [{ graph: { node: [{ opType: 'Loop' }] } }] }] } }, /a Loop/],
    ['functions', { graph: {}, functions: [{ name: 'f' }] }, /functions/],
    ['sub-graphs without end', { graph: nested(20) }, /sub-graphs inside one another/],
    ['nodes without end', { graph: { node: Array(100_001).fill({}) } }, /100000 nodes/],
    ['a negative size', { graph: { initializer: [{ dims: [-1, 4], dataType: 1 }] } }, /shape \[-1, 4\]/],
    [
      'a size past all integers',
      { graph: { initializer: [{ dims: [2 ** 40, 2 ** 40], dataType: 1 }] } },
      /shape/,
    ],
  ])('refuses %s', (_what, content, message) => {
    const bytes = model.encode({ irVersion: 8, ...content }).finish();
    expect(() => inspectOnnx(bytes)).toThrow(
      expect.objectContaining({ code: 'INVALID_CHECKPOINT', message: expect.stringMatching(message) }),
    );
  });

  it.each([
    [{ 1: 10, 3: 11 }, 'int8'],
    [{ 1: 10, 2: 9 }, 'float32'],
    [{ 1: 10, 16: 11 }, 'float16'],
    [{ 10: 6, 2: 6, 1: 1 }, 'float32'],
    [{ 7: 100, 1: 1 }, 'float32'],
  ])('tells from so many elements of each type, %j, the precision %s', (elements, precision) => {
    const initializer = Object.entries(elements).map(([type, count]) => ({
      dims: [count],
      dataType: Number(type),
    }));
    const bytes = model.encode({ irVersion: 8, graph: { initializer } }).finish();
    expect(inspectOnnx(bytes).precision).toBe(precision);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['text', Buffer.from('not a model')],
    ['a model without a graph', model.encode({ irVersion: 8 }).finish()],
  ])('refuses %s', (_what, bytes) => {
    expect(() => inspectOnnx(bytes)).toThrow(expect.objectContaining({ code: 'INVALID_CHECKPOINT' }));
  });
});
