/** Student: word embedding, one convolution over time, the largest answer of each filter, two logits (Kim 2014, arXiv 1408.5882). */
import { GraphBuilder } from '../../nn/builder.ts';
import type { Graph } from '../../nn/graph.ts';
import type { CnnSpec } from '../spec.ts';

export function cnnNetwork(spec: CnnSpec, dropout: number): Graph {
  const b = new GraphBuilder();
  const { vocabularySize, embeddingSize, filters, filterWidth } = spec;
  const ids = b.input('ids', 'int32', ['batch', 'length']);

  const isToken = b.reshape(b.greater(b.cast(ids, 'float32'), 0), ['batch', 'length', 1]);
  const table = b.parameter('embedding.weight', [vocabularySize, embeddingSize]);
  // Zeros at padding, as beyond the text's ends, so that the amount of padding changes nothing
  const words = b.in('embedding', () => b.mul(b.embedding(table, ids), b.cast(isToken, 'float32'))); // [batch, length, embedding]

  const strongest = b.in('convolution', () => {
    const weight = b.parameter('convolution.weight', [filterWidth * embeddingSize, filters]);
    const answers = b.conv1d(
      b.dropout(words, dropout),
      weight,
      b.parameter('convolution.bias', [filters]),
      filterWidth,
    );
    // The largest of all rectified answers is the largest answer, rectified
    const largest = b.reduceMax(b.add(answers, b.where(isToken, 0, -1e9)), [1]);
    return b.dropout(b.relu(largest), dropout); // [batch, filters]
  });

  b.in('classifier', () => {
    const weight = b.parameter('classifier.weight', [filters, 2]);
    b.output('logits', b.add(b.matmul(strongest, weight), b.parameter('classifier.bias', [2])));
  });
  return b.build();
}
