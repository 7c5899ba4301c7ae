/** What Prometheus is told: counted as it happens, or read from the parts of the process at each scrape. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ServedModelState } from '../serving/observer.ts';
import type { Trial } from '../serving/trial.ts';
import { ModelMetrics } from './modelMetrics.ts';
import { TrialMetrics } from './trialMetrics.ts';
import { version } from './version.ts';

export type Transport = 'http' | 'websocket';
/** How a run's process ended; `interrupted` by the end of the server, to go on later. */
export type RunOutcome = 'succeeded' | 'failed' | 'cancelled' | 'interrupted';

/** Seconds: up to 256 long texts through a teacher. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** One for each app. Labels have values of our own choosing only: a client can't make new series. */
export class Metrics {
  /** Told by serving. */
  readonly models: ModelMetrics;
  readonly contentType: string;
  readonly #registry = new Registry();
  readonly #trials: TrialMetrics;
  readonly #operations;
  readonly #durations;
  readonly #refused;
  readonly #webSockets;
  readonly #runs;
  readonly #endedRuns;

  constructor() {
    this.contentType = this.#registry.contentType;
    const registers = [this.#registry];
    // Of the process, its memory, its garbage collection and its event loop, whose delay starts anew at each scrape.
    collectDefaultMetrics({ register: this.#registry });
    new Gauge({
      name: 'distillery_build_info',
      help: 'Always 1; the label tells the version that runs.',
      labelNames: ['version'],
      registers,
    }).set({ version }, 1);

    this.#operations = new Counter({
      name: 'distillery_graphql_operations_total',
      help: 'GraphQL operations that have ended, by root field and outcome: ok, or the code of the first error.',
      labelNames: ['field', 'transport', 'outcome'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'distillery_graphql_operation_duration_seconds',
      help: 'Time from an operation that was read to its answer; not of subscriptions.',
      labelNames: ['field', 'transport'],
      buckets: durations,
      registers,
    });
    this.#refused = new Counter({
      name: 'distillery_requests_refused_total',
      help: 'Requests and WebSockets that were turned away before any operation was looked at, by status or close code.',
      labelNames: ['transport', 'status'],
      registers,
    });
    this.#webSockets = new Gauge({
      name: 'distillery_websockets_open',
      help: 'WebSockets that are open.',
      registers,
    });
    this.#runs = new Gauge({
      name: 'distillery_runs_running',
      help: 'Runs that go on in this process.',
      labelNames: ['kind'],
      registers,
    });
    this.#endedRuns = new Counter({
      name: 'distillery_runs_ended_total',
      help: 'Runs that have ended in this process.',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    this.models = new ModelMetrics(this.#registry);
    this.#trials = new TrialMetrics(this.#registry);
  }

  /** @param seconds null where the duration says nothing about the server */
  operationEnded(field: string, transport: Transport, outcome: string, seconds: number | null): void {
    this.#operations.inc({ field, transport, outcome });
    if (seconds !== null) this.#durations.observe({ field, transport }, seconds);
  }

  /** @param status of HTTP, or the code that a WebSocket is closed with */
  refused(transport: Transport, status: number): void {
    this.#refused.inc({ transport, status });
  }

  webSocketOpened(): void {
    this.#webSockets.inc();
  }

  webSocketClosed(): void {
    this.#webSockets.dec();
  }

  runStarted(kind: string): void {
    this.#runs.inc({ kind });
  }

  runEnded(kind: string, outcome: RunOutcome): void {
    this.#runs.dec({ kind });
    this.#endedRuns.inc({ kind, outcome });
  }

  /** @returns everything, in Prometheus' text format */
  scrape(state: { models: readonly ServedModelState[]; trials: readonly Trial[] }): Promise<string> {
    this.models.setState(state.models);
    this.#trials.setState(state.trials);
    return this.#registry.metrics();
  }
}
