/** Asks the disk, and takes turns on its files. */
import { stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { DistilleryError, errorDetails } from './errors.ts';

export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Waits until no other process makes the file at `path`, which need not exist yet; the lock of one that died is taken over.
 * @returns what ends the lock
 * @throws DistilleryError CANCELLED soon after `signal` is aborted
 */
export async function lockFile(path: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  for (;;) {
    if (signal?.aborted)
      throw new DistilleryError('CANCELLED', `Waiting for ${path} was cancelled.`, { path });
    try {
      // A lock lost while this process stood still is no reason to end it: files are written aside and checked
      const release = await lock(path, { realpath: false, stale: 20_000, onCompromised: () => undefined });
      return () => release().catch(() => undefined); // already lost
    } catch (error) {
      if (errorDetails(error).code !== 'ELOCKED') throw error;
      await wait(500, undefined, { signal }).catch(() => undefined);
    }
  }
}
