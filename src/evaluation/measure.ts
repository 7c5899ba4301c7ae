/** Measures one opened model: how good its answers are, and how fast they come. */
import { performance } from 'node:perf_hooks';
import type { ClassificationMetrics } from '../models/card.ts';
import { padBatch } from '../text/batch.ts';
import type { LabelledReview } from './labelledReviews.ts';
import { LatencyRecorder } from './latency.ts';
import type { LatencySummary } from './latency.ts';
import { loadModel } from './loadedModel.ts';
import type { LoadedModel } from './loadedModel.ts';
import { classificationMetrics } from './metrics.ts';
import { predictAll, turnUnlessAborted } from './predict.ts';

export interface Measurement {
  maxTokens: number;
  batchSize: number;
  /** Reviews that this model has done. */
  onProgress: (done: number) => void;
  signal: AbortSignal;
}

/** Single reviews that are classified before the clock starts, so that caches and memory pools are filled. */
const warmUpReviews = 20;

/** Opens a model folder for as long as `measure` takes. */
export async function withModel<T>(
  folder: string,
  threads: number,
  measure: (model: LoadedModel) => Promise<T>,
): Promise<T> {
  const model = await loadModel(folder, threads);
  try {
    return await measure(model);
  } finally {
    await model.predictor.dispose();
  }
}

/** @returns the logits, float32 [reviews, 2], and how good they are */
export async function measureAnswers(
  { predictor, tokenizer }: LoadedModel,
  reviews: readonly LabelledReview[],
  options: Measurement,
): Promise<{ logits: Float32Array; metrics: ClassificationMetrics }> {
  const texts = reviews.map(({ text }) => text);
  const logits = await predictAll(predictor, tokenizer, texts, options);
  const labels = reviews.map(({ label }) => label);
  return { logits, metrics: classificationMetrics(logits, labels) };
}

/** One review at a time, tokenising inside the clock. */
export async function measureLatency(
  { predictor, tokenizer }: LoadedModel,
  texts: readonly string[],
  { maxTokens, onProgress, signal }: Omit<Measurement, 'batchSize'>,
): Promise<LatencySummary> {
  const classifyOne = (text: string) => predictor.predict(padBatch([tokenizer.encode(text, maxTokens)]));

  for (const text of texts.slice(0, warmUpReviews)) {
    await turnUnlessAborted(signal);
    await classifyOne(text);
  }
  const latencies = new LatencyRecorder();
  for (const [index, text] of texts.entries()) {
    await turnUnlessAborted(signal);
    const start = performance.now();
    await classifyOne(text);
    latencies.record(performance.now() - start);
    onProgress(index + 1);
  }
  return latencies.summary();
}

/** Single reviews first, then all of them in batches. */
export async function measureSpeed(
  model: LoadedModel,
  texts: readonly string[],
  options: Measurement,
): Promise<{ latency: LatencySummary; reviewsPerSecond: number }> {
  const { predictor, tokenizer } = model;
  const { maxTokens, batchSize, onProgress, signal } = options;
  const latency = await measureLatency(model, texts, options);
  await predictAll(predictor, tokenizer, texts.slice(0, batchSize), { maxTokens, batchSize, signal });
  const start = performance.now();
  await predictAll(predictor, tokenizer, texts, {
    maxTokens,
    batchSize,
    onProgress: (done) => onProgress(texts.length + done),
    signal,
  });
  const seconds = (performance.now() - start) / 1000;
  return { latency, reviewsPerSecond: texts.length / seconds };
}
