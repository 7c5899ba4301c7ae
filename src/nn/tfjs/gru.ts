/**
 * The gated recurrent unit (Cho et al. 2014, arXiv 1406.1078) as a loop over time, with the reset gate applied after the
 * product: update u = σ(x·Wᵤ + h·Rᵤ + b), reset r = σ(x·Wᵣ + h·Rᵣ + b), q = h·Rₙ + bₙ, candidate n = tanh(x·Wₙ + b + r ⊙ q),
 * h′ = n + u ⊙ (h − n). What doesn't depend on the state stands outside of the loop, whose steps are as few as they can be:
 * at such sizes each costs more than its arithmetic.
 */
import type { Tensor, Tf } from '../runtime/tfjs.ts';
import type { RunContext } from './context.ts';

export function runGru({ tf, op, inputs, used }: RunContext<'gru'>): (Tensor | undefined)[] {
  const [x, mask, w, r, inputBias, recurrentBias] = inputs as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const [length, batch, features] = x.shape as [number, number, number];
  const hidden = r.shape[0]!;
  const isToken = tf.cast(mask, 'float32');

  const projected = tf.add(tf.matMul(tf.reshape(x, [length * batch, features]), w), inputBias);
  const [gatesOfInput, candidateOfInput] = tf.split(projected, [2 * hidden, hidden], 1) as [Tensor, Tensor];
  const [gateRecurrent, candidateRecurrent] = tf.split(r, [2 * hidden, hidden], 1) as [Tensor, Tensor];
  const [gateBias, candidateBias] = tf.split(recurrentBias, [2 * hidden, hidden], 0) as [Tensor, Tensor];
  const gateInputs = tf.reshape(tf.add(gatesOfInput, gateBias), [length, batch, 2 * hidden]);
  const gateSteps = tf.unstack(tf.add(gateInputs, openAtPadding(tf, isToken, hidden)));
  const candidateSteps = tf.unstack(tf.reshape(candidateOfInput, [length, batch, hidden]));

  let state: Tensor = tf.zeros([batch, hidden]);
  const states: Tensor[] = [];
  const gates: Tensor[] = [];
  const candidates: Tensor[] = [];
  const recurrents: Tensor[] = [];
  for (const [step, t] of order(length, op.direction).entries()) {
    if (step % 8 === 7) state = withoutTinyGradients(tf, state);
    gates[t] = tf.sigmoid(tf.add(tf.matMul(state, gateRecurrent), gateSteps[t]!));
    const [update, reset] = tf.split(gates[t], 2, 1) as [Tensor, Tensor];
    recurrents[t] = tf.add(tf.matMul(state, candidateRecurrent), candidateBias);
    candidates[t] = tf.tanh(tf.add(tf.mul(reset, recurrents[t]), candidateSteps[t]!));
    state = tf.add(tf.mul(tf.sub(state, candidates[t]), update), candidates[t]);
    states[t] = state;
  }
  return [
    used[0] ? tf.mul(tf.stack(states), isToken) : undefined,
    state,
    ...[gates, candidates, recurrents].map((steps, i) => (used[i + 2] ? tf.stack(steps) : undefined)),
  ];
}

/**
 * A huge number on the update gate's input makes it exactly 1, so that padding keeps the state and passes the gradient
 * on without a step for it in the loop: zeros at tokens, [1e9, 0] at padding, [length, batch, 2 · hidden].
 */
function openAtPadding(tf: Tf, isToken: Tensor, hidden: number): Tensor {
  const perUnit = tf.concat([tf.fill([hidden], 1e9), tf.zeros([hidden])], 0);
  return tf.mul(tf.sub(1, isToken), perUnit);
}

/**
 * Passes x on; gradients below 1e-20 become 0 on the way back. Far from the end of a long text they sink below 1e-38, where
 * processors count in subnormal numbers, and the WASM backend then took six times as long for 256 tokens as for 128.
 * Adam's ε of 1e-8 leaves nothing of such a gradient.
 */
function withoutTinyGradients(tf: Tf, x: Tensor): Tensor {
  const pass = tf.customGrad((given) => ({
    value: tf.clone(given as Tensor),
    gradFunc: (dy: Tensor) => tf.where(tf.greater(tf.abs(dy), 1e-20), dy, tf.zerosLike(dy)),
  }));
  return pass(x);
}

/** As in onnx/gru.ts, step by step. */
export function runGruGradient({ tf, op, inputs }: RunContext<'gruGradient'>): Tensor[] {
  const [mask, r, states, gates, candidate, recurrent, dStates, dLast] = inputs as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const [length] = states.shape as [number];
  const steps = [mask, states, gates, candidate, recurrent, dStates].map((whole) => tf.unstack(whole));
  const zero = tf.zerosLike(dLast);
  let d: Tensor = dLast;
  const recurrentSide: Tensor[] = [];
  const candidateSide: Tensor[] = [];
  for (const t of order(length, op.direction).reverse()) {
    const [isToken, , gate, n, q, dState] = steps.map((step) => step[t]!) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const previous = steps[1]![op.direction === 'forward' ? t - 1 : t + 1] ?? zero;
    const [update, reset] = tf.split(gate, 2, 1) as [Tensor, Tensor];
    const onlyTokens = tf.cast(isToken, 'float32');
    const dNext = tf.mul(tf.add(d, dState), onlyTokens);
    const dCandidate = tf.mul(tf.mul(dNext, tf.sub(1, update)), tf.sub(1, tf.square(n)));
    const dUpdate = tf.mul(tf.mul(dNext, tf.sub(previous, n)), tf.mul(update, tf.sub(1, update)));
    const dReset = tf.mul(tf.mul(dCandidate, q), tf.mul(reset, tf.sub(1, reset)));
    recurrentSide[t] = tf.concat([dUpdate, dReset, tf.mul(dCandidate, reset)], 1);
    candidateSide[t] = dCandidate;
    const through = tf.add(tf.mul(dNext, update), tf.matMul(recurrentSide[t], r, false, true));
    d = tf.add(through, tf.mul(d, tf.sub(1, onlyTokens)));
  }
  return [tf.stack(recurrentSide), tf.stack(candidateSide)];
}

function order(length: number, direction: 'forward' | 'reverse'): number[] {
  const steps = [...Array(length).keys()];
  return direction === 'forward' ? steps : steps.reverse();
}
