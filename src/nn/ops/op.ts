/**
 * The vocabulary of operations: one closed union. Shape rule, gradient, ONNX lowering and TensorFlow.js lowering
 * are total maps over it, so that a new operation does not compile until all four exist.
 */
import type { DType, Shape } from '../shape.ts';

export type Op =
  // Element by element, with NumPy's broadcasting: (a, b)
  | { readonly kind: 'add' | 'sub' | 'mul' | 'div' }
  // Element by element: (x)
  | { readonly kind: 'exp' | 'sqrt' | 'tanh' | 'erf' | 'relu' | 'gelu' }
  // (a, b) → bool
  | { readonly kind: 'compare'; readonly relation: 'equal' | 'greater' }
  // (condition, a, b)
  | { readonly kind: 'where' }
  // (x)
  | { readonly kind: 'cast'; readonly to: DType }

  // Layout
  // (x); the same number of elements in another shape
  | { readonly kind: 'reshape'; readonly shape: Shape }
  | { readonly kind: 'transpose'; readonly order: readonly number[] }
  // (x) → x[start:end] along one axis
  | { readonly kind: 'slice'; readonly axis: number; readonly start: number; readonly end: number }
  // (part, like) → zeros of the shape of `like`, with `part` at `start` along one axis
  | { readonly kind: 'placeSlice'; readonly axis: number; readonly start: number }
  // (a, b, …)
  | { readonly kind: 'concat'; readonly axis: number }
  // (x) → moved along one axis by so many places (towards higher positions where positive), zeros moving in
  | { readonly kind: 'shift'; readonly axis: number; readonly by: number }
  // (x, like) → x broadcast to the shape of `like`
  | { readonly kind: 'expandLike' }

  // Reductions and sizes: (x)
  | {
      readonly kind: 'reduceSum' | 'reduceMean' | 'reduceMax';
      readonly axes: readonly number[];
      readonly keepDims: boolean;
    }
  // (x) → the number of elements along the axes, a float32 scalar
  | { readonly kind: 'elementCount'; readonly axes: readonly number[] }
  // (x) → 0, 1, 2, … along an axis of x, int32 [n]
  | { readonly kind: 'positions'; readonly axis: number }

  // Linear algebra and normalisation
  // (a [..., m, k], b [..., k, n] or [k, n]); a transpose swaps the last two axes first
  | { readonly kind: 'matmul'; readonly transposeA: boolean; readonly transposeB: boolean }
  // (x), over the last axis
  | { readonly kind: 'softmax' | 'logSoftmax' }
  // (x [..., d], gain [d], bias [d]) → normalised x, its mean [..., 1], its inverse standard deviation [..., 1]
  | { readonly kind: 'layerNorm'; readonly epsilon: number }

  // Words
  // (table [v, d], ids int32 [...]) → [..., d]
  | { readonly kind: 'embedding' }
  // (ids, gradient [..., d]) → gradient of the table [v, d]
  | { readonly kind: 'embeddingGradient'; readonly rows: number }

  // (x, mask bool like x) → x / keep where the mask holds, else 0
  | { readonly kind: 'dropout'; readonly keep: number }

  // Recurrence, time first
  // (x [l, n, e], mask bool [l, n, 1], W [e, 3h], R [h, 3h], bias of W [3h], bias of R [3h]); gates in the order
  // update, reset, candidate. → states [l, n, h] (0 at padding), last state [n, h], and what the gradient needs:
  // update and reset gates [l, n, 2h], candidate [l, n, h], the candidate's recurrent part [l, n, h]
  | { readonly kind: 'gru'; readonly direction: 'forward' | 'reverse' }
  // (mask, R, states, gates, candidate, recurrent part, gradient of states, gradient of last state)
  // → gradients before the activations, of the recurrent side [l, n, 3h] and of the candidate's input side [l, n, h]
  | { readonly kind: 'gruGradient'; readonly direction: 'forward' | 'reverse' }

  // Convolution over time, output as long as the input, zeros beyond both ends; a filter sees `before` tokens before
  // its own position, and the rest of its width from there on
  // (x [n, l, e], filters [width * e, f], optionally a bias [f]) → [n, l, f]
  | { readonly kind: 'conv1d'; readonly width: number; readonly before: number };

export type OpKind = Op['kind'];

/** The member of the union that a kind belongs to. */
export type OpOf<K extends OpKind> = Op extends infer Member
  ? Member extends Op
    ? K extends Member['kind']
      ? Member
      : never
    : never
  : never;
