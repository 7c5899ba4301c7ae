/** The distillation loss, added to a forward graph whose output is `logits` [batch, 2]. */
import { GraphBuilder } from './builder.ts';
import type { Graph } from './graph.ts';
import { outputOf } from './graph.ts';

/**
 * With teacher logits t, student logits s, temperature T and hard-label weight a, the mean over the batch of
 * `(1 − a) · T² · CE(softmax(t / T), softmax(s / T)) + a · CE(label, softmax(s))`
 * (Hinton, Vinyals and Dean 2015, arXiv 1503.02531). T² keeps the size of the soft gradients independent of T.
 *
 * Adds the inputs `teacherLogits` and `labels` (float32 [batch, 2]), `temperature` and `hardLabelWeight`
 * (float32 scalars), and the output `loss` (float32 scalar).
 */
export function withLoss(forward: Graph): Graph {
  const b = GraphBuilder.extend(forward);
  const logits = outputOf(forward, 'logits');
  b.in('loss', () => {
    const teacherLogits = b.input('teacherLogits', 'float32', logits.shape);
    const labels = b.input('labels', 'float32', logits.shape);
    const temperature = b.input('temperature', 'float32', []);
    const hardLabelWeight = b.input('hardLabelWeight', 'float32', []);

    const softTargets = b.softmax(b.div(teacherLogits, temperature));
    const soft = b.mul(softTargets, b.logSoftmax(b.div(logits, temperature)));
    const hard = b.mul(labels, b.logSoftmax(logits));
    const softWeight = b.mul(b.sub(1, hardLabelWeight), b.mul(temperature, temperature));
    const crossEntropy = b.add(b.mul(softWeight, soft), b.mul(hardLabelWeight, hard));
    b.output('loss', b.mul(b.reduceMean(b.reduceSum(crossEntropy, [1]), [0]), -1));
  });
  return b.build();
}
