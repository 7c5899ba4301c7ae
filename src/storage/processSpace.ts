/** Which processes this one can see: the only ones whose ids mean the same here as there. */
import { readFileSync, readlinkSync } from 'node:fs';
import { errorDetails } from '../errors.ts';

/**
 * The boot of the machine and the namespace of process ids, or null where the system does not tell. A host's name
 * won't do: containers share names, and ids start anew with each boot.
 */
export const processSpace: string | null = read();

function read(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}:${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** @param space the {@link processSpace} in which the process was started */
export function isProvablyGone(pid: number, space: string | null): boolean {
  if (processSpace === null || space !== processSpace) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorDetails(error).code === 'ESRCH';
  }
}
