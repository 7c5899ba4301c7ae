/** Measures the models of a survey: their answers to the test reviews, and how long one review takes each. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { agreement } from '../evaluation/comparison.ts';
import { discordant } from '../evaluation/intervals.ts';
import type { LabelledReview } from '../evaluation/labelledReviews.ts';
import type { LatencySummary } from '../evaluation/latency.ts';
import { graphBytes } from '../evaluation/loadedModel.ts';
import type { UsedModel } from '../evaluation/loadedModel.ts';
import { measureLatency, withModel } from '../evaluation/measure.ts';
import { classificationMetrics, predictedClasses } from '../evaluation/metrics.ts';
import { modelLogits } from '../evaluation/modelLogits.ts';
import type { ArtefactStore } from '../artefacts/store.ts';
import { modelFiles } from '../models/card.ts';
import { Random } from '../nn/random.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';
import type { Report } from '../progress/progress.ts';
import type { ModelResult } from './report.ts';
import { referenceOf } from '../names.ts';

export interface SurveyContext {
  store: ArtefactStore;
  /** Of the session of each model. */
  threads: number;
  report: Report;
  signal: AbortSignal;
}

export interface MeasuredModel {
  result: ModelResult;
  /** float32 [reviews, 2] */
  logits: Float32Array;
  /** Its answer to each review, and whether that is right. */
  classes: Uint8Array;
  right: Uint8Array;
}

/** Draws the timed reviews: the same for every survey, so that latencies of different ones compare. */
const latencySeed = 1;

/**
 * Answers of all models first, then speed of all models, one model in memory at a time.
 * @param models the teacher first
 * @param reviews all test reviews of the dataset, in its order
 * @param latencyReviews how many of them are timed
 * @throws DistilleryError INVALID_CHECKPOINT for a model that can't be read, CANCELLED soon after the signal is aborted
 */
export async function measureModels(
  models: readonly UsedModel[],
  dataset: Dataset,
  reviews: readonly LabelledReview[],
  latencyReviews: number,
  context: SurveyContext,
): Promise<MeasuredModel[]> {
  const files = await Promise.all(models.map(graphBytes));
  const logits = await answersOf(models, dataset, reviews, context);
  const timed = new Random(latencySeed).shuffle([...reviews]).slice(0, latencyReviews);
  const latencies = await latenciesOf(
    models,
    timed.map(({ text }) => text),
    context,
  );

  const labels = reviews.map(({ label }) => label);
  const answers = logits.map((own) => {
    const classes = predictedClasses(own);
    return { classes, right: classes.map((answer, review) => Number(answer === labels[review])) };
  });
  const teacher = answers[0]!;
  const measured: MeasuredModel[] = [];
  for (const [place, { folder, card }] of models.entries()) {
    const { classes, right } = answers[place]!;
    const { onlyFirst, onlySecond } = discordant(teacher.right, right);
    const graph = await readFile(join(folder, modelFiles.graph));
    const result: ModelResult = {
      model: referenceOf(card),
      architecture: card.architecture,
      method: card.method,
      parameters: card.parameters,
      fileBytes: files[place]!,
      sha256: createHash('sha256').update(graph).digest('hex'),
      metrics: classificationMetrics(logits[place]!, labels),
      latency: latencies[place]!,
      teacher: {
        agreement: agreement(classes, teacher.classes),
        onlyTeacherRight: onlyFirst,
        onlyModelRight: onlySecond,
      },
    };
    measured.push({ result, logits: logits[place]!, classes, right });
  }
  return measured;
}

/** @returns of each model float32 [reviews, 2] */
async function answersOf(
  models: readonly UsedModel[],
  dataset: Dataset,
  reviews: readonly LabelledReview[],
  { store, threads, report, signal }: SurveyContext,
): Promise<Float32Array[]> {
  const reporter = new PhaseReporter(report, 'evaluating', models.length * reviews.length);
  const onProgress = (done: number) => void reporter.advance(done);
  // Tens of thousands of reviews would be read from disk and parsed anew for each model
  const inMemory: Dataset = { ...dataset, reviews: () => Promise.resolve(reviews) };
  const all = reviews.map((_, index) => index);
  const logits: Float32Array[] = [];
  for (const [place, model] of models.entries()) {
    reporter.begin(titleOf(model, place, models));
    const options = { store, model, dataset: inMemory, threads, onProgress, signal };
    logits.push(Float32Array.from((await modelLogits(options, 'test', all)).flat()));
  }
  return logits;
}

async function latenciesOf(
  models: readonly UsedModel[],
  texts: readonly string[],
  { threads, report, signal }: SurveyContext,
): Promise<LatencySummary[]> {
  const reporter = new PhaseReporter(report, 'measuring-latency', models.length * texts.length);
  const onProgress = (done: number) => void reporter.advance(done);
  const latencies: LatencySummary[] = [];
  for (const [place, model] of models.entries()) {
    reporter.begin(titleOf(model, place, models));
    const { maxTokens } = model.card;
    latencies.push(
      await withModel(model.folder, threads, (loaded) =>
        measureLatency(loaded, texts, { maxTokens, onProgress, signal }),
      ),
    );
  }
  return latencies;
}

function titleOf({ card }: UsedModel, place: number, models: readonly UsedModel[]): string {
  return `${referenceOf(card)}, model ${place + 1} of ${models.length}`;
}
