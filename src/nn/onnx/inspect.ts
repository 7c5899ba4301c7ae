/** Reads from the bytes of an ONNX model what is in it, without loading it: inputs, outputs, how many weights, and where they are. */
import protobuf from 'protobufjs';
import { notOnnx } from './protobuf.ts';

export interface OnnxFacts {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Elements of its float and 8-bit tensors; integers of other sizes are shapes and indices. */
  readonly parameters: number;
  /** In which more than half of them are kept; float32 where none is. */
  readonly precision: 'float32' | 'float16' | 'int8';
  /** The other files that hold tensors of this model, as it names them. */
  readonly externalFiles: readonly string[];
}

const optional = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });

/** The part of ONNX's schema that is asked for; all else, the weights' bytes among it, is skipped. */
const model = protobuf.Root.fromJSON({
  nested: {
    Model: { fields: { irVersion: optional('int64', 1), graph: optional('Graph', 7) } },
    Graph: {
      fields: {
        node: repeated('Node', 1),
        initializer: repeated('Tensor', 5),
        input: repeated('ValueInfo', 11),
        output: repeated('ValueInfo', 12),
      },
    },
    Node: { fields: { attribute: repeated('Attribute', 5) } },
    Attribute: {
      fields: {
        tensor: optional('Tensor', 5),
        graph: optional('Graph', 6),
        tensors: repeated('Tensor', 10),
        graphs: repeated('Graph', 11),
      },
    },
    Tensor: {
      fields: {
        dims: repeated('int64', 1),
        dataType: optional('int32', 2),
        name: optional('string', 8),
        externalData: repeated('StringEntry', 13),
      },
    },
    StringEntry: { fields: { key: optional('string', 1), value: optional('string', 2) } },
    ValueInfo: { fields: { name: optional('string', 1) } },
  },
}).lookupType('Model');

interface TensorFacts {
  dims: number[];
  dataType: number;
  name: string;
  externalData: { key: string; value: string }[];
}
interface GraphFacts {
  node: {
    attribute: {
      tensor: TensorFacts | null;
      graph: GraphFacts | null;
      tensors: TensorFacts[];
      graphs: GraphFacts[];
    }[];
  }[];
  initializer: TensorFacts[];
  input: { name: string }[];
  output: { name: string }[];
}

/** By the numbers of ONNX: float32 and float64, float16 and bfloat16, uint8 and int8. */
const precisions: ReadonlyMap<number, OnnxFacts['precision']> = new Map([
  [1, 'float32'],
  [11, 'float32'],
  [10, 'float16'],
  [16, 'float16'],
  [2, 'int8'],
  [3, 'int8'],
]);

/** @throws DistilleryError INVALID_CHECKPOINT where the bytes are no ONNX model */
export function inspectOnnx(bytes: Uint8Array): OnnxFacts {
  const graph = decode(bytes);
  const initializers = new Set(graph.initializer.map(({ name }) => name));
  const tensors = tensorsOf(graph);
  const counts = { float32: 0, float16: 0, int8: 0 };
  for (const tensor of tensors) {
    const precision = precisions.get(tensor.dataType);
    if (precision) counts[precision] += elements(tensor);
  }
  const { float32, float16, int8 } = counts;
  return {
    // Older files list their weights among the inputs.
    inputs: graph.input.map(({ name }) => name).filter((name) => !initializers.has(name)),
    outputs: graph.output.map(({ name }) => name),
    parameters: float32 + float16 + int8,
    precision: int8 > float16 + float32 ? 'int8' : float16 > float32 + int8 ? 'float16' : 'float32',
    externalFiles: [...new Set(tensors.flatMap(fileOf))],
  };
}

function decode(bytes: Uint8Array): GraphFacts {
  try {
    const { irVersion, graph } = model.toObject(model.decode(bytes), { defaults: true, longs: Number }) as {
      irVersion: number;
      graph: GraphFacts | null;
    };
    if (irVersion > 0 && graph) return graph;
  } catch (cause) {
    throw notOnnx(cause);
  }
  throw notOnnx();
}

function tensorsOf(graph: GraphFacts): TensorFacts[] {
  const nested = graph.node.flatMap(({ attribute }) =>
    attribute.flatMap(({ tensor, graph: inner, tensors, graphs }) => [
      ...(tensor ? [tensor] : []),
      ...tensors,
      ...[...(inner ? [inner] : []), ...graphs].flatMap(tensorsOf),
    ]),
  );
  return [...graph.initializer, ...nested];
}

function elements({ dims }: TensorFacts): number {
  return dims.reduce((product, size) => product * size, 1);
}

function fileOf({ externalData }: TensorFacts): string[] {
  return externalData.flatMap(({ key, value }) => (key === 'location' ? [value] : []));
}
