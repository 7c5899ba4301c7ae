/** The prepared form of a dataset on disk: one JSONL file for each split, and dataset.json with their checksums. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { DistilleryError, errorDetails } from '../errors.ts';
import { exists } from '../files.ts';
import type { AssembledDataset } from './assemble.ts';
import type { Dataset, Review, Split } from './dataset.ts';
import { mapSplits, splits } from './dataset.ts';

const countRecord = z.object({
  train: z.number().int(),
  validation: z.number().int(),
  test: z.number().int(),
  unlabelled: z.number().int(),
});

const fileRecord = z.object({ sha256: z.string(), bytes: z.number().int() });

const descriptionFile = z.object({
  name: z.string(),
  /** What made it, with the version of that code: another one is prepared again. */
  recipe: z.string(),
  source: z.string(),
  fingerprint: z.string(),
  duplicatesRemoved: z.number().int(),
  counts: countRecord,
  files: z.object({ train: fileRecord, validation: fileRecord, test: fileRecord, unlabelled: fileRecord }),
});

export type PreparedDescription = z.infer<typeof descriptionFile>;

/** A review as a line of JSON. */
export const reviewLine = z.object({
  id: z.string(),
  label: z.union([z.literal(0), z.literal(1), z.null()]),
  text: z.string(),
});
const descriptionName = 'dataset.json';
/** Folders that a killed process left half-written are removed after so long. */
const abandonedAfterMs = 6 * 3_600_000;

/**
 * Writes a folder beside its place and renames it, so that a half-written one is never seen.
 *
 * @returns false where another caller was quicker: its folder stays
 */
export async function writePrepared(
  folder: string,
  about: Pick<PreparedDescription, 'name' | 'recipe' | 'source'>,
  dataset: AssembledDataset,
): Promise<boolean> {
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  const partial = join(parent, `.${about.name}.${randomUUID()}.partial`);
  await mkdir(partial);
  await removeAbandoned(parent, (await stat(partial)).mtimeMs);
  try {
    const { fingerprint, duplicatesRemoved } = dataset;
    const description: PreparedDescription = {
      ...about,
      fingerprint,
      duplicatesRemoved,
      counts: mapSplits((split) => dataset.splits[split].length),
      files: {
        train: await writeSplit(partial, 'train', dataset.splits.train),
        validation: await writeSplit(partial, 'validation', dataset.splits.validation),
        test: await writeSplit(partial, 'test', dataset.splits.test),
        unlabelled: await writeSplit(partial, 'unlabelled', dataset.splits.unlabelled),
      },
    };
    await writeFile(join(partial, descriptionName), `${JSON.stringify(description, null, 2)}\n`);
    await rename(partial, folder);
    return true;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // EPERM is what Windows says to a taken name.
    const maybeTaken = ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(errorDetails(error).code ?? '');
    if (!maybeTaken || !(await exists(folder))) throw error;
    return false;
  }
}

/** @returns null where there is no prepared folder; @throws DistilleryError INVALID_DATASET where its description is unreadable */
export async function readDescription(folder: string): Promise<PreparedDescription | null> {
  const path = join(folder, descriptionName);
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (cause) {
    if (!(await exists(folder))) return null;
    throw corrupt(folder, `${descriptionName} cannot be read (${errorDetails(cause).message})`);
  }
  try {
    return descriptionFile.parse(JSON.parse(content));
  } catch {
    throw corrupt(folder, `${descriptionName} is not as it was written`);
  }
}

/**
 * Checks every file against its checksum (about a second for 130 MB).
 *
 * @throws DistilleryError INVALID_DATASET naming the file that is missing or changed
 */
export async function openPrepared(folder: string, description: PreparedDescription): Promise<Dataset> {
  for (const split of splits) {
    const { bytes, sha256 } = description.files[split];
    const content = await readSplit(folder, split);
    if (content.length !== bytes)
      throw corrupt(folder, `${split}.jsonl has ${content.length} bytes, expected ${bytes}`);
    if (createHash('sha256').update(content).digest('hex') !== sha256) {
      throw corrupt(folder, `${split}.jsonl does not have the sha256 ${sha256} that it was written with`);
    }
  }
  const { name, fingerprint, source, counts, duplicatesRemoved } = description;
  return {
    name,
    fingerprint,
    source,
    counts,
    duplicatesRemoved,
    reviews: async (split) => parseLines(folder, split, await readSplit(folder, split), counts[split]),
  };
}

async function writeSplit(
  folder: string,
  split: Split,
  reviews: readonly Review[],
): Promise<z.infer<typeof fileRecord>> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(splitFile(folder, split), 'wx');
  try {
    for (let start = 0; start < reviews.length; start += 1000) {
      const lines = reviews
        .slice(start, start + 1000)
        .map(({ id, label, text }) => `${JSON.stringify({ id, label, text })}\n`);
      const chunk = Buffer.from(lines.join(''));
      hash.update(chunk);
      bytes += chunk.length;
      await file.write(chunk);
    }
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

export const splitFile = (folder: string, split: Split): string => join(folder, `${split}.jsonl`);

async function readSplit(folder: string, split: Split): Promise<Buffer> {
  try {
    return await readFile(splitFile(folder, split));
  } catch (cause) {
    throw corrupt(folder, `${split}.jsonl cannot be read (${errorDetails(cause).message})`);
  }
}

function parseLines(folder: string, split: Split, content: Buffer, count: number): Review[] {
  const reviews: Review[] = [];
  for (let start = 0; start < content.length;) {
    const newline = content.indexOf(10, start);
    const end = newline < 0 ? content.length : newline;
    const parsed = reviewLine.safeParse(JSON.parse(content.toString('utf8', start, end)));
    if (!parsed.success)
      throw corrupt(folder, `line ${reviews.length + 1} of ${split}.jsonl is not a review`);
    reviews.push(parsed.data);
    start = end + 1;
  }
  if (reviews.length !== count)
    throw corrupt(folder, `${split}.jsonl has ${reviews.length} reviews, expected ${count}`);
  return reviews;
}

/** @param now by the clock of the file system: that of this machine may be another */
async function removeAbandoned(parent: string, now: number): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.endsWith('.partial')) continue;
    const path = join(parent, entry);
    const age = await stat(path).then(
      ({ mtimeMs }) => now - mtimeMs,
      () => 0, // its owner has just renamed it
    );
    if (age > abandonedAfterMs) await rm(path, { recursive: true, force: true });
  }
}

/** The error of a folder that is not as it was written. */
export function corrupt(folder: string, what: string): DistilleryError {
  return new DistilleryError('INVALID_DATASET', `The prepared dataset ${folder} is damaged: ${what}.`, {
    folder,
  });
}
