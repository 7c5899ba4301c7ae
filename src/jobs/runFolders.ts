/** The folders of runs: kept for a while where a run can be resumed from its checkpoint, removed where it can't. */
import { readdir, rm } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../storage/database.ts';
import { ifOver } from '../storage/endedRuns.ts';
import { runFolder, runFolders } from '../training/runFolder.ts';

export interface RunFoldersDependencies {
  database: Database;
  config: Pick<Config, 'dataDirectory' | 'keepCheckpointsHours'>;
  logger: Logger;
}

export class RunFolders {
  readonly #database: Database;
  readonly #config: RunFoldersDependencies['config'];
  readonly #logger: Logger;

  constructor({ database, config, logger }: RunFoldersDependencies) {
    this.#database = database;
    this.#config = config;
    this.#logger = logger;
  }

  /** Removes the checkpoint and what was prepared of a run that has ended, unless it may yet be resumed. Never rejects. */
  async release(runId: string): Promise<void> {
    const { dataDirectory, keepCheckpointsHours } = this.#config;
    try {
      // While the run is locked: a resumed one must not lose its checkpoint under its hands.
      await ifOver(this.#database, runId, keepCheckpointsHours, () =>
        rm(runFolder(dataDirectory, runId), { recursive: true, force: true }),
      );
    } catch (error) {
      // A folder of another database's run, or none of a run at all, is not ours to remove.
      if (error instanceof DistilleryError && error.code === 'NOT_FOUND') return;
      this.#logger.warn({ run: runId, err: error }, 'the folder of an ended run could not be removed');
    }
  }

  /** Releases all, as some have become too old since. @param signal ends it early; never rejects */
  async sweep(signal: AbortSignal): Promise<void> {
    for (const name of await readdir(runFolders(this.#config.dataDirectory)).catch(() => [])) {
      if (signal.aborted) return;
      await this.release(name);
    }
  }
}
