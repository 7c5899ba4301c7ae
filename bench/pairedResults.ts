/** What distillation changes: accuracy of pairs of students on the same test reviews, over several seeds. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../src/data/dataset.ts';
import { meanInterval, type Interval } from '../src/evaluation/intervals.ts';
import { isLabelled } from '../src/evaluation/labelledReviews.ts';
import { measureAnswers, withModel } from '../src/evaluation/measure.ts';
import { predictedClasses } from '../src/evaluation/metrics.ts';
import { readCard } from '../src/models/modelFolder.ts';

export interface PairResult extends Interval {
  architecture: string;
  seed: number;
  scratch: number;
  distilled: number;
  /** Distilled minus scratch, with its 95 % interval over reviews like these. */
  difference: number;
}

export interface SizeResult {
  architecture: string;
  seeds: number;
  scratch: number;
  distilled: number;
  /** Mean over seeds of the paired differences, with Student's t interval. */
  difference: number;
  low: number;
  high: number;
}

/** One line a size. */
export function bySize(pairs: readonly PairResult[]): SizeResult[] {
  return [...new Set(pairs.map(({ architecture }) => architecture))].map((architecture) => {
    const ofSize = pairs.filter((pair) => pair.architecture === architecture);
    const { mean, low, high } = meanInterval(ofSize.map(({ difference }) => difference));
    const average = (value: (pair: PairResult) => number) =>
      ofSize.reduce((sum, pair) => sum + value(pair), 0) / ofSize.length;
    return {
      architecture,
      seeds: ofSize.length,
      scratch: average(({ scratch }) => scratch),
      distilled: average(({ distilled }) => distilled),
      difference: mean,
      low,
      high,
    };
  });
}

/** Which test reviews a model gets right: 1 or 0 for each. Kept in `<cache>/<name>@<version>.u8`. */
export async function rightAnswers(
  folder: string,
  dataset: Dataset,
  cache: string,
  threads: number,
): Promise<Uint8Array> {
  const { name, version, maxTokens } = await readCard(folder);
  const file = join(cache, `${name}@${version}.u8`);
  const kept = await readFile(file).catch(() => null);
  if (kept) return new Uint8Array(kept);

  const reviews = (await dataset.reviews('test')).filter(isLabelled);
  const { logits } = await withModel(folder, threads, (model) =>
    measureAnswers(model, reviews, {
      maxTokens,
      batchSize: 64,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    }),
  );
  const right = predictedClasses(logits).map((answer, i) => Number(answer === reviews[i]!.label));
  await mkdir(cache, { recursive: true });
  await writeFile(`${file}.tmp`, right);
  await rename(`${file}.tmp`, file);
  return right;
}

export function accuracyOf(right: Uint8Array): number {
  return right.reduce((sum, one) => sum + one, 0) / right.length;
}
