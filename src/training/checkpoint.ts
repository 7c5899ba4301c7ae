/** A training's whole state on disk, from which it goes on after any interruption as if there had been none. */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { classificationMetrics } from '../models/card.ts';
import {
  readSafetensors,
  readSafetensorsMetadata,
  writeSafetensors,
} from '../models/checkpoint/safetensors.ts';
import type { Tensor, TrainerState, Weights } from '../nn/engine.ts';

const position = z.object({
  /** What was being trained, so that no other run's state is taken for this one's. */
  configuration: z.string(),
  /** 0-based. */
  phase: z.number().int(),
  epoch: z.number().int(),
  /** Batches of this epoch that are done. */
  batch: z.number().int(),
  /** Sum of this epoch's losses so far. */
  lossSum: z.number(),
  /** Adam's step count. */
  step: z.number().int(),
  epochs: z.array(
    z.object({
      phase: z.string(),
      epoch: z.number(),
      loss: z.number(),
      validation: classificationMetrics.nullable(),
    }),
  ),
  /** Validation accuracy of the best weights so far; −1 where there are none yet. */
  bestAccuracy: z.number(),
});
export type Position = z.infer<typeof position>;

export interface Checkpoint {
  position: Position;
  state: TrainerState;
  /** The weights of the epoch with the best validation accuracy. */
  best: Weights | null;
}

const groups = ['weights', 'firstMoments', 'secondMoments', 'best'] as const;
const file = (folder: string) => join(folder, 'checkpoint.safetensors');

/** Written aside and renamed: a crash while writing leaves the checkpoint before. */
export async function saveCheckpoint(
  folder: string,
  { position: at, state, best }: Checkpoint,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const all = new Map<string, Tensor>();
  for (const group of groups) {
    const tensors = group === 'best' ? best : state[group];
    for (const [name, tensor] of tensors ?? []) all.set(`${group}/${name}`, tensor);
  }
  await writeSafetensors(file(folder), all, { position: JSON.stringify(at) });
}

/** @returns null where there is none, or where it is of another configuration */
export async function loadCheckpoint(folder: string, configuration: string): Promise<Checkpoint | null> {
  const path = file(folder);
  if (!(await stat(path).catch(() => null))) return null;
  const stored = position.safeParse(JSON.parse((await readSafetensorsMetadata(path)).position ?? 'null'));
  if (!stored.success || stored.data.configuration !== configuration) return null;
  const byGroup = {
    weights: new Map(),
    firstMoments: new Map(),
    secondMoments: new Map(),
    best: new Map(),
  } as Record<(typeof groups)[number], Map<string, Tensor>>;
  for (const [key, tensor] of await readSafetensors(path)) {
    const group = groups.find((name) => key.startsWith(`${name}/`));
    if (group) byGroup[group].set(key.slice(group.length + 1), tensor);
  }
  const { best, ...state } = byGroup;
  return {
    position: stored.data,
    state: { step: stored.data.step, ...state },
    best: best.size > 0 ? best : null,
  };
}
