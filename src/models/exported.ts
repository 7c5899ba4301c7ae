/** A model as it leaves the server: files that need nothing else, to be run elsewhere or imported again. */
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DistilleryError } from '../errors.ts';
import { exists } from '../files.ts';
import { modelFiles } from './card.ts';
import { graphSize } from './modelFolder.ts';
import type { ModelVersion } from './registry.ts';

export interface ExportedFile {
  readonly name: string;
  readonly size: number;
  /** Where it lies, or its bytes. */
  readonly content: string | Buffer;
}

type Exported = Pick<ModelVersion, 'card' | 'folder'>;

/** @example 'small-1' */
export function exportedName({ card }: Exported): string {
  return `${card.name}-${card.version}`;
}

/**
 * The graph, the tokenizer and the card; not the weights, which the graph holds.
 * @throws DistilleryError INVALID_CHECKPOINT where one of them is missing from the model folder
 */
export async function exportedFiles({ card, folder }: Exported): Promise<ExportedFile[]> {
  const graph = join(folder, modelFiles.graph);
  const tokenizer = join(folder, modelFiles.tokenizer);
  // The registry's card, whose name and version hold
  const cardBytes = Buffer.from(`${JSON.stringify(card, null, 2)}\n`);
  return [
    { name: modelFiles.graph, size: await graphSize(folder), content: graph },
    { name: modelFiles.tokenizer, size: (await stat(tokenizer)).size, content: tokenizer },
    { name: modelFiles.card, size: cardBytes.length, content: cardBytes },
  ];
}

/**
 * Writes a model's files into a new folder, which appears when it is complete.
 * @throws DistilleryError CONFLICT where the folder exists, INVALID_CHECKPOINT where the model lacks a file
 */
export async function exportTo(model: Exported, target: string): Promise<void> {
  const folder = resolve(target);
  if (await exists(folder)) {
    throw new DistilleryError('CONFLICT', `${target} exists already. Name a folder that does not.`, {
      target,
    });
  }
  const files = await exportedFiles(model);
  const aside = join(dirname(folder), `.${basename(folder)}-${randomUUID()}`);
  try {
    await mkdir(aside, { recursive: true });
    for (const { name, content } of files) {
      if (typeof content === 'string') await copyFile(content, join(aside, name));
      else await writeFile(join(aside, name), content);
    }
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}
