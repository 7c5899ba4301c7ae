/** A database that does not answer: how that is told, and how work that must not be lost waits until it is back. */
import { setTimeout as pause } from 'node:timers/promises';
import { DistilleryError, errorDetails, toDistilleryError } from '../errors.ts';

/** The database could not be reached, or went away before it answered: what was asked for may or may not be done. */
export class DatabaseAway extends DistilleryError {
  constructor(cause: unknown) {
    const reason = errorDetails(cause).code ?? 'connection lost';
    super('UNAVAILABLE', 'The database does not answer. Try again in a moment.', { reason }, { cause });
  }
}

/** Of Node's sockets, and the classes of SQLSTATE that end a connection. */
const codes = /^(08|57P0|58|53300|25P0[34]|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH)/;
/** What the driver says without a code. */
const words =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying)/;

/** @returns the error as {@link DatabaseAway} where the connection broke or could not be made, else as it is */
export function asOutage(error: unknown): unknown {
  const { code, message } = errorDetails(error);
  // PostgreSQL ends a connection with whatever it calls fatal, such as that a database takes none at present.
  const isFatal =
    typeof error === 'object' && error !== null && 'severity' in error && error.severity === 'FATAL';
  return isFatal || codes.test(code ?? '') || words.test(message) ? new DatabaseAway(error) : error;
}

export const isOutage = (error: unknown): boolean => toDistilleryError(error) instanceof DatabaseAway;

export interface Patience {
  /** How long the database may be away, in milliseconds. */
  patienceMs: number;
  /** Where nobody can wait any longer: the next outage is an error at once. */
  signal?: AbortSignal;
}

const firstPauseMs = 50;
const longestPauseMs = 5_000;

/**
 * Does `work` again and again while the database is away. The outcome of a time before may be unknown: what it did must
 * be the same whether it is done once or twice.
 * @throws DatabaseAway where it has been away for too long; else as `work`
 */
export async function overOutages<T>(work: () => Promise<T>, { patienceMs, signal }: Patience): Promise<T> {
  const since = performance.now();
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await work();
    } catch (error) {
      if (!isOutage(error) || signal?.aborted || performance.now() - since > patienceMs) throw error;
    }
    await pause(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
