/** A lock on a folder that one process alone may open: a file that names its holder. */
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { DistilleryError, errorDetails } from '../errors.ts';
import { isProvablyGone, processSpace } from './processSpace.ts';

export interface FolderLock {
  release(): Promise<void>;
}

const heartbeatMs = 2_000;
/** A holder that has not touched its file for so long is gone. */
const defaultStaleMs = 10_000;
const holderSchema = z.object({
  pid: z.number(),
  host: z.string(),
  /** In which the id names the process. */
  space: z.string().nullable(),
  since: z.string(),
});
type Holder = z.infer<typeof holderSchema>;
const heldHere = new Set<string>();

/**
 * Takes the lock file at `path`; a lock whose holder died is taken over.
 * A holder among the processes that this one can see is known dead or alive at once. Any other one (on another
 * machine, in another container) is watched for up to `staleMs`, since only its heartbeat tells.
 * @param what the folder that is guarded, for the message
 * @throws DistilleryError UNAVAILABLE while a living process holds it
 */
export async function lockFolder(path: string, what: string, staleMs = defaultStaleMs): Promise<FolderLock> {
  if (heldHere.has(path)) throw heldBy(thisProcess(), path, what);
  heldHere.add(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    while (!(await create(path))) {
      const holder = await readHolder(path);
      if (await isHeld(path, holder, staleMs)) throw heldBy(holder, path, what);
      await takeAway(path, holder, staleMs);
    }
  } catch (error) {
    heldHere.delete(path);
    throw error;
  }
  const heartbeat = setInterval(
    () => void utimes(path, new Date(), new Date()).catch(() => undefined),
    heartbeatMs,
  );
  heartbeat.unref();
  let released = false;
  return {
    async release() {
      if (released) return;
      released = true;
      clearInterval(heartbeat);
      await rm(path, { force: true });
      heldHere.delete(path);
    },
  };
}

async function create(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(JSON.stringify(thisProcess()));
    await file.close();
    return true;
  } catch (error) {
    if (errorDetails(error).code === 'EEXIST') return false;
    throw error;
  }
}

function thisProcess(): Holder {
  return { pid: process.pid, host: hostname(), space: processSpace, since: new Date().toISOString() };
}

/** null: the file is not readable as a holder, because its writer died or has not finished writing. */
async function readHolder(path: string): Promise<Holder | null> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

async function isHeld(path: string, holder: Holder | null, staleMs: number): Promise<boolean> {
  const touched = await lastTouch(path);
  if (touched === null) return false;
  if (holder && holder.space === processSpace && processSpace !== null) {
    // With this process's own id it is an earlier one's: in a new container ids and even namespaces are used again.
    return holder.pid !== process.pid && !isProvablyGone(holder.pid, holder.space);
  }
  if (await staysUntouched(path, touched, staleMs)) return false;
  return (await lastTouch(path)) !== null;
}

/** Watches a file for `forMs`: its time and ours may come from clocks that differ, or that are set meanwhile. */
async function staysUntouched(path: string, touched: number, forMs: number): Promise<boolean> {
  const began = performance.now();
  while (performance.now() - began < forMs) {
    await pause(50);
    if ((await lastTouch(path)) !== touched) return false;
  }
  return true;
}

/** Only one of several processes that found the same dead lock may remove it, else a fresh one could be removed. */
async function takeAway(path: string, expected: Holder | null, staleMs: number): Promise<void> {
  const guard = `${path}.takeover`;
  try {
    await mkdir(guard);
  } catch (error) {
    if (errorDetails(error).code !== 'EEXIST') throw error;
    const touched = await lastTouch(guard);
    if (touched !== null && (await staysUntouched(guard, touched, staleMs)))
      await rm(guard, { recursive: true, force: true });
    return;
  }
  try {
    const present = await readHolder(path);
    if (JSON.stringify(present) === JSON.stringify(expected)) await rm(path, { force: true });
  } finally {
    await rm(guard, { recursive: true, force: true });
  }
}

async function lastTouch(path: string): Promise<number | null> {
  return (await stat(path).catch(() => null))?.mtimeMs ?? null;
}

function heldBy(holder: Holder | null, path: string, what: string): DistilleryError {
  const who = holder ? `process ${holder.pid} on ${holder.host} (since ${holder.since})` : 'another process';
  return new DistilleryError(
    'UNAVAILABLE',
    `The folder ${what} is open in ${who}, and one process alone may open it. ` +
      `Stop that process, use another data directory, or give a PostgreSQL address in DATABASE_URL. ` +
      `If that process is not Distillery, remove ${path}.`,
    { folder: what, lock: path, pid: holder?.pid ?? null, host: holder?.host ?? null },
  );
}
