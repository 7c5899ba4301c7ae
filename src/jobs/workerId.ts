/** Who works on a run: a name by which any process can tell whether the worker still lives. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { errorDetails } from '../errors.ts';

/** Tells this process from an earlier one with the same id, such as process 1 of a container that was restarted. */
const start = randomUUID().slice(0, 8);
let workers = 0;

/** `host/process id/start/number` */
export function newWorkerId(): string {
  return `${hostname()}/${process.pid}/${start}/${++workers}`;
}

/** True only where it is certain: the worker ran on this machine and its process is gone. */
export function isGone(worker: string): boolean {
  const [host, pid, itsStart] = worker.split('/');
  if (host !== hostname()) return false;
  if (Number(pid) === process.pid) return itsStart !== start;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return errorDetails(error).code === 'ESRCH';
  }
}
