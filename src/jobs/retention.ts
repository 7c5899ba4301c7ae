/** Gives up what was kept long enough: checkpoints, old runs, and logits beyond their room. Never a model. */
import type { Config } from '../config.ts';
import { trimLogits } from '../evaluation/modelLogits.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../storage/database.ts';
import { removeOldEvents, removeOldRuns } from '../storage/oldRuns.ts';
import type { RunFolders } from './runFolders.ts';

export interface RetentionDependencies {
  database: Database;
  config: Pick<Config, 'dataDirectory' | 'keepRunsDays' | 'logitsMb'>;
  logger: Logger;
  folders: RunFolders;
}

export class Retention {
  readonly #database: Database;
  readonly #config: RetentionDependencies['config'];
  readonly #logger: Logger;
  readonly #folders: RunFolders;

  constructor({ database, config, logger, folders }: RetentionDependencies) {
    this.#database = database;
    this.#config = config;
    this.#logger = logger;
    this.#folders = folders;
  }

  /** @param signal ends it early */
  async sweep(signal: AbortSignal): Promise<void> {
    await this.#folders.sweep(signal);
    const { dataDirectory, keepRunsDays, logitsMb } = this.#config;
    const removed = await trimLogits(dataDirectory, logitsMb * 1e6);
    if (removed.length > 0)
      this.#logger.info({ files: removed.length }, 'logits not used for longest were removed');
    if (keepRunsDays === undefined || signal.aborted) return;
    const runs = await removeOldRuns(this.#database, keepRunsDays, (ids) => this.#folders.remove(ids));
    const silenced = await removeOldEvents(this.#database, keepRunsDays);
    if (runs + silenced > 0)
      this.#logger.info({ runs, eventsOfRuns: silenced, keepRunsDays }, 'old runs were removed');
  }
}
