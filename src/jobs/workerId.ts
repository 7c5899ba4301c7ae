/** Who works on a run: a name by which another process may be able to tell whether the worker still lives. */
import { randomUUID } from 'node:crypto';
import { isProvablyGone, processSpace } from '../storage/processSpace.ts';

/** Tells this process from an earlier one with the same id, such as process 1 of a container that was restarted. */
const start = randomUUID().slice(0, 8);
let workers = 0;

/** `process space/process id/start/number` */
export function newWorkerId(): string {
  return `${processSpace ?? 'unknown'}/${process.pid}/${start}/${++workers}`;
}

/** True only where it is certain; else the run's lease must run out. */
export function isGone(worker: string): boolean {
  const [space, pid, itsStart] = worker.split('/');
  if (space === undefined || space !== processSpace) return false;
  if (Number(pid) === process.pid) return itsStart !== start;
  return isProvablyGone(Number(pid), space);
}
