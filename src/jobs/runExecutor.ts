/** One run from its start to its end: the child process, its events, what it made, and what becomes of it when it fails. */
import type { BenchmarkReport } from '../benchmark/report.ts';
import type { Config } from '../config.ts';
import { DistilleryError, toDistilleryError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { ModelRegistry, ModelVersion } from '../models/registry.ts';
import type { ServingConfig } from '../serving/serving.ts';
import type { Transaction } from '../storage/database.ts';
import type { ProgressLog } from '../storage/progressLog.ts';
import type { Run, RunResult, RunStore } from '../storage/runs.ts';
import type { SurveyStore } from '../storage/surveys.ts';
import type { RunInChild } from '../training/child.ts';
import type { RunJob } from '../training/messages.ts';
import type { JobQueue } from './jobQueue.ts';
import type { RunFolders } from './runFolders.ts';
import { runConfig, surveyConfig } from '../training/config.ts';
import { surveyMaterial } from './surveyMaterial.ts';

/** Why a child was told to stop. `lost`: another process has the run now, so nothing more may be written about it. */
export type StopReason = 'cancel' | 'shutdown' | 'lost';

export interface RunExecutorDependencies {
  runs: RunStore;
  surveys: SurveyStore;
  progress: ProgressLog;
  registry: ModelRegistry;
  jobs: JobQueue;
  folders: RunFolders;
  config: Config;
  logger: Logger;
  runInChild: RunInChild;
  /** The name of this process; its writes count as long as the run is with it. */
  worker: string;
}

export class RunExecutor {
  readonly #runs: RunStore;
  readonly #surveys: SurveyStore;
  readonly #progress: ProgressLog;
  readonly #registry: ModelRegistry;
  readonly #jobs: JobQueue;
  readonly #folders: RunFolders;
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #runInChild: RunInChild;
  readonly #worker: string;

  constructor(dependencies: RunExecutorDependencies) {
    this.#runs = dependencies.runs;
    this.#surveys = dependencies.surveys;
    this.#progress = dependencies.progress;
    this.#registry = dependencies.registry;
    this.#jobs = dependencies.jobs;
    this.#folders = dependencies.folders;
    this.#config = dependencies.config;
    this.#logger = dependencies.logger;
    this.#runInChild = dependencies.runInChild;
    this.#worker = dependencies.worker;
  }

  /** Resolves when the run has ended or has been put back; never rejects. `control` is aborted with a {@link StopReason}. */
  async execute(run: Run, control: AbortController): Promise<void> {
    const logger = this.#logger.child({ run: run.id, kind: run.kind });
    const news = new OrderedWrites((error) =>
      logger.error({ err: error }, "a part of the run's news was lost"),
    );
    try {
      logger.info('run started');
      const { result, also } = await this.#outcomeOf(run, control.signal, news);
      await news.written();
      await this.finish(run.id, result, this.#worker, also);
      logger.info({ result: result.message }, 'run succeeded');
    } catch (error) {
      await news.written();
      try {
        await this.#settleFailure(run.id, toDistilleryError(error), control.signal);
      } catch (failure) {
        // The lease runs out, and the run is taken up again.
        logger.error({ err: failure }, 'the end of the run could not be stored');
      }
    }
  }

  /** @returns how the run ends, and what is stored with its end */
  async #outcomeOf(
    run: Run,
    signal: AbortSignal,
    news: OrderedWrites,
  ): Promise<{ result: RunResult; also?: (transaction: Transaction) => Promise<void> }> {
    // It may have published and been killed just before its last event.
    const published = await this.#registry.publishedBy(run.id);
    if (published) return { result: succeeded(published) };
    const outcome = await this.#runInChild(await this.#jobOf(run), {
      signal,
      onProgress: (progress) => {
        // How the run ends is for the queue to say, after the model has been published.
        if (progress.phase === 'ended') return;
        news.add(() => this.#progress.append(run.id, { ...progress, state: 'running' }, this.#worker));
      },
      onEpoch: (epoch, position) =>
        news.add(() => this.#runs.saveEpoch(run.id, this.#worker, position, epoch)),
    });
    if (signal.aborted && signal.reason !== 'shutdown')
      throw new DistilleryError('CANCELLED', 'The run was stopped.');
    if (outcome.kind === 'benchmark') {
      const { report } = outcome;
      return { result: measured(report.entries.length, report) };
    }
    if (outcome.kind === 'survey') {
      const { report } = outcome;
      const { survey } = surveyConfig.parse(run.config);
      return {
        result: measured(1 + report.beside.length + report.runs.length),
        also: (transaction) => this.#surveys.succeed(transaction, survey, report),
      };
    }
    const version = await this.#registry.publish(outcome.model.preparedFolder, outcome.model.card, run.id);
    return { result: succeeded(version) };
  }

  async #jobOf(run: Run): Promise<RunJob> {
    const models = await Promise.all(run.usedModels.map((reference) => this.#registry.resolve(reference)));
    const used = models.map(({ folder, card }) => ({ folder, card }));
    // Stored by an earlier release, it may lack what is new
    const config = runConfig.parse(run.config);
    return {
      runId: run.id,
      config,
      dataDirectory: this.#config.dataDirectory,
      imdbArchive: this.#config.imdbArchive ?? null,
      checkpointDirectory: this.#config.checkpointDirectory ?? null,
      engine: this.#config.engine,
      threads: threadsOf(config, this.#config),
      serving: servingOf(this.#config),
      models: used,
      forSurvey: await this.#surveys.uses(run.id),
      survey:
        config.kind === 'survey' ? await surveyMaterial(config.survey, this.#surveys, this.#runs) : null,
    };
  }

  /** Ends a run that is with `worker`. @throws DistilleryError CONFLICT if it is with another one by now */
  async finish(
    runId: string,
    result: RunResult,
    worker = this.#worker,
    also?: (transaction: Transaction) => Promise<void>,
  ): Promise<void> {
    await this.#runs.finish(runId, worker, result, async (transaction) => {
      await also?.(transaction);
      await this.#jobs.remove(runId, transaction);
    });
    await this.#folders.release(runId);
  }

  async #settleFailure(runId: string, error: DistilleryError, signal: AbortSignal): Promise<void> {
    const stopped = signal.aborted ? (signal.reason as StopReason) : null;
    if (stopped === 'lost') return this.#logger.warn({ run: runId }, 'another process took the run over');
    if (stopped === 'cancel')
      return this.finish(runId, { state: 'cancelled', message: 'The run was cancelled.' });
    if (stopped === 'shutdown') {
      const message = 'The server is stopping; the run goes on from its last checkpoint.';
      return this.#putBack(runId, this.#worker, message, async (transaction) => {
        await this.#jobs.remove(runId, transaction);
        await this.#jobs.add(runId, transaction, true);
      });
    }
    const maybeTransient = error.code === 'INTERNAL' || error.code === 'UNAVAILABLE';
    if (maybeTransient) return this.retryOrFail(runId, this.#worker, error);
    this.#logger.warn({ run: runId, err: error }, 'run failed');
    return this.finish(runId, { state: 'failed', code: error.code, message: error.message });
  }

  /** Queues a run once more after its process died, until its tries are used up. @throws DistilleryError CONFLICT as above */
  async retryOrFail(runId: string, worker: string, error: DistilleryError): Promise<void> {
    const left = await this.#jobs.triesLeft(runId);
    if (left <= 0) {
      this.#logger.error({ run: runId, err: error }, 'run failed for good');
      return this.finish(runId, { state: 'failed', code: error.code, message: error.message }, worker);
    }
    this.#logger.warn({ run: runId, err: error, left }, 'run is tried again');
    const message = `${error.message} It is tried again (${left} of ${this.#jobs.retryLimit} tries left).`;
    return this.#putBack(runId, worker, message, (transaction) =>
      this.#jobs.retry(runId, error, transaction),
    );
  }

  /** A run that was to be cancelled meanwhile ends instead. */
  async #putBack(
    runId: string,
    worker: string,
    message: string,
    queueAgain: (transaction: Transaction) => Promise<void>,
  ): Promise<void> {
    const state = await this.#runs.putBack(runId, worker, message, (transaction, next) =>
      next === 'queued' ? queueAgain(transaction) : this.#jobs.remove(runId, transaction),
    );
    if (state === 'cancelled') await this.#folders.release(runId);
  }
}

/** Stores a run's news one after another, in the order in which they came. */
class OrderedWrites {
  readonly #onError: (error: unknown) => void;
  #tail: Promise<void> = Promise.resolve();

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(write: () => Promise<unknown>): void {
    this.#tail = this.#tail.then(write).then(() => undefined, this.#onError);
  }

  written(): Promise<void> {
    return this.#tail;
  }
}

/** What the run asks for, or what each run is given; a benchmark has a session in each of its workers. */
export function threadsOf(
  config: Run['config'],
  server: Pick<Config, 'trainingThreads' | 'servingWorkers' | 'servingThreads'>,
): number {
  if (config.kind === 'benchmark')
    return (config.workers ?? server.servingWorkers) * (config.threads ?? server.servingThreads);
  return ('threads' in config ? config.threads : null) ?? server.trainingThreads;
}

/** The settings of serving alone: a run's process is not told what it need not know, such as the key. */
function servingOf(config: Config): ServingConfig {
  const { servingWorkers, servingThreads, maxBatch, maxBatchWaitMs, batching, modelMemoryMb } = config;
  const { maxTextCharacters, maxTextsPerRequest, maxQueueMs, answerCache } = config;
  return {
    ...{ servingWorkers, servingThreads, maxBatch, maxBatchWaitMs, batching, modelMemoryMb },
    ...{ maxTextCharacters, maxTextsPerRequest, maxQueueMs, answerCache },
  };
}

function measured(models: number, report: BenchmarkReport | null = null): RunResult {
  return { state: 'succeeded', model: null, report, message: `Models measured: ${models}.` };
}

function succeeded(version: ModelVersion): RunResult {
  const { name, version: number } = version.card;
  return {
    state: 'succeeded',
    model: { name, version: number },
    report: null,
    message: `Published ${name}@${number}.`,
  };
}
