/** Metrics of each model that is served: its texts and batches as they end, and what it holds at each scrape. */
import { LRUCache } from 'lru-cache';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import {
  outcomes,
  type FinishedBatch,
  type Outcome,
  type ServedModelState,
  type ServingObserver,
} from '../serving/observer.ts';

/**
 * Models that have series: those used last. Versions come and go for as long as the server runs, and a model that is
 * used again after so many others starts from 0, which Prometheus takes for a restart.
 */
const modelsWithSeries = 64;

const sizes = [1, 2, 4, 8, 16, 32, 64, 128];
const lengths = [8, 16, 32, 64, 128, 256, 512];
/** Seconds: of a batch of short texts through a student, up to one of long texts through a teacher. */
const steps = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const waits = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export class ModelMetrics implements ServingObserver {
  readonly #texts;
  readonly #batches;
  readonly #state;
  readonly #models = new LRUCache<string, true>({
    max: modelsWithSeries,
    dispose: (_value, model, reason) => {
      if (reason === 'evict') this.#forget(model);
    },
  });

  constructor(registry: Registry) {
    const registers = [registry];
    this.#texts = new Counter({
      name: 'distillery_texts_total',
      help: 'Texts to classify, by model and by how they ended.',
      labelNames: ['model', 'outcome'],
      registers,
    });
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name, help, buckets, labelNames: ['model'], registers });
    this.#batches = {
      texts: histogram('distillery_batch_texts', 'Texts of a batch.', sizes),
      tokens: histogram('distillery_text_tokens', 'Tokens of a text, without padding.', lengths),
      queue: histogram('distillery_queue_seconds', 'Time that a text waited for its batch.', waits),
      tokenize: histogram('distillery_tokenize_seconds', 'Time to tokenise a batch.', steps),
      inference: histogram('distillery_inference_seconds', 'Time of a batch in its session.', steps),
    };
    const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
      new Gauge({ name, help, labelNames, registers });
    this.#state = {
      texts: gauge('distillery_model_texts', 'Texts that wait for a batch or are in one.', 'model', 'state'),
      bytes: gauge('distillery_model_memory_bytes', 'Memory of an open model, as estimated.', 'model'),
      workers: gauge('distillery_model_workers', 'Workers that have the model open.', 'model'),
    };
  }

  texts(model: string, outcome: Outcome, count: number): void {
    this.#models.set(model, true);
    this.#texts.inc({ model, outcome }, count);
  }

  batch({ model, tokens, queueMs, tokenizeMs, inferenceMs }: FinishedBatch): void {
    this.#models.set(model, true);
    const labels = { model };
    this.#batches.texts.observe(labels, tokens.length);
    for (const count of tokens) this.#batches.tokens.observe(labels, count);
    for (const waited of queueMs) this.#batches.queue.observe(labels, waited / 1_000);
    this.#batches.tokenize.observe(labels, tokenizeMs / 1_000);
    this.#batches.inference.observe(labels, inferenceMs / 1_000);
  }

  /** Takes the place of all that was told before. */
  setState(models: readonly ServedModelState[]): void {
    for (const gauge of Object.values(this.#state)) gauge.reset();
    for (const { model, waiting, running, workers, bytes } of models) {
      this.#state.texts.set({ model, state: 'waiting' }, waiting);
      this.#state.texts.set({ model, state: 'running' }, running);
      this.#state.bytes.set({ model }, bytes);
      this.#state.workers.set({ model }, workers);
    }
  }

  #forget(model: string): void {
    for (const outcome of outcomes) this.#texts.remove({ model, outcome });
    for (const histogram of Object.values(this.#batches)) histogram.remove({ model });
  }
}
