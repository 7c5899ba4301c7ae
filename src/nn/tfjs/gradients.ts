/** Gradients by TensorFlow.js's own tape. */
import type { Scalar, Tensor, Tf } from '../runtime/tfjs.ts';

/**
 * @param loss computes a float32 scalar from `of` (and anything else) with TensorFlow.js operations
 * @returns its value, and its gradient for each tensor: zeros where it does not depend on one
 */
export function valueAndGradients(
  tf: Tf,
  loss: () => Tensor,
  of: Tensor[],
): { value: Tensor; gradients: Tensor[] } {
  const { value, grads } = tf.engine().gradients(loss as () => Scalar, of, undefined, true);
  return { value, gradients: of.map((tensor, i) => grads[i] ?? tf.zerosLike(tensor)) };
}
