/** The folders of runs: handed from attempt to attempt, kept while a run can be resumed from its checkpoint, then removed. */
import { readdir } from 'node:fs/promises';
import type { ArtefactStore } from '../artefacts/store.ts';
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../storage/database.ts';
import { ifOver } from '../storage/endedRuns.ts';
import { checkpointName, type CheckpointNews } from '../training/checkpoint.ts';
import { openAttempt, runFolder, runFolders } from '../training/runFolder.ts';

export interface RunFoldersDependencies {
  database: Database;
  artefacts: ArtefactStore;
  config: Pick<Config, 'keepCheckpointsHours'>;
  logger: Logger;
}

/** A run as one of its attempts has it. */
interface Attempt {
  readonly id: string;
  readonly attempt: number;
}

export class RunFolders {
  readonly #database: Database;
  readonly #store: ArtefactStore;
  readonly #config: RunFoldersDependencies['config'];
  readonly #logger: Logger;
  /** Runs whose checkpoint is being pushed; `again`: a newer one has been saved since. */
  readonly #pushing = new Map<string, { again: boolean; done: Promise<void> }>();

  constructor({ database, artefacts, config, logger }: RunFoldersDependencies) {
    this.#database = database;
    this.#store = artefacts;
    this.#config = config;
    this.#logger = logger;
  }

  /**
   * The folder of an attempt, with what the attempt before had left, on this machine or in the artefact store.
   * @throws DistilleryError UNAVAILABLE where the store can't be asked
   */
  async takeUp({ id, attempt }: Attempt): Promise<string> {
    const { dataDirectory } = this.#store;
    const stored = (await this.#store.list(`${runPath(id)}/`)).map((path) => Number(path.split('/')[2]));
    const here = await readdir(runFolder(dataDirectory, id)).catch(() => []);
    const newest = Math.max(0, ...stored.filter((number) => number < attempt));
    // What this machine has of an attempt is at least as new as what it had pushed.
    if (newest > 0 && !here.some((name) => Number(name) >= newest))
      await this.#store.pull(checkpointPath({ id, attempt: newest }));
    return openAttempt(dataDirectory, id, attempt);
  }

  /** Shows a checkpoint that was saved to other machines, and logs one that was damaged. */
  heed(run: Attempt, news: CheckpointNews): void {
    if (news.state === 'damaged') return this.#logger.warn({ run: run.id }, news.message);
    const pushing = this.#pushing.get(run.id);
    if (pushing) {
      pushing.again = true;
      return;
    }
    const started = { again: false, done: Promise.resolve() };
    this.#pushing.set(run.id, started);
    started.done = this.#push(run, started);
  }

  /** Resolves when the last checkpoint that was heard of has been pushed. Never rejects. */
  async kept(runId: string): Promise<void> {
    await this.#pushing.get(runId)?.done;
  }

  async #push(run: Attempt, state: { again: boolean }): Promise<void> {
    try {
      do {
        state.again = false;
        await this.#store.push(checkpointPath(run));
      } while (state.again);
    } catch (error) {
      // The next one is pushed again; until then a worker elsewhere would go on from the one before.
      this.#logger.warn(
        { run: run.id, err: error },
        'a checkpoint could not be brought to the artefact store',
      );
    } finally {
      this.#pushing.delete(run.id);
    }
  }

  /** Removes the checkpoint and what was prepared of a run that has ended, unless it may yet be resumed. Never rejects. */
  async release(runId: string): Promise<void> {
    const { keepCheckpointsHours } = this.#config;
    try {
      // While the run is locked: a resumed one must not lose its checkpoint under its hands.
      await ifOver(this.#database, runId, keepCheckpointsHours, () => this.remove([runId]));
    } catch (error) {
      // A folder of another database's run, or none of a run at all, is not ours to remove.
      if (error instanceof DistilleryError && error.code === 'NOT_FOUND') return;
      this.#logger.warn({ run: runId, err: error }, 'the folder of an ended run could not be removed');
    }
  }

  /** Of runs that are about to be removed themselves. */
  async remove(runIds: readonly string[]): Promise<void> {
    for (const runId of runIds) await this.#store.remove(runPath(runId));
  }

  /** Releases all, as some have become too old since. @param signal ends it early; never rejects */
  async sweep(signal: AbortSignal): Promise<void> {
    const here = await readdir(runFolders(this.#store.dataDirectory)).catch(() => []);
    const stored = await this.#store.list('runs/').catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'the artefact store could not be looked through for ended runs');
      return [];
    });
    const ids = new Set([...here, ...stored.map((path) => path.split('/')[1]!)]);
    for (const id of ids) {
      if (signal.aborted) return;
      await this.release(id);
    }
  }
}

const runPath = (runId: string) => `runs/${runId}`;
const checkpointPath = ({ id, attempt }: Attempt) => `${runPath(id)}/${attempt}/${checkpointName}`;
