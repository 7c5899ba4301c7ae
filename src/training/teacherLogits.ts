/** A teacher's logits for a dataset: computed once, kept, and shared by every student of that teacher. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Dataset, Review, Split } from '../data/dataset.ts';
import { withModel } from '../evaluation/measure.ts';
import { predictAll } from '../evaluation/predict.ts';
import { modelFiles } from '../models/card.ts';
import { lockFile } from '../files.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';
import { progressOf, type Report } from '../progress/progress.ts';
import type { UsedModel } from './messages.ts';

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
 * Runs that want the same teacher's logits take turns: the first computes them, and the others read what it wrote.
 * @param wanted indices of reviews of the split
 * @returns the teacher's logits for each wanted review, in that order
 */
export async function teacherLogits(
  options: TeacherLogitsOptions,
  split: Split,
  wanted: readonly number[],
): Promise<[number, number][]> {
  const { dataDirectory, teacher, dataset, report, signal } = options;
  const name = await logitsFile(teacher, dataset, split);
  const file = join(dataDirectory, name);
  const reviews = await dataset.reviews(split);
  const known = async () =>
    (await read(file, reviews.length)) ??
    (await read(join(teacher.folder, name), reviews.length)) ??
    new Float32Array(2 * reviews.length).fill(NaN);
  const isMissing = (logits: Float32Array) => (index: number) => Number.isNaN(logits[2 * index]);

  let logits = await known();
  if (wanted.some(isMissing(logits))) {
    report(progressOf('teacher-logits'));
    await mkdir(dirname(file), { recursive: true });
    const release = await lockFile(file, signal);
    try {
      logits = await known();
      await compute(options, logits, wanted.filter(isMissing(logits)), reviews, file);
    } finally {
      await release();
    }
  }
  return wanted.map((index) => [logits[2 * index]!, logits[2 * index + 1]!]);
}

/** Fills in the logits of the missing reviews, and writes them to the file now and then. */
async function compute(
  { teacher, threads, report, signal }: TeacherLogitsOptions,
  logits: Float32Array,
  missing: readonly number[],
  reviews: readonly Review[],
  file: string,
): Promise<void> {
  if (missing.length === 0) return;
  const reporter = new PhaseReporter(report, 'teacher-logits', missing.length);
  await withModel(teacher.folder, threads, async ({ predictor, tokenizer }) => {
    for (let start = 0; start < missing.length; start += reviewsPerWrite) {
      const indices = missing.slice(start, start + reviewsPerWrite);
      const texts = indices.map((i) => reviews[i]!.text);
      const answers = await predictAll(predictor, tokenizer, texts, {
        maxTokens: teacher.card.maxTokens,
        batchSize,
        signal,
        onProgress: (done) => void reporter.advance(start + done),
      });
      indices.forEach((index, i) => logits.set(answers.subarray(2 * i, 2 * i + 2), 2 * index));
      await write(file, logits);
    }
  });
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

async function write(file: string, logits: Float32Array): Promise<void> {
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, new Uint8Array(logits.buffer));
  await rename(aside, file);
}
