/** Compiles a model to one graph that does a whole training step: forward, loss, gradients, clipping, AdamW. */
import { addAdamStep } from './autodiff/adam.ts';
import { backward } from './autodiff/backward.ts';
import { GraphBuilder } from './builder.ts';
import type { Graph } from './graph.ts';
import { outputOf } from './graph.ts';
import { withLoss } from './loss.ts';
import { verify } from './verify.ts';

/**
 * @param forward a model's training graph: `ids` and dropout masks → `logits` [batch, 2]
 * @returns a graph whose inputs are those of {@link withLoss} and {@link addAdamStep}, and whose outputs are `loss`,
 *   `gradientNorm`, and every parameter and moment after the step
 */
export function trainingStep(forward: Graph, options: { clipNorm: number; weightDecay: number }): Graph {
  const withItsLoss = verify(withLoss(forward));
  const b = GraphBuilder.extend(withItsLoss);
  const { parameters } = forward;
  const gradients = backward(
    b,
    outputOf(withItsLoss, 'loss'),
    parameters.map(({ value }) => value),
  );
  addAdamStep(b, parameters, gradients, options);
  return verify(b.build());
}
