/** The queue of runs: takes new ones, works them off in order, cancels, resumes, and takes up those whose process died. */
import type { ArtefactStore } from '../artefacts/store.ts';
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { ModelRegistry } from '../models/registry.ts';
import type { Database, Transaction } from '../storage/database.ts';
import { lockRun } from '../storage/progressLog.ts';
import type { ProgressLog } from '../storage/progressLog.ts';
import { resumeRun } from '../storage/endedRuns.ts';
import type { Run, RunStore } from '../storage/runs.ts';
import type { SurveyStore } from '../storage/surveys.ts';
import { WorkerStore, type Worker, type WorkerDescription } from '../storage/workers.ts';
import type { RunInChild } from '../training/child.ts';
import { wantsGpu, type RunConfig } from '../training/config.ts';
import { JobQueue } from './jobQueue.ts';
import type { RetryPolicy } from './jobQueue.ts';
import { Retention } from './retention.ts';
import { RunExecutor, threadsOf, waiting } from './runExecutor.ts';
import { RunFolders } from './runFolders.ts';
import { Upkeep } from './upkeep.ts';
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
  artefacts: ArtefactStore;
  config: Config;
  /** What this process says of itself to others; it works on as many runs as it says. */
  self: WorkerDescription;
  logger: Logger;
  /** How a run is executed. */
  runInChild: RunInChild;
  timing?: Partial<QueueTiming>;
}

const timingOf = ({ leaseSeconds, runTries }: Config): QueueTiming => ({
  retryLimit: runTries - 1,
  retryDelaySeconds: 2,
  longestRetryDelaySeconds: leaseSeconds,
  pollMs: 2_000,
  heartbeatMs: (leaseSeconds * 1_000) / 6,
  leaseMs: leaseSeconds * 1_000,
});
const sweepEveryMs = 3_600_000;
const queueChannel = 'distillery_queue';
const cancelChannel = 'distillery_cancel';

interface ActiveRun {
  attempt: number;
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
  readonly #self: WorkerDescription;
  readonly #workers: WorkerStore;
  readonly #logger: Logger;
  readonly #timing: QueueTiming;
  readonly #jobs: JobQueue;
  readonly #folders: RunFolders;
  readonly #retention: Retention;
  readonly #executor: RunExecutor;
  readonly #worker = newWorkerId();
  readonly #active = new Map<string, ActiveRun>();
  readonly #unlisten: (() => Promise<void>)[] = [];
  readonly #upkeep: Upkeep;
  readonly #stopping = new AbortController();
  #phase: 'new' | 'working' | 'stopped' = 'new';
  #working: Promise<void> = Promise.resolve();
  /** When runs of dead processes were looked for last, by a clock that nobody sets. */
  #lastLook: number | null = null;
  #wake: () => void = () => undefined;

  constructor(dependencies: RunQueueDependencies) {
    this.#database = dependencies.database;
    this.#runs = dependencies.runs;
    this.#surveys = dependencies.surveys;
    this.#registry = dependencies.registry;
    this.#config = dependencies.config;
    this.#self = dependencies.self;
    this.#workers = new WorkerStore(this.#database);
    this.#logger = dependencies.logger;
    this.#timing = { ...timingOf(this.#config), ...dependencies.timing };
    this.#upkeep = new Upkeep(this.#logger);
    this.#jobs = new JobQueue(this.#database, this.#timing, (error) =>
      this.#logger.error({ err: error }, 'pg-boss failed'),
    );
    this.#folders = new RunFolders(dependencies);
    this.#retention = new Retention({ ...dependencies, folders: this.#folders });
    this.#executor = new RunExecutor({ ...dependencies, jobs: this.#jobs, folders: this.#folders });
  }

  /** Takes up interrupted runs, then works off the queue until {@link stop}. */
  async start(): Promise<void> {
    if (this.#phase !== 'new') throw new DistilleryError('CONFLICT', 'This run queue was started before.');
    await this.#jobs.start();
    this.#unlisten.push(await this.#database.listen(queueChannel, () => this.#wake()));
    this.#unlisten.push(
      await this.#database.listen(cancelChannel, (runId) => this.#active.get(runId)?.control.abort('cancel')),
    );
    this.#phase = 'working';
    if (this.#isWorker) await this.#workers.heartbeat(this.#worker, this.#self);
    await this.#takeUpInterrupted();
    this.#upkeep.every(this.#timing.heartbeatMs, () => this.#heartbeat());
    this.#upkeep.every(this.#timing.leaseMs / 2, () => this.#takeUpInterrupted());
    this.#upkeep.every(sweepEveryMs, () => this.#retention.sweep(this.#stopping.signal), { atOnce: true });
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
    const queue = async (transaction: Transaction, runId: string) => {
      await also?.(transaction, runId);
      await this.#enqueue(transaction, { id: runId, config });
    };
    return this.#runs.create(config, usedModels, queue, await this.#whatFor(config));
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
    await this.#enqueue(transaction, { id: runId, config });
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

  /** The processes that work runs off, each with the ids of those that it works on. */
  async workers(): Promise<Worker[]> {
    return this.#workers.list(this.#timing.leaseMs);
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
    await this.#upkeep.stop();
    for (const unlisten of this.#unlisten) await unlisten();
    if (this.#isWorker) {
      // Also where the database is away a process must come to its end; its row is found by its age.
      await this.#workers.remove(this.#worker).catch((error: unknown) => {
        this.#logger.warn({ err: error }, 'the row of this worker could not be removed');
      });
    }
    if (wasWorking) await this.#jobs.stop();
  }

  get #isWorker(): boolean {
    return this.#self.concurrentRuns > 0;
  }

  /** @returns what a run has to wait for that no process has; null for nothing */
  async #whatFor(config: RunConfig): Promise<string | null> {
    if (!wantsGpu(config) || (await this.#workers.anyWithGpu(this.#timing.leaseMs))) return null;
    return 'The run asks for a GPU, and no worker has one at present: it waits until one starts.';
  }

  #requireWorking(): void {
    if (this.#phase === 'working') return;
    throw new DistilleryError('UNAVAILABLE', 'This process takes no runs: it is starting or stopping.');
  }

  async #enqueue(transaction: Transaction, run: Pick<Run, 'id' | 'config'>): Promise<void> {
    await this.#jobs.add(waiting(run), transaction);
    await transaction.executeSql('SELECT pg_notify($1, $2)', [queueChannel, run.id]);
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
    const { concurrentRuns, threads: ofEach } = this.#self;
    const busy = [...this.#active.values()].reduce((sum, { threads }) => sum + threads, 0);
    return busy < concurrentRuns * ofEach;
  }

  /** Made before looking, so that a run that is added while looking is not overlooked. */
  #nextWake(): Promise<void> {
    return new Promise((resolve) => {
      // Not all at the same moment, though one notification has woken all of them
      const timer = setTimeout(resolve, this.#timing.pollMs * (0.75 + Math.random() / 2));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Taking the job and starting the run are one transaction: a crash can't come between them. */
  async #takeRun(): Promise<boolean> {
    const taken = await this.#database.transaction(async (transaction) => {
      const runId = await this.#jobs.take(transaction, this.#self.gpu);
      if (runId === null) return null;
      const begun = await this.#runs.begin(transaction, runId, this.#worker);
      if (begun?.run.state !== 'running') await this.#jobs.remove(runId, transaction);
      return { begun };
    });
    const begun = taken?.begun;
    if (begun?.run.state === 'cancelled') await this.#folders.release(begun.run.id);
    if (begun?.run.state === 'running') {
      const { id, config } = begun.run;
      const control = new AbortController();
      const ended = this.#executor.execute(begun, control).finally(() => {
        // Resumed as soon as it had ended, it may be here again by now.
        if (this.#active.get(id)?.control === control) this.#active.delete(id);
        this.#wake();
      });
      const { attempt } = begun.hold;
      this.#active.set(id, { attempt, control, ended, threads: threadsOf(config, this.#config) });
    }
    return taken !== null;
  }

  async #heartbeat(): Promise<void> {
    if (this.#isWorker) await this.#workers.heartbeat(this.#worker, this.#self);
    const asked = [...this.#active].map(([id, { attempt, control }]) => ({ id, attempt, control }));
    const mine = await this.#runs.heartbeat(this.#worker, asked);
    for (const { id, attempt, control } of asked) {
      const run = mine.find((one) => one.id === id && one.attempt === attempt);
      // An execution that has just ended its run itself does not look any more.
      if (!run) control.abort('lost');
      else if (run.cancelRequested) control.abort('cancel');
    }
  }

  /** Runs whose process died without a word are queued again, or end if they were to be cancelled. */
  async #takeUpInterrupted(): Promise<void> {
    for (const runId of await this.#jobs.forgotten()) await this.#remember(runId);
    const { leaseMs } = this.#timing;
    await this.#workers.removeGone(leaseMs);
    const now = performance.now();
    const wasCutOff = now - (this.#lastLook ?? now) > 0.75 * leaseMs;
    this.#lastLook = now;
    // The others may have been as well: they get the time to say that they live.
    if (wasCutOff) return;
    for (const { id, config, hold, silent, cancelRequested } of await this.#runs.running(leaseMs)) {
      if (this.#active.get(id)?.attempt === hold.attempt && hold.worker === this.#worker) continue;
      // The lock on a PGlite folder means that no other process can have the run.
      const alone = this.#database.kind === 'pglite' && hold.worker !== this.#worker;
      if (!alone && !silent && !isGone(hold.worker)) continue;
      try {
        if (cancelRequested)
          await this.#executor.finish(id, hold, { state: 'cancelled', message: 'The run was cancelled.' });
        else
          await this.#executor.retryOrFail(
            { id, config },
            hold,
            new DistilleryError('INTERNAL', 'The process that worked on the run ended without a word.'),
          );
      } catch (error) {
        if (!(error instanceof DistilleryError && error.code === 'CONFLICT')) throw error;
        // Another process was quicker.
      }
    }
    this.#wake();
  }

  /** Gives a queued run without a job a new one. */
  async #remember(runId: string): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const run = await lockRun(transaction, runId);
      // It may have been taken and have ended since it was looked for.
      if (run.state === 'queued') await this.#enqueue(transaction, run);
    });
  }
}
