/** Accuracy beside latency for any set of models: the same reviews, the same machine, one report. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, Split } from '../data/dataset.ts';
import { DistilleryError } from '../errors.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';
import { progressOf } from '../progress/progress.ts';
import type { Report } from '../progress/progress.ts';
import { modelFiles } from '../models/card.ts';
import type { ClassificationMetrics, ModelCard } from '../models/card.ts';
import { Random } from '../nn/random.ts';
import type { BenchmarkConfig } from '../training/config.ts';
import { compareModels, type ModelAnswers, type ModelComparison } from './comparison.ts';
import type { LatencySummary } from './latency.ts';
import type { UsedModel } from './loadedModel.ts';
import { describeMachine } from './machine.ts';
import { isLabelled, measureAnswers, measureSpeed, withModel } from './measure.ts';
import type { LabelledReview } from './measure.ts';
import { predictedClasses } from './metrics.ts';

export interface BenchmarkEntry {
  model: string;
  version: number;
  architecture: string;
  method: ModelCard['method'];
  parameters: number;
  /** Size of `model.onnx`. */
  fileBytes: number;
  metrics: ClassificationMetrics;
  /** One review at a time, tokenising included. */
  latency: LatencySummary;
  /** In batches, tokenising included. */
  reviewsPerSecond: number;
}

export interface BenchmarkReport {
  dataset: string;
  split: string;
  /** Reviews that the metrics were measured on. */
  reviews: number;
  machine: string;
  threads: number;
  entries: BenchmarkEntry[];
  /** Each model against each one before it. */
  comparisons: ModelComparison[];
}

export interface BenchmarkInput {
  models: UsedModel[];
  dataset: Dataset;
  config: BenchmarkConfig;
  /** Threads of a session, where the configuration gives none. */
  threads: number;
  report: Report;
  signal: AbortSignal;
}

/**
 * Measures accuracy of all models first, then speed of all models, one model in memory at a time. Every model gets
 * the same reviews in the same order: those that are timed are drawn from the split by the configuration's seed.
 * @throws DistilleryError BAD_USER_INPUT for a split without reviews, INVALID_DATASET for a split with one class or
 *   without labels, INVALID_CHECKPOINT for a model that can't be read, CANCELLED soon after `signal` is aborted
 */
export async function benchmark(input: BenchmarkInput): Promise<BenchmarkReport> {
  const { dataset, config, signal } = input;
  const threads = config.threads ?? input.threads;
  input.report(progressOf('loading-data', { message: `${config.split} reviews of ${dataset.name}` }));
  const reviews = await labelledReviews(dataset, config.split);
  const shuffled = new Random(config.seed).shuffle([...reviews]);
  const measured = config.reviews === null ? reviews : shuffled.slice(0, config.reviews);
  const timed = shuffled.slice(0, config.latencyReviews).map(({ text }) => text);

  const models = await Promise.all(
    input.models.map(async ({ folder, card }, index) => ({
      folder,
      card,
      fileBytes: await graphBytes({ folder, card }),
      title: `${card.name}@${card.version}, model ${index + 1} of ${input.models.length}`,
    })),
  );

  const accuracy = new PhaseReporter(input.report, 'evaluating', models.length * measured.length);
  const metrics: ClassificationMetrics[] = [];
  const given: ModelAnswers[] = [];
  for (const { folder, card, title } of models) {
    accuracy.begin(title);
    const answers = await withModel(folder, threads, (model) =>
      measureAnswers(model, measured, {
        maxTokens: card.maxTokens,
        batchSize: config.batchSize,
        onProgress: (done) => void accuracy.advance(done),
        signal,
      }),
    );
    metrics.push(answers.metrics);
    given.push({ model: `${card.name}@${card.version}`, classes: predictedClasses(answers.logits) });
  }

  const speed = new PhaseReporter(input.report, 'measuring-latency', models.length * 2 * timed.length);
  const entries: BenchmarkEntry[] = [];
  for (const [index, { folder, card, fileBytes, title }] of models.entries()) {
    speed.begin(title);
    const { latency, reviewsPerSecond } = await withModel(folder, threads, (model) =>
      measureSpeed(model, timed, {
        maxTokens: card.maxTokens,
        batchSize: config.batchSize,
        onProgress: (done) => void speed.advance(done),
        signal,
      }),
    );
    entries.push({
      model: card.name,
      version: card.version,
      architecture: card.architecture,
      method: card.method,
      parameters: card.parameters,
      fileBytes,
      metrics: metrics[index]!,
      latency,
      reviewsPerSecond,
    });
  }
  return {
    dataset: dataset.name,
    split: config.split,
    reviews: measured.length,
    machine: describeMachine(),
    threads,
    entries,
    comparisons: compareModels(
      given,
      measured.map(({ label }) => label),
    ),
  };
}

/**
 * All reviews of a split, in its order.
 * @throws DistilleryError BAD_USER_INPUT for a split without reviews, INVALID_DATASET for one with a single class or
 *   without labels
 */
export async function labelledReviews(dataset: Dataset, split: Split): Promise<readonly LabelledReview[]> {
  if (!dataset.counts[split]) {
    const filled = Object.entries(dataset.counts).flatMap(([name, count]) => (count > 0 ? [name] : []));
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `The dataset ${dataset.name} has no reviews in its ${split} split; it has some in: ${filled.join(', ')}.`,
      { dataset: dataset.name, split, expected: filled },
    );
  }
  const reviews = await dataset.reviews(split);
  const labelled = reviews.filter(isLabelled);
  const positive = labelled.filter(({ label }) => label === 1).length;
  if (labelled.length < reviews.length || positive === 0 || positive === labelled.length) {
    const found = `${labelled.length - positive} negative, ${positive} positive and ${reviews.length - labelled.length} unlabelled`;
    throw new DistilleryError(
      'INVALID_DATASET',
      `The ${split} split of ${dataset.name} has ${found} reviews; expected labelled reviews of both classes.`,
      { dataset: dataset.name, split, negative: labelled.length - positive, positive },
    );
  }
  return labelled;
}

/**
 * The size of `model.onnx`. Also tells a missing file before any model has been measured for an hour.
 * @throws DistilleryError INVALID_CHECKPOINT
 */
export async function graphBytes({ folder, card: { name, version } }: UsedModel): Promise<number> {
  try {
    return (await stat(join(folder, modelFiles.graph))).size;
  } catch (cause) {
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `The model ${name}@${version} has no readable ${modelFiles.graph} in ${folder}. Restore the file, or train the model again.`,
      { model: name, version, file: modelFiles.graph },
      { cause },
    );
  }
}
