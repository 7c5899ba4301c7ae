/** How serving is loaded, as MLPerf Inference does it (Reddi et al. 2020, arXiv 1911.02549), and what it answers. */
import { DistilleryError } from '../errors.ts';
import type { UsedModel } from '../evaluation/loadedModel.ts';
import { Serving } from '../serving/serving.ts';
import type { Prediction, ServingConfig } from '../serving/serving.ts';
import type { BenchmarkConfig } from '../training/config.ts';
import { closedLoop, openLoop } from './load.ts';
import type { Allowance, LoadOptions, LoadResult } from './load.ts';

/** What is measured. */
export interface Subject {
  serving: Serving;
  model: UsedModel;
  /** Of each query, by its number. */
  texts: readonly string[];
}

export interface Watch {
  signal: AbortSignal;
  onProgress: (done: number) => void;
}

/** Texts of one request, and requests under way at a time, of a load that comes all at once. */
const offlineRequest = { texts: 256, underWay: 4 };
/** Single queries before each clock, so that caches and memory pools are filled. */
const warmUpQueries = 20;

/** A run's own serving: as the server's, but that nothing is remembered and no review is too long. */
export function settingsOf(config: BenchmarkConfig, server: ServingConfig): ServingConfig {
  const { workers, threads, batchSize } = config;
  return {
    ...server,
    servingWorkers: workers ?? server.servingWorkers,
    servingThreads: threads ?? server.servingThreads,
    ...(batchSize === null ? {} : { maxBatch: batchSize, batching: {} }),
    answerCache: 0,
    maxTextCharacters: Number.MAX_SAFE_INTEGER,
    maxTextsPerRequest: offlineRequest.texts,
  };
}

/** Clients that wait for their answers are never turned away. */
export const patient = (settings: ServingConfig): ServingConfig => ({
  ...settings,
  maxQueueMs: Number.MAX_SAFE_INTEGER,
});

/** Serves for as long as `measure` takes. */
export async function whileServing<T>(
  settings: ServingConfig,
  measure: (serving: Serving) => Promise<T>,
): Promise<T> {
  const started = new Serving(settings);
  try {
    return await measure(started);
  } finally {
    await started.stop();
  }
}

/**
 * Opens a model for as long as `measure` takes, which begins when every worker that load makes open it has done so.
 * @throws DistilleryError INVALID_CHECKPOINT for a model that can't be read, CANCELLED after `signal` is aborted
 */
export async function whileOpen<T>(
  subject: Subject,
  { servingWorkers, maxBatch }: ServingConfig,
  signal: AbortSignal,
  measure: () => Promise<T>,
): Promise<T> {
  try {
    const concurrency = servingWorkers * maxBatch;
    const queries = Math.min(2 * concurrency, subject.texts.length);
    await loaded(subject, signal, (options) => closedLoop({ ...options, concurrency, queries }));
    return await measure();
  } finally {
    subject.serving.release(subject.model);
  }
}

/** Offline: all texts at once, each exactly once. @returns the answers in the order of the texts */
export async function offline(
  { serving, model, texts }: Subject,
  { signal, onProgress }: Watch,
): Promise<{ predictions: Prediction[]; seconds: number }> {
  const predictions: Prediction[] = [];
  let done = 0;
  let fault: unknown;
  const load = await closedLoop({
    send: async (request) => {
      const from = request * offlineRequest.texts;
      const part = texts.slice(from, from + offlineRequest.texts);
      const answers = await serving.classifyMany(model, part, { signal }).catch((error: unknown) => {
        fault ??= error;
        throw error;
      });
      for (const [place, answer] of answers.entries()) predictions[from + place] = answer;
      onProgress((done += part.length));
    },
    signal,
    queries: Math.ceil(texts.length / offlineRequest.texts),
    concurrency: offlineRequest.underWay,
  });
  if (fault !== undefined) throw fault;
  return { predictions, seconds: load.seconds };
}

/** Each client sends its next query when its last one has been answered; a single one is MLPerf's single stream. */
export async function clients(
  subject: Subject,
  load: { concurrency: number; queries: number },
  { signal, onProgress }: Watch,
): Promise<LoadResult> {
  await warmUp(subject, signal);
  return loaded(subject, signal, (options) => closedLoop({ ...options, ...load, onAnswered: onProgress }));
}

/** Server: queries arrive at random, however long those before take. What serving turns away has failed. */
export async function arrivals(
  subject: Subject,
  load: { ratePerSecond: number; queries: number; seed: number; allowance?: Allowance },
  { signal, onProgress }: Watch,
): Promise<LoadResult> {
  await warmUp(subject, signal);
  return loaded(subject, signal, (options) => openLoop({ ...options, ...load, onAnswered: onProgress }));
}

async function warmUp(subject: Subject, signal: AbortSignal): Promise<void> {
  const queries = Math.min(warmUpQueries, subject.texts.length);
  await loaded(subject, signal, (options) => closedLoop({ ...options, concurrency: 1, queries }));
}

/** Sends single texts. @throws what a query failed with, unless serving turned it away */
async function loaded(
  { serving, model, texts }: Subject,
  signal: AbortSignal,
  load: (options: Required<Pick<LoadOptions, 'send' | 'signal'>>) => Promise<LoadResult>,
): Promise<LoadResult> {
  const fault = new AbortController();
  let cause: unknown;
  const send = async (query: number) => {
    try {
      await serving.classify(model, texts[query]!);
    } catch (error) {
      if (!(error instanceof DistilleryError && error.code === 'UNAVAILABLE')) {
        cause ??= error;
        fault.abort();
      }
      throw error;
    }
  };
  try {
    return await load({ send, signal: AbortSignal.any([signal, fault.signal]) });
  } catch (error) {
    throw cause ?? error;
  }
}
