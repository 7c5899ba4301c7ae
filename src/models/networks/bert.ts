/**
 * Teacher: a BERT encoder with a classification head (Devlin et al. 2018, arXiv 1810.04805), or DistilBERT's, which
 * differs in its head and has no token types (Sanh et al. 2019, arXiv 1910.01108). Weights are named as Hugging Face's BERT.
 */
import { GraphBuilder } from '../../nn/builder.ts';
import type { Graph, Value } from '../../nn/graph.ts';
import type { BertSpec } from '../spec.ts';

export function bertNetwork(spec: BertSpec): Graph {
  const { dropout } = spec;
  const b = new GraphBuilder();
  const ids = b.input('ids', 'int32', ['batch', 'length']);
  const isToken = b.greater(b.cast(ids, 'float32'), 0); // [batch, length]

  let states = embeddings(b, spec, ids, dropout); // [batch, length, hidden]
  const scoreMask = b.where(b.reshape(isToken, ['batch', 1, 1, 'length']), 0, -1e9);
  for (let layer = 0; layer < spec.layers; layer += 1) {
    states = b.in(`encoder.layer.${layer}`, () =>
      encoderLayer(b, spec, `encoder.layer.${layer}`, states, scoreMask, dropout),
    );
  }

  const pooled = spec.pooling === 'mean' ? meanOfTokens(b, states, isToken) : pooler(b, spec, states);
  b.output('logits', linear(b, 'classifier', b.dropout(pooled, dropout), spec.hiddenSize, 2));
  return b.build();
}

function embeddings(b: GraphBuilder, spec: BertSpec, ids: Value, dropout: number): Value {
  return b.in('embeddings', () => {
    const { hiddenSize } = spec;
    const words = b.parameter('embeddings.word_embeddings.weight', [spec.vocabularySize, hiddenSize]);
    const positions = b.parameter('embeddings.position_embeddings.weight', [spec.maxPositions, hiddenSize]);
    let ofPositions = b.embedding(positions, b.positions(ids, 1)); // [length, hidden]
    if (spec.typeVocabularySize > 0) {
      const types = b.parameter('embeddings.token_type_embeddings.weight', [
        spec.typeVocabularySize,
        hiddenSize,
      ]);
      ofPositions = b.add(ofPositions, b.reshape(b.slice(types, 0, 0, 1), [hiddenSize])); // a review is one segment
    }
    const sum = b.add(b.embedding(words, ids), ofPositions);
    return b.dropout(norm(b, spec, 'embeddings.LayerNorm', sum), dropout);
  });
}

function encoderLayer(
  b: GraphBuilder,
  spec: BertSpec,
  name: string,
  states: Value,
  scoreMask: Value,
  dropout: number,
): Value {
  const { hiddenSize, intermediateSize } = spec;
  const attended = b.in('attention', () => {
    const context = selfAttention(b, spec, `${name}.attention.self`, states, scoreMask);
    const projected = linear(b, `${name}.attention.output.dense`, context, hiddenSize, hiddenSize);
    return norm(b, spec, `${name}.attention.output.LayerNorm`, b.add(b.dropout(projected, dropout), states));
  });
  return b.in('feedForward', () => {
    const inner = b.gelu(linear(b, `${name}.intermediate.dense`, attended, hiddenSize, intermediateSize));
    const outer = linear(b, `${name}.output.dense`, inner, intermediateSize, hiddenSize);
    return norm(b, spec, `${name}.output.LayerNorm`, b.add(b.dropout(outer, dropout), attended));
  });
}

/** softmax(q · kᵀ / √d + mask) · v in each head (Vaswani et al. 2017, arXiv 1706.03762). */
function selfAttention(
  b: GraphBuilder,
  { hiddenSize, heads }: BertSpec,
  name: string,
  states: Value,
  scoreMask: Value,
): Value {
  const headSize = hiddenSize / heads;
  const split = (part: string) => {
    const projected = linear(b, `${name}.${part}`, states, hiddenSize, hiddenSize);
    return b.transpose(b.reshape(projected, ['batch', 'length', heads, headSize]), [0, 2, 1, 3]); // [batch, heads, length, head]
  };
  const [query, key, value] = [split('query'), split('key'), split('value')] as const;
  const scores = b.matmul(b.mul(query, 1 / Math.sqrt(headSize)), key, false, true); // [batch, heads, length, length]
  const context = b.matmul(b.softmax(b.add(scores, scoreMask)), value);
  return b.reshape(b.transpose(context, [0, 2, 1, 3]), ['batch', 'length', hiddenSize]);
}

/** Dense over the first token, [CLS]; then tanh, or DistilBERT's ReLU. */
function pooler(b: GraphBuilder, { hiddenSize, pooling }: BertSpec, states: Value): Value {
  const first = b.reshape(b.slice(states, 1, 0, 1), ['batch', hiddenSize]);
  return b.in('pooler', () => {
    const dense = linear(b, 'pooler.dense', first, hiddenSize, hiddenSize);
    return pooling === 'cls-relu' ? b.relu(dense) : b.tanh(dense);
  });
}

function meanOfTokens(b: GraphBuilder, states: Value, isToken: Value): Value {
  const weights = b.reshape(b.cast(isToken, 'float32'), ['batch', 'length', 1]);
  return b.div(b.reduceSum(b.mul(states, weights), [1]), b.reduceSum(weights, [1]));
}

function linear(b: GraphBuilder, name: string, x: Value, from: number, to: number): Value {
  return b.add(b.matmul(x, b.parameter(`${name}.weight`, [from, to])), b.parameter(`${name}.bias`, [to]));
}

function norm(b: GraphBuilder, { hiddenSize, layerNormEpsilon }: BertSpec, name: string, x: Value): Value {
  return b.layerNorm(
    x,
    b.parameter(`${name}.weight`, [hiddenSize]),
    b.parameter(`${name}.bias`, [hiddenSize]),
    layerNormEpsilon,
  );
}
