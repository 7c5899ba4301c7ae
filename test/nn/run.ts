/** Runs any graph on each engine, and any case of the contract suite with its gradients. */
import { backward } from '../../src/nn/autodiff/backward.ts';
import { GraphBuilder } from '../../src/nn/builder.ts';
import type { Graph, Value } from '../../src/nn/graph.ts';
import type { Mode } from '../../src/nn/onnx/context.ts';
import { toOnnx } from '../../src/nn/onnx/export.ts';
import { Random } from '../../src/nn/random.ts';
import type { Session, SessionTensor, SessionTensors } from '../../src/nn/runtime/onnxruntime.ts';
import { openSession } from '../../src/nn/runtime/onnxruntime.ts';
import type { OpenTfjs } from '../../src/nn/runtime/tfjs.ts';
import { bindShape } from '../../src/nn/shape.ts';
import { valueAndGradients } from '../../src/nn/tfjs/gradients.ts';
import { interpret } from '../../src/nn/tfjs/interpret.ts';
import { verify } from '../../src/nn/verify.ts';
import type { OpCase } from './cases.ts';
import { sizes } from './cases.ts';

export type Results = Record<string, ArrayLike<number>>;

export function openOnnx(graph: Graph, mode: Mode): Promise<Session> {
  return openSession(toOnnx(graph, { mode }), { threads: 2 });
}

/** Runs a graph on ONNX Runtime; the inputs may be more than it needs. */
export async function runOnnx(
  graph: Graph,
  inputs: SessionTensors,
  mode: Mode = 'training',
): Promise<Results> {
  const session = await openOnnx(graph, mode);
  try {
    return await runSession(session, inputs);
  } finally {
    await session.dispose();
  }
}

export async function runSession(session: Session, inputs: SessionTensors): Promise<Results> {
  const needed = Object.fromEntries(session.inputNames.map((name) => [name, inputs[name]!]));
  const outputs = await session.run(needed);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data, Number)]),
  );
}

/** Runs a graph on TensorFlow.js; with `differentiate`, adds TensorFlow.js's gradients of the output `loss`. */
export async function runTfjs(
  { tf, backend }: OpenTfjs,
  graph: Graph,
  inputs: SessionTensors,
  differentiate: readonly string[] = [],
): Promise<Results> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const results: Results = {};
  tf.tidy(() => {
    const bindings = Object.fromEntries(
      Object.entries(inputs).map(([name, { dtype, shape, data }]) => [
        name,
        tf.tensor(data, [...shape], dtype),
      ]),
    );
    for (const [name, tensor] of Object.entries(interpret(tf, graph, bindings)))
      results[name] = Array.from(tensor.dataSync());
    if (differentiate.length === 0) return;
    const { gradients } = valueAndGradients(
      tf,
      () => interpret(tf, graph, bindings).loss!,
      differentiate.map((name) => bindings[name]!),
    );
    differentiate.forEach((name, i) => {
      results[gradientOf(name)] = Array.from(gradients[i]!.dataSync());
    });
  });
  if (tf.memory().numTensors !== before)
    throw new Error(`${tf.memory().numTensors - before} tensors were left behind`);
  return results;
}

export const gradientOf = (name: string) => `gradient of ${name}`;

/** A case made ready: its graphs and its seeded inputs. */
export interface Prepared {
  /** Outputs named 0, 1, …: all of them, for training mode. */
  readonly forward: Graph;
  /** Only the outputs that a model may use. */
  readonly inference: Graph;
  /** Adds the output `loss`, a random weighting of the float outputs. */
  readonly loss: Graph;
  /** Adds our own gradients of the loss. */
  readonly gradients: Graph;
  readonly inputs: SessionTensors;
  readonly outputShapes: readonly number[][];
  readonly differentiable: readonly string[];
}

/** Prepares one case; the seed is its name, so that adding cases changes no other. */
export function prepare(name: string, opCase: OpCase): Prepared {
  const random = new Random(...Buffer.from(name));
  const inputs: Record<string, SessionTensor> = {};
  const b = new GraphBuilder();
  const values = Object.entries(opCase.inputs).map(([inputName, { dtype, shape, element }]) => {
    inputs[inputName] = fill(random, dtype, bindShape(shape, sizes), element);
    return b.input(inputName, dtype, shape);
  });
  const outputs = opCase.build(b, values);
  const withOutputs = (named: readonly Value[]): Graph => ({
    ...b.build(),
    outputs: new Map(named.map((value, i) => [String(i), value])),
  });
  const forward = verify(withOutputs(outputs));
  const publicOutputs = outputs.slice(0, opCase.publicOutputs);
  const inference = withOutputs(publicOutputs);

  const names = Object.keys(opCase.inputs);
  const differentiable =
    opCase.noGradient === undefined ? names.filter((_, i) => values[i]!.dtype === 'float32') : [];
  let [loss, gradients] = [forward, forward];
  if (differentiable.length > 0) {
    const weighted = GraphBuilder.extend(forward);
    const terms = publicOutputs.map((output, i) => {
      inputs[`weight ${i}`] = fill(random, 'float32', bindShape(output.shape, sizes), () => random.normal());
      const product = weighted.mul(output, weighted.input(`weight ${i}`, 'float32', output.shape));
      return weighted.reduceSum(
        product,
        output.shape.map((_, axis) => axis),
      );
    });
    const total = terms.reduce((sum, term) => weighted.add(sum, term));
    weighted.output('loss', total);
    loss = verify(weighted.build());
    const differentiated = GraphBuilder.extend(loss);
    const wanted = differentiable.map((input) => values[names.indexOf(input)]!);
    backward(differentiated, total, wanted).forEach((gradient, i) =>
      differentiated.output(gradientOf(differentiable[i]!), gradient),
    );
    gradients = verify(differentiated.build());
  }
  return {
    forward,
    inference,
    loss,
    gradients,
    inputs,
    outputShapes: outputs.map(({ shape }) => bindShape(shape, sizes)),
    differentiable,
  };
}

function fill(
  random: Random,
  dtype: SessionTensor['dtype'],
  shape: readonly number[],
  element: OpCase['inputs'][string]['element'],
): SessionTensor {
  const places = placesOf(shape);
  const numbers = places.map((at) => element(random, at));
  const data =
    dtype === 'float32'
      ? Float32Array.from(numbers)
      : dtype === 'int32'
        ? Int32Array.from(numbers)
        : Uint8Array.from(numbers);
  return { dtype, shape, data };
}

/** The indices of every element, row-major. */
export function placesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (places, size) => places.flatMap((at) => Array.from({ length: size }, (_, i) => [...at, i])),
    [[]],
  );
}

/**
 * Central differences of the loss, summed in double precision over the outputs: at most `most` elements of each input,
 * evenly chosen. @returns for each input, [element, derivative] pairs
 */
export async function finiteDifferences(
  prepared: Prepared,
  outputs: number,
  most = 8,
  step = 1e-2,
): Promise<Record<string, [number, number][]>> {
  const session = await openOnnx(prepared.inference, 'training');
  const weighted = async (inputs: SessionTensors) => {
    const results = await runSession(session, inputs);
    let sum = 0;
    for (let i = 0; i < outputs; i += 1) {
      const weights = inputs[`weight ${i}`]!.data;
      Array.from(results[String(i)]!).forEach((value, at) => (sum += value * weights[at]!));
    }
    return sum;
  };
  const derivatives: Record<string, [number, number][]> = {};
  for (const name of prepared.differentiable) {
    const { shape, data } = prepared.inputs[name]!;
    const every = Math.max(1, Math.floor(data.length / most));
    const found: [number, number][] = [];
    for (let i = 0; i < data.length; i += every) {
      const at = (by: number): SessionTensors => {
        const moved = Float32Array.from(data);
        moved[i]! += by;
        return { ...prepared.inputs, [name]: { dtype: 'float32', shape, data: moved } };
      };
      found.push([i, ((await weighted(at(step))) - (await weighted(at(-step)))) / (2 * step)]);
    }
    derivatives[name] = found;
  }
  await session.dispose();
  return derivatives;
}
