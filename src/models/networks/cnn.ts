/**
 * Student: word embedding, convolutions over time of one or several widths, each filter's largest answer or mean and
 * maximum of its answers, two logits (Kim 2014, arXiv 1408.5882).
 */
import { GraphBuilder } from '../../nn/builder.ts';
import type { Graph, Value } from '../../nn/graph.ts';
import type { CnnSpec } from '../spec.ts';
import { meanAndMax } from './pooling.ts';

export function cnnNetwork(spec: CnnSpec): Graph {
  const b = new GraphBuilder();
  const { vocabularySize, embeddingSize, filters, filterWidths, wordDropout, dropout } = spec;
  const ids = b.input('ids', 'int32', ['batch', 'length']);

  const isToken = b.reshape(b.greater(b.cast(ids, 'float32'), 0), ['batch', 'length', 1]);
  const table = b.parameter('embedding.weight', [vocabularySize, embeddingSize]);
  // Zeros at padding, as beyond the text's ends, so that the amount of padding changes nothing
  const words = b.in('embedding', () =>
    b.mul(b.embedding(table, ids), b.dropout(b.cast(isToken, 'float32'), wordDropout)),
  ); // [batch, length, embedding]

  const seen = b.dropout(words, dropout);
  const pooled = filterWidths.map((width) => {
    const name = filterWidths.length === 1 ? 'convolution' : `convolution.${width}`;
    return b.in(name, () => {
      const weight = b.parameter(`${name}.weight`, [width * embeddingSize, filters]);
      const answers = b.conv1d(seen, weight, b.parameter(`${name}.bias`, [filters]), width);
      return pool(b, spec, answers, isToken);
    });
  });

  b.in('classifier', () => {
    const features = pooled.length === 1 ? pooled[0]! : b.concat(pooled, 1);
    const weight = b.parameter('classifier.weight', [features.shape[1] as number, 2]);
    const logits = b.matmul(b.dropout(features, dropout), weight);
    b.output('logits', b.add(logits, b.parameter('classifier.bias', [2])));
  });
  return b.build();
}

/** [batch, length, filters] → [batch, filters], with mean and maximum [batch, 2 · filters]. */
function pool(b: GraphBuilder, { pooling }: CnnSpec, answers: Value, isToken: Value): Value {
  const ofTokens = b.add(answers, b.where(isToken, 0, -1e9)); // rectified, 0 at padding
  if (pooling === 'mean-max') return meanAndMax(b, b.relu(ofTokens), isToken, 1);
  // The largest of all rectified answers is the largest answer, rectified
  return b.relu(b.reduceMax(ofTokens, [1]));
}
