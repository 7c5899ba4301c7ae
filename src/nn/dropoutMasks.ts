/** The dropout masks of one training step: drawn outside the graph, so that every engine drops the same elements. */
import type { Graph } from './graph.ts';
import { dropoutMask } from './random.ts';
import { bindShape } from './shape.ts';

export interface DropoutMask {
  readonly name: string;
  readonly shape: readonly number[];
  /** 1 where an element is kept, else 0. */
  readonly data: Uint8Array;
}

/** Equal seeds and steps, equal masks: a resumed training draws what an uninterrupted one would have drawn. */
export function dropoutMasks(
  graph: Graph,
  { batch, length }: { batch: number; length: number },
  seed: number,
  step: number,
): DropoutMask[] {
  return graph.inputs.flatMap(({ name, value, keep }, i) => {
    if (keep === null) return [];
    const shape = bindShape(value.shape, { batch, length });
    const size = shape.reduce((product, dim) => product * dim, 1);
    return [{ name, shape, data: dropoutMask(size, keep, seed, step, i) }];
  });
}
