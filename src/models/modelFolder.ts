/** Model folders on disk: finding them, checking that they are complete, reading and writing their cards, moving them. */
import { randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { DistilleryError, errorDetails } from '../errors.ts';
import { exists, writeWhole } from '../files.ts';
import { namePattern, nameRule } from '../names.ts';
import type { Weights } from '../nn/engine.ts';
import { storedWeights } from '../nn/onnx/storedWeights.ts';
import { modelCard, modelFiles, type ModelCard } from './card.ts';
import { readSafetensors } from './checkpoint/safetensors.ts';
import { buildModel } from './networks/index.ts';
import type { ModelSpec } from './spec.ts';

/** A card on disk also says which run made it, so that a resumed run does not publish twice. */
export const storedCard = modelCard.extend({ runId: z.uuid().nullable().default(null) });

/** @throws DistilleryError BAD_USER_INPUT for what can't be a part of a path or of a reference */
export function checkName(name: string, what: string): void {
  if (namePattern.test(name)) return;
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `"${name.slice(0, 100)}" can't be a ${what}; expected ${nameRule}.`,
    { name: name.slice(0, 100) },
  );
}

/** Folders with a card: `<root>/<name>` or `<root>/<name>/<version>`, in order. */
export async function modelFolders(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await folders(root)) {
    for (const folder of [name, ...(await folders(name))]) {
      if (await exists(join(folder, modelFiles.card))) found.push(folder);
    }
  }
  return found;
}

async function folders(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((name) => join(parent, name));
}

export async function readCard(folder: string): Promise<z.infer<typeof storedCard>> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(join(folder, modelFiles.card), 'utf8'));
    checkDepth(content);
  } catch (cause) {
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `Its ${modelFiles.card} can't be read as JSON.`,
      { folder },
      { cause },
    );
  }
  const parsed = storedCard.safeParse(content);
  if (!parsed.success) {
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `Its ${modelFiles.card} is not a model card. ${z.prettifyError(parsed.error)}`,
      { folder },
    );
  }
  checkName(parsed.data.name, 'model name');
  return parsed.data;
}

/** A card of no more than some stages of training inside one another. */
const mostLevels = 100;

/** @throws RangeError for JSON so deep that it could be read, but not be written again */
function checkDepth(content: unknown): void {
  let level = [content];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > mostLevels) throw new RangeError(`More than ${mostLevels} levels of objects and lists.`);
    level = level.flatMap((value) => (typeof value === 'object' && value ? Object.values(value) : []));
  }
}

/** @throws DistilleryError BAD_USER_INPUT where only the graph of a model is known: its weights can't be told from it */
export function knownSpec({ name, version, spec }: ModelCard): ModelSpec {
  if (spec) return spec;
  const model = `${name}@${version}`;
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `The weights of ${model} can't be told from its graph, which was made elsewhere. Name a model that was trained here, or imported as a checkpoint.`,
    { model },
  );
}

/**
 * The network of a trained model with its weights: those that training wrote, or those inside the served graph, which a
 * released or downloaded model has alone (of an int8 model, the ones that it calculates with).
 * @throws DistilleryError BAD_USER_INPUT as {@link knownSpec}, INVALID_CHECKPOINT
 */
export async function readNetwork({
  folder,
  card,
}: {
  folder: string;
  card: ModelCard;
}): Promise<{ spec: ModelSpec; weights: Weights }> {
  const spec = knownSpec(card);
  const file = join(folder, modelFiles.weights);
  if (await exists(file)) return { spec, weights: await readSafetensors(file) };
  const graph = await readFile(join(folder, modelFiles.graph));
  return { spec, weights: storedWeights(graph, buildModel(spec).inference) };
}

/** Bytes of the graph. @throws DistilleryError INVALID_CHECKPOINT where a file that serving needs is missing */
export async function graphSize(folder: string): Promise<number> {
  for (const file of [modelFiles.graph, modelFiles.tokenizer]) {
    if (await exists(join(folder, file))) continue;
    throw new DistilleryError('INVALID_CHECKPOINT', `The model folder ${folder} has no ${file}.`, {
      folder,
      file,
    });
  }
  return (await stat(join(folder, modelFiles.graph))).size;
}

export async function writeCard(folder: string, card: z.infer<typeof storedCard>): Promise<void> {
  await writeWhole(join(folder, modelFiles.card), `${JSON.stringify(card, null, 2)}\n`);
}

export async function moveFolder(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await rename(from, to);
  } catch (error) {
    if (errorDetails(error).code !== 'EXDEV') throw error;
    // Another disk: copy under a name that the registry passes over, then rename.
    const aside = join(dirname(to), `.incoming-${randomUUID()}`);
    try {
      await cp(from, aside, { recursive: true });
      await rename(aside, to);
    } catch (failure) {
      await rm(aside, { recursive: true, force: true });
      throw failure;
    }
    await rm(from, { recursive: true, force: true });
  }
}
