/** Student: word embedding, one gated recurrent layer, two logits from its last state. */
import { GraphBuilder } from '../../nn/builder.ts';
import type { Graph } from '../../nn/graph.ts';
import type { GruSpec } from '../spec.ts';

export function gruNetwork(spec: GruSpec, dropout: number): Graph {
  const b = new GraphBuilder();
  const { vocabularySize, embeddingSize, hiddenSize } = spec;
  const ids = b.input('ids', 'int32', ['batch', 'length']);

  const timeFirst = b.transpose(ids, [1, 0]); // [length, batch]
  const isToken = b.reshape(b.greater(b.cast(timeFirst, 'float32'), 0), ['length', 'batch', 1]);
  const table = b.parameter('embedding.weight', [vocabularySize, embeddingSize]);
  const words = b.dropout(
    b.in('embedding', () => b.embedding(table, timeFirst)),
    dropout,
  ); // [length, batch, embedding]

  const last = b.in('gru', () => {
    const [, state] = b.apply({ kind: 'gru', direction: 'forward' }, [
      words,
      isToken,
      b.parameter('gru.input.weight', [embeddingSize, 3 * hiddenSize]),
      b.parameter('gru.recurrent.weight', [hiddenSize, 3 * hiddenSize]),
      b.parameter('gru.input.bias', [3 * hiddenSize]),
      b.parameter('gru.recurrent.bias', [3 * hiddenSize]),
    ]);
    return b.dropout(state!, dropout); // [batch, hidden]
  });

  b.in('classifier', () => {
    const weight = b.parameter('classifier.weight', [hiddenSize, 2]);
    b.output('logits', b.add(b.matmul(last, weight), b.parameter('classifier.bias', [2])));
  });
  return b.build();
}
