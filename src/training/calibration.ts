/** Makes a model's probabilities mean what they say: one slope and one offset for the difference of its logits. */
import type { Tensor, Weights } from '../nn/engine.ts';
import { plattScaling } from './linearSolver.ts';

export interface Calibration {
  slope: number;
  offset: number;
}

/**
 * Platt scaling (Platt 1999) of positive minus negative logit; a slope alone would be Guo et al.'s temperature
 * (2017, arXiv 1706.04599).
 * @param logits [reviews, 2]
 * @returns null where the logits say nothing of the labels: a slope that is not above zero would turn answers around
 */
export function calibrationFor(logits: Float32Array, labels: readonly (0 | 1)[]): Calibration | null {
  const differences = labels.map((_, i) => logits[2 * i + 1]! - logits[2 * i]!);
  const { slope, offset } = plattScaling(differences, labels);
  return slope > 0 && Number.isFinite(slope) && Number.isFinite(offset) ? { slope, offset } : null;
}

/** Weights of the same network whose logits are scaled: its classifier takes slope and offset in. */
export function calibrated(weights: Weights, { slope, offset }: Calibration): Weights {
  const change = (name: string, to: (value: number, column: number) => number): [string, Tensor] => {
    const { shape, data } = weights.get(name)!;
    return [name, { shape, data: data.map((value, i) => to(value, i % 2)) }];
  };
  return new Map([
    ...weights,
    change('classifier.weight', (value) => slope * value),
    change('classifier.bias', (value, column) => slope * value + (column === 1 ? offset / 2 : -offset / 2)),
  ]);
}
