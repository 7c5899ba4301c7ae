/** The queue of runs: takes new ones, works them off in order, cancels, resumes, and takes up those whose process died. */
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { ModelRegistry } from '../models/registry.ts';
import type { Database, Transaction } from '../storage/database.ts';
import type { ProgressLog } from '../storage/progressLog.ts';
import { resumeRun } from '../storage/endedRuns.ts';
import type { Run, RunStore } from '../storage/runs.ts';
import type { SurveyStore } from '../storage/surveys.ts';
import type { RunInChild } from '../training/child.ts';
import type { RunConfig } from '../training/config.ts';
import { JobQueue } from './jobQueue.ts';
import type { RetryPolicy } from './jobQueue.ts';
import { RunExecutor, threadsOf } from './runExecutor.ts';
import { RunFolders } from './runFolders.ts';
import { checkedModels } from './usedModels.ts';
import { isGone, newWorkerId } from './workerId.ts';

export interface QueueTiming extends RetryPolicy {
  /** The longest wait before looking for a run, where no notification came. */
  pollMs: number;
  heartbeatMs: number;
  /** A worker that has not been heard of for so long has lost its runs. */
  leaseMs: number;
}

export interface RunQueueDependencies {
  database: Database;
  runs: RunStore;
  surveys: SurveyStore;
  progress: ProgressLog;
  registry: ModelRegistry;
  config: Config;
  logger: Logger;
  /** How a run is executed. */
  runInChild: RunInChild;
  timing?: Partial<QueueTiming>;
}

const defaultTiming: QueueTiming = {
  retryLimit: 3,
  retryDelaySeconds: 2,
  pollMs: 2_000,
  heartbeatMs: 10_000,
  leaseMs: 60_000,
};
const sweepEveryMs = 3_600_000;
const queueChannel = 'distillery_queue';
const cancelChannel = 'distillery_cancel';

interface ActiveRun {
  control: AbortController;
  ended: Promise<void>;
  threads: number;
}

export class RunQueue {
  readonly #database: Database;
  readonly #runs: RunStore;
  readonly #surveys: SurveyStore;
  readonly #registry: ModelRegistry;
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #timing: QueueTiming;
  readonly #jobs: JobQueue;
  readonly #folders: RunFolders;
  readonly #executor: RunExecutor;
  readonly #worker = newWorkerId();
  readonly #active = new Map<string, ActiveRun>();
  readonly #cleanUp: (() => unknown)[] = [];
  readonly #stopping = new AbortController();
  #phase: 'new' | 'working' | 'stopped' = 'new';
  #working: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  constructor(dependencies: RunQueueDependencies) {
    this.#database = dependencies.database;
    this.#runs = dependencies.runs;
    this.#surveys = dependencies.surveys;
    this.#registry = dependencies.registry;
    this.#config = dependencies.config;
    this.#logger = dependencies.logger;
    this.#timing = { ...defaultTiming, ...dependencies.timing };
    this.#jobs = new JobQueue(this.#database, this.#timing, (error) =>
      this.#logger.error({ err: error }, 'pg-boss failed'),
    );
    this.#folders = new RunFolders(dependencies);
    this.#executor = new RunExecutor({
      ...dependencies,
      runInChild: dependencies.runInChild,
      jobs: this.#jobs,
      folders: this.#folders,
      worker: this.#worker,
    });
  }

  /** Takes up interrupted runs, then works off the queue until {@link stop}. */
  async start(): Promise<void> {
    if (this.#phase !== 'new') throw new DistilleryError('CONFLICT', 'This run queue was started before.');
    await this.#jobs.start();
    this.#cleanUp.push(await this.#database.listen(queueChannel, () => this.#wake()));
    this.#cleanUp.push(
      await this.#database.listen(cancelChannel, (runId) => this.#active.get(runId)?.control.abort('cancel')),
    );
    this.#phase = 'working';
    await this.#takeUpInterrupted();
    this.#every(this.#timing.heartbeatMs, () => this.#heartbeat());
    this.#every(this.#timing.leaseMs / 2, () => this.#takeUpInterrupted());
    this.#every(sweepEveryMs, () => this.#folders.sweep(this.#stopping.signal), { atOnce: true });
    this.#working = this.#work();
  }

  /**
   * Stores a run and queues it. Model references are pinned to the versions that they mean now.
   * @param also what else is stored in the same transaction
   * @throws DistilleryError NOT_FOUND for an unknown model, BAD_USER_INPUT for a name that is taken or a model
   *   that the run can't use, UNAVAILABLE when stopped
   */
  async submit(
    config: RunConfig,
    also?: (transaction: Transaction, runId: string) => Promise<void>,
  ): Promise<Run> {
    this.#requireWorking();
    const usedModels = await checkedModels(config, this.#registry);
    return this.#runs.create(config, usedModels, async (transaction, runId) => {
      await also?.(transaction, runId);
      await this.#enqueue(transaction, runId);
    });
  }

  /**
   * Queues a run once more that was cancelled or has failed. It goes on from its last checkpoint where that is kept,
   * else from its start; either way, with as many threads, it ends with the weights of an uninterrupted run.
   * @throws DistilleryError CONFLICT for a run that has not ended, has succeeded, or belongs to a survey; NOT_FOUND;
   *   UNAVAILABLE when stopped
   */
  async resume(runId: string): Promise<Run> {
    await this.#database.transaction(async (transaction) => {
      const config = await this.resumeWithin(transaction, runId);
      const survey = await this.#surveys.ownerOf(transaction, runId, config);
      if (survey === null) return;
      throw new DistilleryError(
        'CONFLICT',
        `Run ${runId} belongs to the survey "${survey.name}", which goes on as a whole: use resumeSurvey.`,
        { runId, surveyId: survey.id, survey: survey.name },
      );
    });
    return this.#runs.get(runId);
  }

  /** {@link resume} as a part of something larger, whoever the run belongs to. @returns the run's settings */
  async resumeWithin(transaction: Transaction, runId: string): Promise<RunConfig> {
    this.#requireWorking();
    const { config } = await resumeRun(transaction, runId);
    await this.#enqueue(transaction, runId);
    return config;
  }

  /**
   * A queued run ends at once. A running one is told to stop: it stays `running` until its final event.
   * @throws DistilleryError CONFLICT for a run that has ended, NOT_FOUND
   */
  async cancel(runId: string): Promise<Run> {
    const before = await this.#runs.requestCancel(runId, async (transaction, state) => {
      if (state === 'queued') await this.#jobs.remove(runId, transaction);
      else await transaction.executeSql('SELECT pg_notify($1, $2)', [cancelChannel, runId]);
    });
    // It may have been put back with a checkpoint.
    if (before === 'queued') await this.#folders.release(runId);
    return this.#runs.get(runId);
  }

  /** Lets each child save a checkpoint; its run is queued again and goes on when a process takes it up. */
  async stop(): Promise<void> {
    if (this.#phase === 'stopped') return;
    const wasWorking = this.#phase === 'working';
    this.#phase = 'stopped';
    this.#stopping.abort();
    this.#wake();
    await this.#working;
    for (const { control } of this.#active.values()) control.abort('shutdown');
    await Promise.all([...this.#active.values()].map(({ ended }) => ended));
    for (const clean of this.#cleanUp) await clean();
    if (wasWorking) await this.#jobs.stop();
  }

  #requireWorking(): void {
    if (this.#phase === 'working') return;
    throw new DistilleryError('UNAVAILABLE', 'This process takes no runs: it is starting or stopping.');
  }

  async #enqueue(transaction: Transaction, runId: string): Promise<void> {
    await this.#jobs.add(runId, transaction);
    await transaction.executeSql('SELECT pg_notify($1, $2)', [queueChannel, runId]);
  }

  #every(milliseconds: number, task: () => Promise<void>, { atOnce = false } = {}): void {
    let pending = Promise.resolve();
    const go = () => {
      pending = pending
        .then(task)
        .catch((error: unknown) =>
          this.#logger.error({ err: error }, 'the run queue could not do its upkeep'),
        );
    };
    const timer = setInterval(go, milliseconds);
    timer.unref();
    if (atOnce) go();
    this.#cleanUp.push(() => {
      clearInterval(timer);
      return pending;
    });
  }

  async #work(): Promise<void> {
    while (this.#phase === 'working') {
      const woken = this.#nextWake();
      try {
        while (this.#phase === 'working' && this.#hasFreeThread() && (await this.#takeRun()));
      } catch (error) {
        this.#logger.error({ err: error }, 'could not take a run from the queue; trying again');
      }
      await woken;
    }
  }

  /** Runs that ask for fewer threads than others leave room for more of them. */
  #hasFreeThread(): boolean {
    const { concurrentRuns, trainingThreads } = this.#config;
    const busy = [...this.#active.values()].reduce((sum, { threads }) => sum + threads, 0);
    return busy < concurrentRuns * trainingThreads;
  }

  /** Made before looking, so that a run that is added while looking is not overlooked. */
  #nextWake(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#timing.pollMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Taking the job and starting the run are one transaction: a crash can't come between them. */
  async #takeRun(): Promise<boolean> {
    const taken = await this.#database.transaction(async (transaction) => {
      const runId = await this.#jobs.take(transaction);
      if (runId === null) return null;
      const run = await this.#runs.begin(transaction, runId, this.#worker);
      if (run?.state !== 'running') await this.#jobs.remove(runId, transaction);
      return { run };
    });
    const run = taken?.run;
    if (run?.state === 'cancelled') await this.#folders.release(run.id);
    if (run?.state === 'running') {
      const control = new AbortController();
      const ended = this.#executor.execute(run, control).finally(() => {
        // Resumed as soon as it had ended, it may be here again by now.
        if (this.#active.get(run.id)?.control === control) this.#active.delete(run.id);
        this.#wake();
      });
      this.#active.set(run.id, { control, ended, threads: threadsOf(run.config, this.#config) });
    }
    return taken !== null;
  }

  async #heartbeat(): Promise<void> {
    // Those that are taken meanwhile are not asked about, and must not be thought lost.
    const asked = [...this.#active];
    const mine = new Map(
      (
        await this.#runs.heartbeat(
          this.#worker,
          asked.map(([runId]) => runId),
        )
      ).map((run) => [run.id, run]),
    );
    for (const [runId, { control }] of asked) {
      const run = mine.get(runId);
      if (run?.cancelRequested) control.abort('cancel');
      // Not lost if it has ended or has been put back since, or is another execution by now.
      else if (
        !run &&
        (await this.#runs.get(runId)).state === 'running' &&
        this.#active.get(runId)?.control === control
      )
        control.abort('lost');
    }
  }

  /** Runs whose process died without a word are queued again, or end if they were to be cancelled. */
  async #takeUpInterrupted(): Promise<void> {
    for (const { id, worker, silent, cancelRequested } of await this.#runs.running(this.#timing.leaseMs)) {
      if (this.#active.has(id)) continue;
      // The lock on a PGlite folder means that no other process can have the run.
      const alone = this.#database.kind === 'pglite' && worker !== this.#worker;
      if (!alone && !silent && !isGone(worker)) continue;
      try {
        if (cancelRequested)
          await this.#executor.finish(id, { state: 'cancelled', message: 'The run was cancelled.' }, worker);
        else
          await this.#executor.retryOrFail(
            id,
            worker,
            new DistilleryError('INTERNAL', 'The process that worked on the run ended without a word.'),
          );
      } catch (error) {
        if (!(error instanceof DistilleryError && error.code === 'CONFLICT')) throw error;
        // Another process was quicker.
      }
    }
    this.#wake();
  }
}
