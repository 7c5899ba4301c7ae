/**
 * Student: word embedding, one gated recurrent layer in one or both directions, two logits from its last state or from
 * mean and maximum of its states.
 */
import { GraphBuilder } from '../../nn/builder.ts';
import type { Graph, Value } from '../../nn/graph.ts';
import type { GruSpec } from '../spec.ts';
import { meanAndMax } from './pooling.ts';

export function gruNetwork(spec: GruSpec): Graph {
  const b = new GraphBuilder();
  const { vocabularySize, embeddingSize, wordDropout, dropout } = spec;
  const ids = b.input('ids', 'int32', ['batch', 'length']);

  const timeFirst = b.transpose(ids, [1, 0]); // [length, batch]
  const isToken = b.reshape(b.greater(b.cast(timeFirst, 'float32'), 0), ['length', 'batch', 1]);
  const table = b.parameter('embedding.weight', [vocabularySize, embeddingSize]);
  const words = b.in('embedding', () => {
    const embedded = b.embedding(table, timeFirst);
    if (wordDropout === 0) return embedded;
    return b.mul(embedded, b.dropout(b.cast(isToken, 'float32'), wordDropout));
  }); // [length, batch, embedding]

  const seen = b.dropout(words, dropout);
  const pooled = b.in('gru', () => {
    const forward = layer(b, spec, 'forward', seen, isToken);
    if (!spec.bidirectional) return forward;
    return b.concat([forward, layer(b, spec, 'reverse', seen, isToken)], 1);
  }); // [batch, features]

  b.in('classifier', () => {
    const weight = b.parameter('classifier.weight', [pooled.shape[1] as number, 2]);
    const logits = b.matmul(b.dropout(pooled, dropout), weight);
    b.output('logits', b.add(logits, b.parameter('classifier.bias', [2])));
  });
  return b.build();
}

/** One direction, pooled: [length, batch, embedding] → [batch, hidden], with mean and maximum [batch, 2 · hidden]. */
function layer(
  b: GraphBuilder,
  { embeddingSize, hiddenSize, pooling }: GruSpec,
  direction: 'forward' | 'reverse',
  words: Value,
  isToken: Value,
): Value {
  const name = direction === 'forward' ? 'gru' : 'gru.reverse';
  const [states, last] = b.apply({ kind: 'gru', direction }, [
    words,
    isToken,
    b.parameter(`${name}.input.weight`, [embeddingSize, 3 * hiddenSize]),
    b.parameter(`${name}.recurrent.weight`, [hiddenSize, 3 * hiddenSize]),
    b.parameter(`${name}.input.bias`, [3 * hiddenSize]),
    b.parameter(`${name}.recurrent.bias`, [3 * hiddenSize]),
  ]);
  return pooling === 'last' ? last! : meanAndMax(b, states!, isToken, 0);
}
