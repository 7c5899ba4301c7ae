/** Reads the weights back from a graph that `toOnnx` wrote: as they are, or from their 8 or 16 bits. */
import { DistilleryError } from '../../errors.ts';
import type { Tensor, Weights } from '../engine.ts';
import { fromFloat16 } from '../float16.ts';
import type { Graph } from '../graph.ts';
import { decodeInitializers, elementTypes, type TensorMessage } from './protobuf.ts';
import { scaleOf } from './quantize.ts';

/**
 * @param bytes of a model that was exported for inference with its weights
 * @param graph the network that was exported
 * @returns float32 weights; of a quantised model those that it calculates with, which quantise to the same integers again
 * @throws INVALID_CHECKPOINT where the bytes are no ONNX model, or hold other weights than the network's
 */
export function storedWeights(bytes: Uint8Array, graph: Graph): Weights {
  const initializers = decodeInitializers(bytes);
  return new Map(
    graph.parameters.map(({ name, value }): [string, Tensor] => {
      const tensor = initializers.get(name);
      const shape = value.shape as readonly number[];
      const data = tensor && numbersOf(tensor, initializers.get(scaleOf(name)));
      if (data && tensor.dims.join() === shape.join()) return [name, { shape, data }];
      throw new DistilleryError(
        'INVALID_CHECKPOINT',
        `The graph has no weights ${name} of the shape [${shape.join(', ')}] that its card's network has.`,
        { weights: name, expected: shape, found: tensor?.dims ?? null },
      );
    }),
  );
}

/** Null where the type is none that weights are kept in, or a scale is missing. Loops, since there are millions. */
function numbersOf({ dataType, rawData }: TensorMessage, scale?: TensorMessage): Float32Array | null {
  // A copy of its own starts where every kind of array may start
  const { buffer } = new Uint8Array(rawData);
  if (dataType === elementTypes.float32) return new Float32Array(buffer);
  if (dataType === elementTypes.float16) {
    const halves = new Uint16Array(buffer);
    const numbers = new Float32Array(halves.length);
    for (let i = 0; i < halves.length; i += 1) numbers[i] = fromFloat16(halves[i]!);
    return numbers;
  }
  const scales = scale && numbersOf(scale);
  if (dataType !== elementTypes.int8 || !scales) return null;
  const numbers = new Float32Array(new Int8Array(buffer));
  // [rows, 1]: one for each row; [columns]: one for each column
  const perScale = scale.dims.length === 2 ? numbers.length / scales.length : 1;
  for (let i = 0; i < numbers.length; i += 1)
    numbers[i]! *= scales[Math.floor(i / perScale) % scales.length]!;
  return numbers;
}
