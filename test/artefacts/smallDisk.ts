/** A filesystem of a few megabytes, mounted for one test file; null where mounting is not allowed. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk {
  readonly folder: string;
  /** Leaves so many bytes free, by one large file. */
  fill(free: number): Promise<void>;
  /** Takes that file away. */
  clear(): Promise<void>;
  unmount(): Promise<void>;
}

export async function mountSmallDisk(megabytes: number): Promise<SmallDisk | null> {
  const folder = await mkdtemp(join(tmpdir(), 'distillery-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  } catch {
    await rmdir(folder);
    process.stderr.write('Tests on a full disk are skipped, since no filesystem can be mounted here.\n');
    return null;
  }
  const filler = join(folder, 'filler');
  const clear = () => rm(filler, { force: true });
  return {
    folder,
    clear,
    fill: async (free) => {
      await clear();
      const { bavail, bsize } = await statfs(folder);
      await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - free)));
    },
    unmount: async () => {
      await run('umount', ['-l', folder]);
      await rmdir(folder);
    },
  };
}
