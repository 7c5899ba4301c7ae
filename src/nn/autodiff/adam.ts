/** AdamW as nodes of the graph: Kingma and Ba 2014 (arXiv 1412.6980), Loshchilov and Hutter 2017 (arXiv 1711.05101). */
import type { GraphBuilder } from '../builder.ts';
import type { Parameter, Value } from '../graph.ts';

export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Weight decay is for matrices; biases, norms and word embeddings keep their size. */
export function decays(name: string, shape: readonly unknown[]): boolean {
  return shape.length >= 2 && !name.includes('embedding');
}

/** Names of the moments among a training graph's inputs and outputs. */
export const firstMoment = (name: string) => `firstMoment.${name}`;
export const secondMoment = (name: string) => `secondMoment.${name}`;

/**
 * Adds clipping and one AdamW update. Scalar inputs added: `learningRate` and the bias corrections
 * `firstCorrection` = 1 / (1 − β1^t), `secondCorrection` = 1 / (1 − β2^t) at step t = 1, 2, …
 * Outputs added: each parameter's new value under its name, its new moments, and `gradientNorm` (before clipping).
 */
export function addAdamStep(
  b: GraphBuilder,
  parameters: readonly Parameter[],
  gradients: readonly Value[],
  options: { clipNorm: number; weightDecay: number },
): void {
  const learningRate = b.input('learningRate', 'float32', []);
  const firstCorrection = b.input('firstCorrection', 'float32', []);
  const secondCorrection = b.input('secondCorrection', 'float32', []);
  const { scale, norm } = clipScale(b, gradients, options.clipNorm);
  b.output('gradientNorm', norm);

  const gradientShare = b.mul(scale, 1 - adam.beta1);
  const squareShare = b.mul(b.mul(scale, scale), 1 - adam.beta2);
  const stepSize = b.mul(learningRate, firstCorrection);
  const decay = b.sub(1, b.mul(learningRate, options.weightDecay));
  parameters.forEach(({ name, value }, i) => {
    b.in(`adam of ${name}`, () => {
      const shape = value.shape as readonly number[];
      const gradient = gradients[i]!;
      const oldFirst = b.input(firstMoment(name), 'float32', shape);
      const oldSecond = b.input(secondMoment(name), 'float32', shape);
      const first = b.add(b.mul(oldFirst, adam.beta1), b.mul(gradient, gradientShare));
      const second = b.add(b.mul(oldSecond, adam.beta2), b.mul(b.mul(gradient, gradient), squareShare));
      const deviation = b.add(b.sqrt(b.mul(second, secondCorrection)), adam.epsilon);
      const kept = options.weightDecay > 0 && decays(name, shape) ? b.mul(value, decay) : value;
      b.output(name, b.sub(kept, b.mul(b.div(first, deviation), stepSize)));
      b.output(firstMoment(name), first);
      b.output(secondMoment(name), second);
    });
  });
}

/** min(1, clipNorm / ‖g‖) over all gradients together (Pascanu, Mikolov and Bengio 2012, arXiv 1211.5063). */
function clipScale(
  b: GraphBuilder,
  gradients: readonly Value[],
  clipNorm: number,
): { scale: Value; norm: Value } {
  return b.in('clipping', () => {
    const squares = gradients.map((gradient) =>
      b.reduceSum(
        b.mul(gradient, gradient),
        gradient.shape.map((_, axis) => axis),
      ),
    );
    const norm = b.sqrt(squares.reduce((sum, square) => b.add(sum, square)));
    const scale = b.div(clipNorm, b.add(norm, 1e-6));
    return { scale: b.where(b.greater(scale, 1), 1, scale), norm };
  });
}
