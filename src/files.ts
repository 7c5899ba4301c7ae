/** Asks the disk, writes whole files or none, and takes turns on them. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { DistilleryError, errorDetails } from './errors.ts';

export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** In lower-case hexadecimal digits; a large file is not read into memory. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Written aside and renamed, so that nobody reads a part of it; a write that fails leaves nothing behind. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await writeFile(aside, content);
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** Puts the folder or file `whole` in the place of `target`, which is put aside beside it for that moment. */
export async function replaceFolder(target: string, whole: string): Promise<void> {
  const before = `${whole}.before`;
  await mkdir(dirname(target), { recursive: true });
  await rm(before, { recursive: true, force: true });
  await rename(target, before).catch((error: unknown) => {
    if (errorDetails(error).code !== 'ENOENT') throw error;
  });
  await rename(whole, target);
  await rm(before, { recursive: true, force: true });
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
