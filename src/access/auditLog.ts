/** What is remembered of every mutation, and for how long. */
import type { Logger } from '../log.ts';
import * as rows from '../storage/audit.ts';
import type { Database } from '../storage/database.ts';
import type { Page, PageRequest } from '../storage/page.ts';

export type AuditEntry = rows.AuditRow;
export type NewAuditEntry = rows.NewAuditRow;

const dayMs = 86_400_000;

export class AuditLog {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #keepDays: number;
  #timer: NodeJS.Timeout | null = null;

  constructor(database: Database, logger: Logger, { keepAuditDays }: { keepAuditDays: number }) {
    this.#database = database;
    this.#logger = logger;
    this.#keepDays = keepAuditDays;
  }

  /** Removes what is too old, now and once a day. */
  async start(): Promise<void> {
    if (this.#keepDays === 0) return;
    await rows.deleteEntriesBefore(this.#database, this.#keepDays);
    const clean = () =>
      rows
        .deleteEntriesBefore(this.#database, this.#keepDays)
        .catch((error: unknown) => this.#logger.error({ err: error }, 'old audit entries were not removed'));
    this.#timer = setInterval(() => void clean(), dayMs).unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /**
   * Resolves when the entries are stored. Where the database takes none, the log of the process holds them: what was done
   * is done, and its client is told so.
   */
  async write(entries: readonly NewAuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    try {
      await rows.insertEntries(this.#database, entries);
    } catch (error) {
      this.#logger.error({ err: error, entries }, 'audit entries could not be stored; they stand here alone');
    }
  }

  /** The newest first. @throws DistilleryError BAD_USER_INPUT */
  list(request: PageRequest): Promise<Page<AuditEntry>> {
    return rows.listEntries(this.#database, request);
  }
}
