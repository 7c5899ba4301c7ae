/** Processor time and memory of processes, from the kernel of this machine. */
import { readdir, readFile } from 'node:fs/promises';

/** Milliseconds that all threads of these processes have been on a processor; of one that has ended, nothing. */
export async function processorMs(pids: readonly number[]): Promise<number> {
  let nanoseconds = 0;
  for (const pid of pids) {
    const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
    for (const thread of threads) {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0');
      nanoseconds += Number(text.split(' ', 1)[0]);
    }
  }
  return nanoseconds / 1e6;
}

/** Memory that a process shares with no other, in MB. */
export async function ownMemoryMb(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = ['Private_Clean', 'Private_Dirty'].map((field) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]),
  );
  return kilobytes.reduce((sum, part) => sum + part, 0) / 1024;
}
