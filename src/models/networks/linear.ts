/** Baseline: one weight for each n-gram that a text holds, summed, and two logits. */
import { GraphBuilder } from '../../nn/builder.ts';
import type { Graph } from '../../nn/graph.ts';
import type { LinearSpec } from '../spec.ts';

export function linearNetwork({ vocabularySize }: LinearSpec): Graph {
  const b = new GraphBuilder();
  const ids = b.input('ids', 'int32', ['batch', 'length']);
  const isNgram = b.reshape(b.greater(b.cast(ids, 'float32'), 0), ['batch', 'length', 1]);
  const table = b.parameter('embedding.weight', [vocabularySize, 1]);
  const weights = b.mul(b.embedding(table, ids), b.cast(isNgram, 'float32')); // [batch, length, 1]
  const score = b.reduceSum(weights, [1]); // [batch, 1]

  const weight = b.parameter('classifier.weight', [1, 2]);
  b.output('logits', b.add(b.matmul(score, weight), b.parameter('classifier.bias', [2])));
  return b.build();
}
