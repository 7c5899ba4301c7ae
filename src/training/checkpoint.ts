/** A training's whole state on disk, from which it goes on after any interruption as if there had been none. */
import { createHash } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DistilleryError, errorDetails } from '../errors.ts';
import { exists } from '../files.ts';
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

/** What becomes of a run's checkpoint, for those who keep it. */
export type CheckpointNews =
  | { state: 'saved' }
  /** It can't be gone on from, and was put aside. */
  | { state: 'damaged'; message: string };

export const checkpointName = 'checkpoint.safetensors';
const previousName = 'previous.safetensors';
const groups = ['weights', 'firstMoments', 'secondMoments', 'best'] as const;

/**
 * Written aside and renamed, and the one before is kept: a crash or a full disk while writing leaves it as it was, and
 * damage on the disk costs a minute of training.
 */
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
  const positionJson = JSON.stringify(at);
  const [file, next] = [join(folder, checkpointName), join(folder, `next-${checkpointName}`)];
  await writeSafetensors(next, all, { position: positionJson, sha256: checksum(positionJson, all) });
  await rename(file, join(folder, previousName)).catch((error: unknown) => {
    if (errorDetails(error).code !== 'ENOENT') throw error;
  });
  await rename(next, file);
}

/**
 * The last checkpoint that is whole; one that is not is put aside.
 * @returns null where there is none, or where it is of another configuration
 */
export async function loadCheckpoint(
  folder: string,
  configuration: string,
  onNews: (news: CheckpointNews) => void,
): Promise<Checkpoint | null> {
  for (const name of [checkpointName, previousName]) {
    const path = join(folder, name);
    if (!(await exists(path))) continue;
    try {
      const found = await readCheckpoint(path);
      return found.position.configuration === configuration ? found : null;
    } catch (error) {
      await rename(path, `${path}.damaged`);
      const then = name === checkpointName ? 'the one before it, if that is whole' : 'the start';
      const message = `The checkpoint ${path} can't be used and was put aside; the run goes on from ${then}. ${errorDetails(error).message}`;
      onNews({ state: 'damaged', message });
    }
  }
  return null;
}

/** @throws where any of its bytes are not those that were saved */
async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { position: positionJson = '', sha256 } = await readSafetensorsMetadata(path);
  const all = await readSafetensors(path);
  if (sha256 !== checksum(positionJson, all)) {
    throw new DistilleryError('INVALID_CHECKPOINT', 'Its content does not have the sha256 that it carries.', {
      path,
    });
  }
  const at = position.parse(JSON.parse(positionJson));
  const byGroup = {
    weights: new Map(),
    firstMoments: new Map(),
    secondMoments: new Map(),
    best: new Map(),
  } as Record<(typeof groups)[number], Map<string, Tensor>>;
  for (const [key, tensor] of all) {
    const group = groups.find((name) => key.startsWith(`${name}/`));
    if (group) byGroup[group].set(key.slice(group.length + 1), tensor);
  }
  const { best, ...state } = byGroup;
  return { position: at, state: { step: at.step, ...state }, best: best.size > 0 ? best : null };
}

/** Over all that a checkpoint says, in the file's order. */
function checksum(positionJson: string, tensors: Weights): string {
  const hash = createHash('sha256').update(positionJson);
  for (const [name, { shape, data }] of tensors) {
    hash.update(`${name} ${shape.join()}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
