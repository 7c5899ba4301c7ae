/** A model's logits for a split of a dataset: computed once, kept, and shared by every run that wants them. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArtefactStore } from '../artefacts/store.ts';
import type { Dataset, Review, Split } from '../data/dataset.ts';
import { lockFile, writeWhole } from '../files.ts';
import { modelFiles, type ModelCard } from '../models/card.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';
import { progressOf, type Report } from '../progress/progress.ts';
import type { UsedModel } from './loadedModel.ts';
import { withModel } from './measure.ts';
import { predictAll } from './predict.ts';

/** As much of a model as it takes: it need not be published yet. */
type Readable = Pick<UsedModel, 'folder'> & { card: Pick<ModelCard, 'maxTokens'> };

export interface ModelLogitsOptions {
  store: ArtefactStore;
  model: Readable;
  dataset: Dataset;
  threads: number;
  /** Hears of the phase `teacher-logits`, over the reviews that are not kept yet. */
  report?: Report;
  /** Hears how many of the wanted reviews have their logits. */
  onProgress?: (done: number) => void;
  signal: AbortSignal;
}

/** In the data directory, and in the folder of a released teacher. */
const folderName = 'logits';
/** What is computed between two writes: as much as a killed run may lose. */
const reviewsPerWrite = 1024;
/**
 * Each review by itself. Among others its logits would depend on these in their last bits, so that a student's weights
 * depended on which runs had asked the same teacher before. A teacher is as fast this way.
 */
const batchSize = 1;

/**
 * Runs that want the same model's logits take turns: the first computes them, and the others read what it wrote.
 * @param wanted indices of reviews of the split
 * @returns the model's logits for each wanted review, in that order
 * @throws DistilleryError INVALID_CHECKPOINT for a model that can't run, CANCELLED soon after `signal` is aborted
 */
export async function modelLogits(
  options: ModelLogitsOptions,
  split: Split,
  wanted: readonly number[],
): Promise<[number, number][]> {
  const { store, model, dataset, report, onProgress, signal } = options;
  const name = await logitsFile(model, dataset, split);
  const file = join(store.dataDirectory, name);
  const reviews = await dataset.reviews(split);
  const known = async () =>
    (await read(file, reviews.length)) ??
    (await read(join(model.folder, name), reviews.length)) ??
    new Float32Array(2 * reviews.length).fill(NaN);
  const isMissing = (logits: Float32Array) => (index: number) => Number.isNaN(logits[2 * index]);

  let logits = await known();
  if (wanted.some(isMissing(logits))) {
    report?.(progressOf('teacher-logits'));
    await mkdir(dirname(file), { recursive: true });
    const release = await lockFile(file, signal);
    try {
      logits = await known();
      // Another machine may have more of them, or others
      if (wanted.some(isMissing(logits)) && (await store.pull(name))) logits = merged(logits, await known());
      const missing = wanted.filter(isMissing(logits));
      await compute(options, logits, missing, wanted.length - missing.length, reviews, file);
      if (missing.length > 0) await store.push(name);
    } finally {
      await release();
    }
  } else onProgress?.(wanted.length);
  const now = new Date();
  // By this it is known which were not used for longest; a released teacher's own have no such file.
  await utimes(file, now, now).catch(() => undefined);
  return wanted.map((index) => [logits[2 * index]!, logits[2 * index + 1]!]);
}

/** Fills in the logits of the missing reviews, and writes them to the file now and then. */
async function compute(
  { model, threads, report, onProgress, signal }: ModelLogitsOptions,
  logits: Float32Array,
  missing: readonly number[],
  kept: number,
  reviews: readonly Review[],
  file: string,
): Promise<void> {
  onProgress?.(kept);
  if (missing.length === 0) return;
  const reporter = report && new PhaseReporter(report, 'teacher-logits', missing.length);
  await withModel(model.folder, threads, async ({ predictor, tokenizer }) => {
    for (let start = 0; start < missing.length; start += reviewsPerWrite) {
      const indices = missing.slice(start, start + reviewsPerWrite);
      const texts = indices.map((i) => reviews[i]!.text);
      const answers = await predictAll(predictor, tokenizer, texts, {
        maxTokens: model.card.maxTokens,
        batchSize,
        signal,
        onProgress: (done) => {
          reporter?.advance(start + done);
          onProgress?.(kept + start + done);
        },
      });
      indices.forEach((index, i) => logits.set(answers.subarray(2 * i, 2 * i + 2), 2 * index));
      await write(file, logits);
    }
  });
}

/**
 * Where a model's logits for a split are, relative to the data directory, or to the folder of a released teacher,
 * whose logits come with it. Another graph, another dataset or another length of input has another file.
 */
export async function logitsFile(
  { folder, card }: Readable,
  { fingerprint }: Pick<Dataset, 'fingerprint'>,
  split: Split,
): Promise<string> {
  const key = createHash('sha256').update(await readFile(join(folder, modelFiles.graph)));
  key.update(`${card.maxTokens} ${fingerprint} ${split}`);
  return `${folderName}/${key.digest('hex').slice(0, 32)}.f32`;
}

/** float32 [reviews, 2]; NaN where none is known yet. Null where there is no such file. */
async function read(file: string, reviews: number): Promise<Float32Array | null> {
  const bytes = await readFile(file).catch(() => null);
  if (bytes?.byteLength !== 8 * reviews) return null;
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

const write = (file: string, logits: Float32Array) => writeWhole(file, new Uint8Array(logits.buffer));

function merged(some: Float32Array, others: Float32Array): Float32Array {
  return others.map((logit, place) => (Number.isNaN(logit) ? some[place]! : logit));
}

/**
 * Removes the files that were not used for longest, until the rest fits. Who wants them again computes them again.
 * @param room in bytes
 * @returns the names of those that are gone
 */
export async function trimLogits(dataDirectory: string, room: number): Promise<string[]> {
  const folder = join(dataDirectory, folderName);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.f32'));
  const files = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(folder, name)).catch(() => null); // another process was quicker
      return { name, bytes: found?.size ?? 0, usedAt: found?.mtimeMs ?? 0 };
    }),
  );
  let kept = 0;
  const tooMany = files
    .sort((a, b) => b.usedAt - a.usedAt)
    .filter(({ bytes }) => (kept += bytes) > room)
    .map(({ name }) => name);
  for (const name of tooMany) await rm(join(folder, name), { force: true });
  return tooMany;
}
