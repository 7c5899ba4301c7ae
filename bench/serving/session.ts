/** What the parts of the measurement share: texts, options, and servers that are as they come. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DistilleryError } from '../../src/errors.ts';
import { startServerProcess, type ServerProcess } from '../serverProcess.ts';
import type { Workload } from './workload.ts';

export interface ServingBench {
  readonly workload: Workload;
  /** Turns of every side of a ratio that are kept. */
  readonly rounds: number;
  /** Of one turn of a student; a teacher, which answers a hundredth as often, gets twice as long. */
  readonly seconds: number;
  /** A Python for the peers. */
  readonly python: string | null;
  readonly imdbArchive: string | undefined;
}

export const headlineStudent = 'imdb-gru-32';
export const teacher = 'imdb-teacher-int8';

/** The folder of a released model. */
export function released(name: string): string {
  return fileURLToPath(new URL(`../../models/${name}`, import.meta.url));
}

/**
 * A server in a process and a data directory of its own, as `npm run serve` starts it: with default settings, whatever
 * this process has been told. Its log has errors only: it would warn of every slow answer of an overload.
 * @throws DistilleryError UNAVAILABLE where it ended before it was told to
 */
export async function withServer<Result>(
  settings: Readonly<Record<string, string>>,
  use: (server: ServerProcess) => Promise<Result>,
): Promise<Result> {
  const own = Object.keys(process.env).filter((name) => /^DISTILLERY_|^DATABASE_URL$|^OTEL_/.test(name));
  const defaults = Object.fromEntries(own.map((name) => [name, '']));
  const dataDirectory = await mkdtemp(join(tmpdir(), 'distillery-serving-'));
  try {
    const environment = { ...defaults, DISTILLERY_LOG_LEVEL: 'error', ...settings };
    const server = await startServerProcess(dataDirectory, environment);
    try {
      return await use(server);
    } catch (cause) {
      if (server.isRunning()) throw cause;
      throw new DistilleryError('UNAVAILABLE', 'The server ended while it was measured.', {}, { cause });
    } finally {
      await server.stop();
    }
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}
