/** Where a run keeps its checkpoint and prepares its model folder, until the model is published. */
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder that holds a folder for each run, named by its id. */
export const runFolders = (dataDirectory: string): string => join(dataDirectory, 'runs');

export const runFolder = (dataDirectory: string, runId: string): string =>
  join(runFolders(dataDirectory), runId);

/**
 * Each attempt at a run has a folder of its own: a process that has lost the run without knowing may go on writing,
 * and must not reach what its successor works with.
 */
export const attemptFolder = (dataDirectory: string, runId: string, attempt: number): string =>
  join(runFolder(dataDirectory, runId), String(attempt));

/**
 * Gives an attempt what the newest one before it has left: its folder is moved, so that the one before, should it still
 * write, writes into a new one.
 * @returns the attempt's folder, which may be empty
 */
export async function openAttempt(dataDirectory: string, runId: string, attempt: number): Promise<string> {
  const folder = attemptFolder(dataDirectory, runId, attempt);
  const earlier = (await readdir(runFolder(dataDirectory, runId)).catch(() => []))
    .map(Number)
    .filter((number) => number < attempt)
    .sort((a, b) => b - a);
  for (const number of earlier) {
    try {
      await rename(attemptFolder(dataDirectory, runId, number), folder);
      return folder;
    } catch {
      // Not a folder of ours, or gone by now.
    }
  }
  await mkdir(folder, { recursive: true });
  return folder;
}
