/** One run from its start to its end: the child process, its events, what it made, and what becomes of it when it fails. */
import type { BenchmarkReport } from '../benchmark/report.ts';
import type { Config } from '../config.ts';
import { DistilleryError, toDistilleryError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { ModelRegistry, ModelVersion } from '../models/registry.ts';
import type { ServingConfig } from '../serving/serving.ts';
import type { Transaction } from '../storage/database.ts';
import type { ProgressLog } from '../storage/progressLog.ts';
import type { RunHold } from '../storage/progressLog.ts';
import { overOutages, type Patience } from '../storage/outage.ts';
import type { BegunRun, Run, RunResult, RunStore } from '../storage/runs.ts';
import type { SurveyStore } from '../storage/surveys.ts';
import type { RunInChild } from '../training/child.ts';
import type { RunJob } from '../training/messages.ts';
import type { JobQueue, WaitingRun } from './jobQueue.ts';
import { OrderedWrites } from './orderedWrites.ts';
import type { RunFolders } from './runFolders.ts';
import { runConfig, surveyConfig, wantsGpu } from '../training/config.ts';
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
}

/** How long the database may be away before a run is given up, to be taken up again from its checkpoint. */
const patienceMs = 900_000;

/** One attempt at a run by this process. */
interface Execution extends BegunRun {
  readonly control: AbortController;
  readonly patience: Patience;
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
  }

  /** Resolves when the run has ended or has been put back; never rejects. `control` is aborted with a {@link StopReason}. */
  async execute(begun: BegunRun, control: AbortController): Promise<void> {
    const { id, kind } = begun.run;
    const logger = this.#logger.child({ run: id, kind, attempt: begun.hold.attempt });
    const execution = { ...begun, control, patience: { patienceMs, signal: onShutdown(control.signal) } };
    const news = new OrderedWrites(execution.patience, (error) => {
      logger.error({ err: error }, "the run's news can't be stored any more");
      control.abort('lost');
    });
    try {
      logger.info('run started');
      const { result, also } = await this.#outcomeOf(execution, news);
      await news.written();
      await this.#folders.kept(id);
      if (control.signal.reason === 'lost') throw new DistilleryError('CONFLICT', 'The run was lost.');
      await overOutages(() => this.finish(id, begun.hold, result, also), execution.patience);
      logger.info({ result: result.message }, 'run succeeded');
    } catch (error) {
      await news.written();
      // Before another worker may take the run up
      await this.#folders.kept(id);
      try {
        const failure = toDistilleryError(error);
        await overOutages(() => this.#settleFailure(execution, failure), execution.patience);
      } catch (failure) {
        // The lease runs out, and the run is taken up again.
        logger.error({ err: failure }, 'the end of the run could not be stored');
      }
    }
  }

  /** @returns how the run ends, and what is stored with its end */
  async #outcomeOf(
    { run, hold, lastSequence, control: { signal }, patience }: Execution,
    news: OrderedWrites,
  ): Promise<{ result: RunResult; also?: (transaction: Transaction) => Promise<void> }> {
    // It may have published and been killed just before its last event.
    const published = await overOutages(() => this.#registry.publishedBy(run.id), patience);
    if (published) return { result: succeeded(published) };
    const job = await overOutages(() => this.#jobOf(run, hold), patience);
    const outcome = await this.#runInChild(job, {
      signal,
      onProgress: (progress) => {
        // How the run ends is for the queue to say, after the model has been published.
        if (progress.phase === 'ended') return;
        const by = { hold, sequence: ++lastSequence };
        news.add(() => this.#progress.append(run.id, { ...progress, state: 'running' }, by));
      },
      onEpoch: (epoch, position) => news.add(() => this.#runs.saveEpoch(run.id, hold, position, epoch)),
      onCheckpoint: (told) => this.#folders.heed({ id: run.id, attempt: hold.attempt }, told),
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
    const { preparedFolder, card } = outcome.model;
    const version = await overOutages(
      () =>
        this.#registry.publish(preparedFolder, card, run.id, (transaction) =>
          this.#runs.checkHold(transaction, run.id, hold),
        ),
      patience,
    );
    return { result: succeeded(version) };
  }

  async #jobOf(run: Run, { attempt }: RunHold): Promise<RunJob> {
    const models = await Promise.all(run.usedModels.map((reference) => this.#registry.resolve(reference)));
    await Promise.all(models.map((model) => this.#registry.requireFiles(model)));
    const used = models.map(({ folder, card }) => ({ folder, card }));
    // Stored by an earlier release, it may lack what is new
    const config = runConfig.parse(run.config);
    return {
      runId: run.id,
      config,
      dataDirectory: this.#config.dataDirectory,
      artefacts: {
        artefacts: this.#config.artefacts,
        s3Endpoint: this.#config.s3Endpoint,
        s3Region: this.#config.s3Region,
      },
      runFolder: await this.#folders.takeUp({ id: run.id, attempt }),
      imdbArchive: this.#config.imdbArchive ?? null,
      checkpointDirectory: this.#config.checkpointDirectory ?? null,
      ...(this.#config.hubHosts ? { hubHosts: this.#config.hubHosts } : {}),
      engine: this.#config.engine,
      threads: threadsOf(config, this.#config),
      checkpointSeconds: this.#config.checkpointSeconds,
      serving: servingOf(this.#config),
      models: used,
      forSurvey: await this.#surveys.uses(run.id),
      survey:
        config.kind === 'survey' ? await surveyMaterial(config.survey, this.#surveys, this.#runs) : null,
    };
  }

  /** Ends a run that is with `hold`. @throws DistilleryError CONFLICT if it is with another one by now */
  async finish(
    runId: string,
    hold: RunHold,
    result: RunResult,
    also?: (transaction: Transaction) => Promise<void>,
  ): Promise<void> {
    await this.#runs.finish(runId, hold, result, async (transaction) => {
      await also?.(transaction);
      await this.#jobs.remove(runId, transaction);
    });
    await this.#folders.release(runId);
  }

  async #settleFailure({ run, hold, control }: Execution, error: DistilleryError): Promise<void> {
    const { signal } = control;
    const stopped = signal.aborted ? (signal.reason as StopReason) : null;
    if (stopped === 'lost') {
      this.#logger.warn({ run: run.id }, 'another process took the run over, or may do so');
      return;
    }
    if (stopped === 'cancel')
      return this.finish(run.id, hold, { state: 'cancelled', message: 'The run was cancelled.' });
    if (stopped === 'shutdown') {
      const message = 'The process that worked on it is stopping; the run goes on from its last checkpoint.';
      return this.#putBack(run.id, hold, message, async (transaction) => {
        await this.#jobs.remove(run.id, transaction);
        await this.#jobs.add(waiting(run), transaction, true);
      });
    }
    const maybeTransient = error.code === 'INTERNAL' || error.code === 'UNAVAILABLE';
    if (maybeTransient) return this.retryOrFail(run, hold, error);
    this.#logger.warn({ run: run.id, err: error }, 'run failed');
    return this.finish(run.id, hold, { state: 'failed', code: error.code, message: error.message });
  }

  /** Queues a run once more after its process died, until its tries are used up. @throws DistilleryError CONFLICT as above */
  async retryOrFail(run: Pick<Run, 'id' | 'config'>, hold: RunHold, error: DistilleryError): Promise<void> {
    const left = await this.#jobs.triesLeft(run.id);
    if (left <= 0) {
      this.#logger.error({ run: run.id, err: error }, 'run failed for good');
      return this.finish(run.id, hold, { state: 'failed', code: error.code, message: error.message });
    }
    this.#logger.warn({ run: run.id, err: error, left }, 'run is tried again');
    const message = `${error.message} It is tried again (${left} of ${this.#jobs.retryLimit} tries left).`;
    return this.#putBack(run.id, hold, message, (transaction) =>
      this.#jobs.retry(waiting(run), error, transaction),
    );
  }

  /** A run that was to be cancelled meanwhile ends instead. */
  async #putBack(
    runId: string,
    hold: RunHold,
    message: string,
    queueAgain: (transaction: Transaction) => Promise<void>,
  ): Promise<void> {
    const state = await this.#runs.putBack(runId, hold, message, (transaction, next) =>
      next === 'queued' ? queueAgain(transaction) : this.#jobs.remove(runId, transaction),
    );
    if (state === 'cancelled') await this.#folders.release(runId);
  }
}

/** What the queue must know of a run. */
export const waiting = ({ id, config }: Pick<Run, 'id' | 'config'>): WaitingRun => ({
  id,
  gpu: wantsGpu(config),
});

/** @returns aborted where `signal` is for the end of the process, which waits for nothing that may take long */
function onShutdown(signal: AbortSignal): AbortSignal {
  const shutdown = new AbortController();
  signal.addEventListener('abort', () => {
    if (signal.reason === 'shutdown') shutdown.abort();
  });
  return shutdown.signal;
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
