/** A teacher's logits for a dataset: computed once, kept, and shared by every student of that teacher. */
import type { Report } from '../progress/progress.ts';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, Split } from '../data/dataset.ts';
import { loadModel } from '../evaluation/loadedModel.ts';
import { predictAll } from '../evaluation/predict.ts';
import { modelFiles } from '../models/card.ts';
import type { UsedModel } from './messages.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';

export interface TeacherLogitsOptions {
  dataDirectory: string;
  teacher: UsedModel;
  dataset: Dataset;
  threads: number;
  report: Report;
  signal: AbortSignal;
}

/** What is computed between two writes: as much as a killed run may lose. */
const reviewsPerWrite = 1024;
const batchSize = 32;

/**
 * @param wanted indices of reviews of the split
 * @returns the teacher's logits for each wanted review, in that order
 */
export async function teacherLogits(
  { dataDirectory, teacher, dataset, threads, report, signal }: TeacherLogitsOptions,
  split: Split,
  wanted: readonly number[],
): Promise<[number, number][]> {
  const name = await logitsFile(teacher, dataset, split);
  const file = join(dataDirectory, name);
  const reviews = await dataset.reviews(split);
  const logits =
    (await read(file, reviews.length)) ??
    (await read(join(teacher.folder, name), reviews.length)) ??
    new Float32Array(2 * reviews.length).fill(NaN);

  const missing = wanted.filter((index) => Number.isNaN(logits[2 * index]));
  if (missing.length > 0) {
    const reporter = new PhaseReporter(report, 'teacher-logits', missing.length);
    const model = await loadModel(teacher.folder, threads);
    try {
      for (let start = 0; start < missing.length; start += reviewsPerWrite) {
        const indices = missing.slice(start, start + reviewsPerWrite);
        const answers = await predictAll(
          model.predictor,
          model.tokenizer,
          indices.map((i) => reviews[i]!.text),
          {
            maxTokens: teacher.card.maxTokens,
            batchSize,
            signal,
            onProgress: (done) => void reporter.advance(start + done),
          },
        );
        indices.forEach((index, i) => logits.set(answers.subarray(2 * i, 2 * i + 2), 2 * index));
        await write(file, logits);
      }
    } finally {
      await model.predictor.dispose();
    }
  }
  return wanted.map((index) => [logits[2 * index]!, logits[2 * index + 1]!]);
}

/**
 * Where a teacher's logits for a split are, relative to the data directory, or to the folder of a released teacher,
 * whose logits come with it. Another graph, another dataset or another length of input has another file.
 */
export async function logitsFile(
  { folder, card }: UsedModel,
  { fingerprint }: Pick<Dataset, 'fingerprint'>,
  split: Split,
): Promise<string> {
  const key = createHash('sha256').update(await readFile(join(folder, modelFiles.graph)));
  key.update(`${card.maxTokens} ${fingerprint} ${split}`);
  return join('logits', `${key.digest('hex').slice(0, 32)}.f32`);
}

/** float32 [reviews, 2]; NaN where none is known yet. Null where there is no such file. */
async function read(file: string, reviews: number): Promise<Float32Array | null> {
  const bytes = await readFile(file).catch(() => null);
  if (bytes?.byteLength !== 8 * reviews) return null;
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Another run may have written meanwhile: what it knows is kept too. */
async function write(file: string, logits: Float32Array): Promise<void> {
  const onDisk = await read(file, logits.length / 2);
  onDisk?.forEach((value, i) => {
    if (Number.isNaN(logits[i])) logits[i] = value;
  });
  await mkdir(join(file, '..'), { recursive: true });
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, new Uint8Array(logits.buffer));
  await rename(aside, file);
}
