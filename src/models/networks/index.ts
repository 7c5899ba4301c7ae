/** From a spec to a network: its graphs, and its initial weights. */
import { DistilleryError } from '../../errors.ts';
import type { Model, Tensor, Weights } from '../../nn/engine.ts';
import type { Graph } from '../../nn/graph.ts';
import { Random } from '../../nn/random.ts';
import { verify } from '../../nn/verify.ts';
import type { ModelSpec } from '../spec.ts';
import { bertNetwork } from './bert.ts';
import { cnnNetwork } from './cnn.ts';
import { gruNetwork } from './gru.ts';
import { linearNetwork } from './linear.ts';

function network(spec: ModelSpec): Graph {
  switch (spec.kind) {
    case 'linear':
      return linearNetwork(spec);
    case 'gru':
      return gruNetwork(spec);
    case 'cnn':
      return cnnNetwork(spec);
    case 'bert':
      if (spec.hiddenSize % spec.heads !== 0) {
        throw new DistilleryError(
          'BAD_USER_INPUT',
          `A hidden size of ${spec.hiddenSize} can't be split over ${spec.heads} heads; choose a multiple of the heads.`,
        );
      }
      return bertNetwork(spec);
  }
}

/** `ids` int32 [batch, length], 0 at padding → `logits` float32 [batch, 2]. */
export function buildModel(spec: ModelSpec): Model {
  return { inference: verify(network(withoutDropout(spec))), training: verify(network(spec)) };
}

const noDropout = { dropout: 0, wordDropout: 0 };
const withoutDropout = (spec: ModelSpec): ModelSpec => ({ ...spec, ...noDropout });

/**
 * Seeded initial weights: the same spec and seed give the same weights, whatever the targets will be.
 * BERT: normal, deviation 0.02, as the original. Students: embeddings normal with deviation 0.1, recurrent weights
 * uniform ±1/√hidden as in PyTorch's GRU, other matrices by Glorot and Bengio 2010. Biases 0, norms' gains 1.
 */
export function initialWeights(spec: ModelSpec, seed: number): Weights {
  const { parameters } = network(spec);
  return new Map(
    parameters.map(({ name, value }, i): [string, Tensor] => {
      const shape = value.shape as readonly number[];
      const random = new Random(seed, i);
      const draw = initialiser(spec, name, shape, random);
      return [
        name,
        { shape, data: Float32Array.from({ length: shape.reduce((size, dim) => size * dim, 1) }, draw) },
      ];
    }),
  );
}

function initialiser(spec: ModelSpec, name: string, shape: readonly number[], random: Random): () => number {
  if (name.includes('LayerNorm.weight')) return () => 1;
  if (shape.length < 2) return () => 0;
  if (spec.kind === 'bert') return () => 0.02 * random.normal();
  if (name.startsWith('embedding')) return () => 0.1 * random.normal();
  const [fanIn, fanOut] = shape as readonly [number, number];
  const bound = name.startsWith('gru.') ? 1 / Math.sqrt(fanOut / 3) : Math.sqrt(6 / (fanIn + fanOut));
  return () => bound * (2 * random.uniform() - 1);
}

export function parameterCount(spec: ModelSpec): number {
  return network(spec).parameters.reduce(
    (sum, { value }) => sum + (value.shape as readonly number[]).reduce((size, dim) => size * dim, 1),
    0,
  );
}
