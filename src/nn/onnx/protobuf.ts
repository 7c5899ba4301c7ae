/** The part of ONNX's protobuf schema that we write (github.com/onnx/onnx, IR version 10), for protobufjs to encode and to read back. */
import protobuf from 'protobufjs';
import { DistilleryError } from '../../errors.ts';

/** Element types of TensorProto. */
export const elementTypes = { float32: 1, int8: 3, int32: 6, int64: 7, bool: 9, float16: 10 } as const;
export type ElementType = keyof typeof elementTypes;

/** Kinds of AttributeProto. */
const attributeTypes = { f: 1, i: 2, s: 3, g: 5, ints: 7 } as const;

const optional = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });

const root = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        irVersion: optional('int64', 1),
        producerName: optional('string', 2),
        graph: optional('Graph', 7),
        opsetImport: repeated('OperatorSet', 8),
        metadata: repeated('StringEntry', 14),
      },
    },
    OperatorSet: { fields: { domain: optional('string', 1), version: optional('int64', 2) } },
    StringEntry: { fields: { key: optional('string', 1), value: optional('string', 2) } },
    Graph: {
      fields: {
        node: repeated('Node', 1),
        name: optional('string', 2),
        initializer: repeated('Tensor', 5),
        input: repeated('ValueInfo', 11),
        output: repeated('ValueInfo', 12),
      },
    },
    Node: {
      fields: {
        input: repeated('string', 1),
        output: repeated('string', 2),
        name: optional('string', 3),
        opType: optional('string', 4),
        attribute: repeated('Attribute', 5),
      },
    },
    Attribute: {
      fields: {
        name: optional('string', 1),
        f: optional('float', 2),
        i: optional('int64', 3),
        s: optional('bytes', 4),
        g: optional('Graph', 6),
        ints: repeated('int64', 8),
        type: optional('int32', 20),
      },
    },
    Tensor: {
      fields: {
        dims: repeated('int64', 1),
        dataType: optional('int32', 2),
        name: optional('string', 8),
        rawData: optional('bytes', 9),
      },
    },
    ValueInfo: { fields: { name: optional('string', 1), type: optional('Type', 2) } },
    Type: { fields: { tensorType: optional('TensorType', 1) } },
    TensorType: { fields: { elemType: optional('int32', 1), shape: optional('TensorShape', 2) } },
    TensorShape: { fields: { dim: repeated('Dimension', 1) } },
    Dimension: { fields: { dimValue: optional('int64', 1), dimParam: optional('string', 2) } },
  },
});
const model = root.lookupType('Model');

export interface TensorMessage {
  name: string;
  dims: readonly number[];
  dataType: number;
  rawData: Uint8Array;
}
export interface AttributeMessage {
  name: string;
  type: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  g?: GraphMessage;
  ints?: readonly number[];
}
export interface NodeMessage {
  opType: string;
  name: string;
  input: readonly string[];
  output: readonly string[];
  attribute: readonly AttributeMessage[];
}
export interface ValueInfoMessage {
  name: string;
  type: {
    tensorType: {
      elemType: number;
      shape: { dim: readonly ({ dimValue: number } | { dimParam: string })[] };
    };
  };
}
export interface GraphMessage {
  name: string;
  node: readonly NodeMessage[];
  initializer: readonly TensorMessage[];
  input: readonly ValueInfoMessage[];
  output: readonly ValueInfoMessage[];
}

/** An attribute's value: whole numbers, a float, a list of whole numbers, a string or a sub-graph. */
export type AttributeValue =
  | { int: number }
  | { float: number }
  | { ints: readonly number[] }
  | { text: string }
  | { graph: GraphMessage };

export function attribute(name: string, value: AttributeValue): AttributeMessage {
  if ('int' in value) return { name, type: attributeTypes.i, i: value.int };
  if ('float' in value) return { name, type: attributeTypes.f, f: value.float };
  if ('ints' in value) return { name, type: attributeTypes.ints, ints: value.ints };
  if ('text' in value) return { name, type: attributeTypes.s, s: Buffer.from(value.text) };
  return { name, type: attributeTypes.g, g: value.graph };
}

/**
 * The initializers of an encoded model, by name.
 * @throws INVALID_CHECKPOINT where the bytes are no ONNX model
 */
export function decodeInitializers(bytes: Uint8Array): Map<string, TensorMessage> {
  try {
    const decoded = model.toObject(model.decode(bytes), { arrays: true, longs: Number });
    const { graph } = decoded as { graph: GraphMessage };
    return new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  } catch (cause) {
    throw notOnnx(cause);
  }
}

export function notOnnx(cause?: unknown): DistilleryError {
  return new DistilleryError(
    'INVALID_CHECKPOINT',
    'The file is not an ONNX model, or it is cut short.',
    {},
    { cause },
  );
}

/** Encodes a whole model for opset {@link opset}. */
export function encodeModel(graph: GraphMessage, metadata: Readonly<Record<string, string>>): Uint8Array {
  const message = {
    irVersion: 10,
    producerName: 'distillery',
    graph,
    opsetImport: [{ domain: '', version: opset }],
    metadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  };
  return model.encode(message).finish();
}

/** The first with both LayerNormalization and Gelu, and old enough for every runtime in use. */
export const opset = 20;
