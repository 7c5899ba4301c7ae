/** From the states of all tokens to one vector a text. */
import type { GraphBuilder } from '../../nn/builder.ts';
import type { Value } from '../../nn/graph.ts';

/**
 * Mean and maximum over a text's tokens, side by side.
 * @param states [time and batch, size], 0 at padding
 * @param isToken bool [time and batch, 1]
 * @param time the axis of time: 0 or 1
 * @returns [batch, 2 · size]
 */
export function meanAndMax(b: GraphBuilder, states: Value, isToken: Value, time: 0 | 1): Value {
  return b.in('pooling', () => {
    const tokens = b.reduceSum(b.cast(isToken, 'float32'), [time]); // [batch, 1]
    const mean = b.div(b.reduceSum(states, [time]), tokens);
    const largest = b.reduceMax(b.add(states, b.where(isToken, 0, -1e9)), [time]);
    return b.concat([mean, largest], 1);
  });
}
