/** Reads from the bytes of an ONNX model what is in it, without loading it: inputs, outputs, how many weights, and where they are. */
import protobuf from 'protobufjs';
import { DistilleryError } from '../../errors.ts';
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
    Model: {
      fields: {
        irVersion: optional('int64', 1),
        graph: optional('Graph', 7),
        trainingInfo: repeated('Training', 20),
        functions: repeated('Function', 25),
      },
    },
    // Neither is part of a model that only answers; each could hold tensors of its own
    Training: { fields: {} },
    Function: { fields: {} },
    Graph: {
      fields: {
        node: repeated('Node', 1),
        initializer: repeated('Tensor', 5),
        input: repeated('ValueInfo', 11),
        output: repeated('ValueInfo', 12),
        sparseInitializer: repeated('Sparse', 15),
      },
    },
    Node: { fields: { opType: optional('string', 4), attribute: repeated('Attribute', 5) } },
    Attribute: {
      fields: {
        tensor: optional('Tensor', 5),
        graph: optional('Graph', 6),
        tensors: repeated('Tensor', 10),
        graphs: repeated('Graph', 11),
        sparse: optional('Sparse', 22),
        sparses: repeated('Sparse', 23),
      },
    },
    Sparse: { fields: { values: optional('Tensor', 1), indices: optional('Tensor', 2) } },
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
interface SparseFacts {
  values: TensorFacts | null;
  indices: TensorFacts | null;
}
interface GraphFacts {
  node: {
    opType: string;
    attribute: {
      tensor: TensorFacts | null;
      graph: GraphFacts | null;
      tensors: TensorFacts[];
      graphs: GraphFacts[];
      sparse: SparseFacts | null;
      sparses: SparseFacts[];
    }[];
  }[];
  initializer: TensorFacts[];
  sparseInitializer: SparseFacts[];
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

/** Far more than any classifier of texts has; its sub-graphs lie in one another a few deep. */
const mostNodes = 100_000;
const deepest = 10;

/**
 * @throws DistilleryError INVALID_CHECKPOINT where the bytes are no ONNX model, or one that can't be served safely: with
 *   more nodes or deeper sub-graphs than any has, with a Loop, which may never end, or with functions of its own
 */
export function inspectOnnx(bytes: Uint8Array): OnnxFacts {
  const graph = decode(bytes);
  const initializers = new Set(graph.initializer.map(({ name }) => name));
  const tensors: TensorFacts[] = [];
  const graphs = graphsOf(graph);
  for (const { node, initializer, sparseInitializer } of graphs) {
    const attributes = node.flatMap(({ attribute }) => attribute);
    const sparse = [
      ...sparseInitializer,
      ...attributes.flatMap(({ sparse, sparses }) => [sparse, ...sparses]),
    ];
    const ofSparse = sparse.flatMap((tensor) => [tensor?.values, tensor?.indices]);
    const ofNodes = attributes.flatMap(({ tensor, tensors: more }) => [tensor, ...more]);
    for (const tensor of [...ofNodes, ...ofSparse, ...initializer]) if (tensor) tensors.push(tensor);
  }
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
  let found: GraphFacts | null;
  let extras: number;
  try {
    const { irVersion, graph, functions, trainingInfo } = model.toObject(model.decode(bytes), {
      defaults: true,
      longs: Number,
    }) as { irVersion: number; graph: GraphFacts | null; functions: unknown[]; trainingInfo: unknown[] };
    found = irVersion > 0 ? graph : null;
    extras = functions.length + trainingInfo.length;
  } catch (cause) {
    throw notOnnx(cause);
  }
  if (!found) throw notOnnx();
  if (extras > 0) throw unsafe('functions or a training graph of its own');
  return found;
}

/** The graph and those inside of it. */
function graphsOf(graph: GraphFacts): GraphFacts[] {
  const found: GraphFacts[] = [];
  let nodes = 0;
  let level = [graph];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) throw unsafe(`more than ${deepest} sub-graphs inside one another`);
    for (const { node } of level) {
      nodes += node.length;
      if (nodes > mostNodes) throw unsafe(`more than ${mostNodes} nodes`);
      if (node.some(({ opType }) => opType === 'Loop')) throw unsafe('a Loop, which may never end');
    }
    found.push(...level);
    level = level.flatMap(({ node }) =>
      node.flatMap(({ attribute }) =>
        attribute.flatMap(({ graph: inner, graphs }) => (inner ? [inner, ...graphs] : graphs)),
      ),
    );
  }
  return found;
}

function unsafe(what: string): DistilleryError {
  return new DistilleryError('INVALID_CHECKPOINT', `The ONNX model has ${what}; such models are not taken.`);
}

/** @throws DistilleryError INVALID_CHECKPOINT for a size that no tensor has */
function elements({ dims }: TensorFacts): number {
  const product = dims.reduce((count, size) => count * size, 1);
  if (dims.every((size) => size >= 0) && Number.isSafeInteger(product)) return product;
  throw unsafe(`a tensor of the shape [${dims.slice(0, 20).join(', ')}]`);
}

function fileOf({ externalData }: TensorFacts): string[] {
  return externalData.flatMap(({ key, value }) => (key === 'location' ? [value] : []));
}
