/** Downloads a BERT or DistilBERT checkpoint from the Hugging Face hub, pinned to one commit, every file checked. */
import { createHash } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { downloadFile, follow } from '../../data/download.ts';
import { DistilleryError } from '../../errors.ts';
import { readEncoderConfig } from './huggingFace.ts';

export interface HubName {
  readonly owner: string;
  readonly name: string;
  /** A branch, tag or commit. */
  readonly revision: string;
}

export interface HubOptions {
  /** The hub's base address, without a slash at the end. */
  readonly hub: string;
  /** Where it and its redirects may lie, `*.` in front for every name below. */
  readonly hosts: readonly string[];
  readonly onProgress?: (message: string, done: number, total: number | null) => void;
  readonly signal?: AbortSignal;
}

/**
 * What a checkpoint is read from, in the order of its download; pooling and the tokenizer's settings are taken along
 * where they exist.
 */
const wanted = [
  'config.json',
  'vocab.txt',
  'tokenizer.json',
  'tokenizer_config.json',
  '1_Pooling/config.json',
  'model.safetensors',
];

/** Far beyond every BERT, of which the largest has 1.4 GB of weights, and the largest tokenizer.json 20 MB. */
const largestWeights = 8e9;
const largestOther = 100e6;

/** Time for the hub to describe a model; downloads themselves take as long as they need. */
const answerTimeoutMs = 30_000;

const description = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.number().int().min(0).optional(),
      /** Git's object id of a file that is not in LFS. */
      blobId: z.string().optional(),
      lfs: z
        .object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), size: z.number().int().min(0).optional() })
        .nullish(),
    }),
  ),
  cardData: z.object({ license: z.unknown().optional() }).nullish(),
});

type HubFile = z.infer<typeof description>['siblings'][number];

/**
 * Downloads into a folder beside `target` and renames it when every file is there and checked. A broken download
 * goes on where it stopped at the next call, as long as the hub's commit is the same.
 *
 * @throws DistilleryError NOT_FOUND where the hub has no such model, BAD_USER_INPUT where it is not on one of `hosts`, or leads elsewhere; INVALID_CHECKPOINT where it lacks a needed file or
 *   its checksum, or has one too large, or is no BERT; CORRUPT_ARCHIVE where a file's checksum differs, UNAVAILABLE where the hub cannot be reached, CANCELLED after `signal`
 */
export async function downloadCheckpoint(model: HubName, target: string, options: HubOptions): Promise<void> {
  const { owner, name } = model;
  const { sha, siblings, cardData } = await describeModel(model, options);
  const files = wanted.flatMap((file) => siblings.find(({ rfilename }) => rfilename === file) ?? []);
  checkComplete(model, files);
  for (const file of files) checkFile(model, file);

  const aside = join(dirname(target), `.${owner}--${name}.${sha.slice(0, 12)}.partial`);
  const sizes = files.map(sizeOf);
  const total = sizes.every((bytes) => bytes !== undefined)
    ? sizes.reduce((sum, bytes) => sum + bytes, 0)
    : null;
  let before = 0;
  for (const file of files) {
    const path = join(aside, file.rfilename);
    const url = `${options.hub}/${owner}/${name}/resolve/${sha}/${file.rfilename}`;
    await fetchFile(url, path, file, options, (done) =>
      options.onProgress?.(`${owner}/${name}: ${file.rfilename}`, before + done, total),
    );
    before += (await stat(path)).size;
    // The weights, hundreds of megabytes, come last: what can't be read is told before them.
    if (file.rfilename === 'config.json') await readEncoderConfig(aside);
  }
  const licence = typeof cardData?.license === 'string' ? cardData.license : null;
  const origin = { origin: `${options.hub}/${owner}/${name} at commit ${sha}`, licence };
  await writeFile(join(aside, 'origin.json'), `${JSON.stringify(origin, null, 2)}\n`);
  await rename(aside, target);
}

async function describeModel(
  { owner, name, revision }: HubName,
  options: HubOptions,
): Promise<z.infer<typeof description>> {
  const address = `${options.hub}/api/models/${owner}/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  let response: Response;
  let body: unknown;
  try {
    const timeout = AbortSignal.timeout(answerTimeoutMs);
    response = await follow(address, {
      hosts: options.hosts,
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    });
    body = response.ok ? await response.json() : null;
  } catch (cause) {
    if (options.signal?.aborted) throw cancelled(cause);
    if (cause instanceof DistilleryError) throw cause;
    throw new DistilleryError(
      'UNAVAILABLE',
      `The hub at ${options.hub} cannot be reached.`,
      { hub: options.hub },
      { cause },
    );
  }
  // The hub answers 401 for a name that does not exist, since it could be a private model.
  if ([401, 403, 404].includes(response.status)) {
    throw new DistilleryError(
      'NOT_FOUND',
      `The hub has no public model ${owner}/${name} with revision ${revision}.`,
      {
        hub: options.hub,
        status: response.status,
      },
    );
  }
  const parsed = description.safeParse(body);
  if (response.ok && parsed.success) return parsed.data;
  throw new DistilleryError(
    'UNAVAILABLE',
    `The hub at ${options.hub} gave an unexpected answer (status ${response.status}) for ${owner}/${name}.`,
    {
      hub: options.hub,
      status: response.status,
    },
  );
}

function checkComplete({ owner, name }: HubName, files: readonly HubFile[]): void {
  const names = new Set(files.map(({ rfilename }) => rfilename));
  const missing = ['config.json', 'model.safetensors'].filter((file) => !names.has(file));
  if (!names.has('vocab.txt') && !names.has('tokenizer.json')) missing.push('vocab.txt or tokenizer.json');
  if (missing.length === 0) return;
  throw new DistilleryError(
    'INVALID_CHECKPOINT',
    `${owner}/${name} on the hub lacks ${missing.join(', ')}; a BERT or DistilBERT checkpoint with safetensors weights is needed.`,
    {
      missing,
    },
  );
}

/** Bytes that nothing vouches for, and files of any size, are not taken. */
function checkFile({ owner, name }: HubName, file: HubFile): void {
  const { rfilename, lfs, blobId } = file;
  if (!lfs && blobId === undefined) {
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `The hub gives no checksum for ${rfilename} of ${owner}/${name}; such a file is not taken.`,
      { file: rfilename },
    );
  }
  const bytes = sizeOf(file) ?? 0;
  const limit = largestOf(rfilename);
  if (bytes <= limit) return;
  throw new DistilleryError(
    'INVALID_CHECKPOINT',
    `${rfilename} of ${owner}/${name} has ${bytes} bytes; expected ${limit} at most.`,
    { file: rfilename, bytes, limit },
  );
}

function sizeOf({ lfs, size }: HubFile): number | undefined {
  return lfs?.size ?? size;
}

function largestOf(file: string): number {
  return file === 'model.safetensors' ? largestWeights : largestOther;
}

async function fetchFile(
  url: string,
  path: string,
  file: HubFile,
  { signal, hosts }: HubOptions,
  onProgress: (done: number) => void,
): Promise<void> {
  const { rfilename, lfs, blobId } = file;
  const largestBytes = sizeOf(file) ?? largestOf(rfilename);
  await downloadFile(url, path, { sha256: lfs?.sha256, hosts, largestBytes, onProgress, signal });
  if (lfs || (await gitObjectId(path)) === blobId) return;
  await rm(path);
  throw new DistilleryError(
    'CORRUPT_ARCHIVE',
    `${rfilename} differs from the hub's checksum after its download; it was thrown away: try again.`,
    { url },
  );
}

/** Git's checksum of a small file, the only one that the hub gives for files outside LFS. */
async function gitObjectId(path: string): Promise<string> {
  const content = await readFile(path);
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function cancelled(cause: unknown): DistilleryError {
  return new DistilleryError(
    'CANCELLED',
    'The download of the checkpoint was cancelled; the next one goes on where it stopped.',
    {},
    { cause },
  );
}
