/** The process's logger: readable lines on a terminal, one JSON object a line elsewhere. */
import { pino } from 'pino';
import type { Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config.ts';

export type { Logger } from 'pino';

/**
 * Logs go to standard error, so that a command's own output can be piped.
 * @param level the quietest level that is written; `silent` writes nothing
 */
export function createLogger(level: Config['logLevel']): Logger {
  const options = { level, base: undefined, redact: ['apiKey', '*.apiKey', 'databaseUrl', '*.databaseUrl'] };
  if (!process.stderr.isTTY) return pino(options, pino.destination(2));
  // A stream in this thread: pino's transport thread would keep lines back when the process is killed.
  return pino(
    options,
    pretty({ destination: 2, sync: true, colorize: true, translateTime: 'HH:MM:ss', ignore: 'pid,hostname' }),
  );
}
