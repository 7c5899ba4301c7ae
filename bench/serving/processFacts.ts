/** What a process costs: memory of a server, CPU of the load generator, and what a server says of itself in /metrics. */
import { readFile } from 'node:fs/promises';

/** Starts counting; the function that comes back tells how many cores this process has been busy on since. */
export function cpuClock(): () => number {
  const [startedAt, start] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000 / (performance.now() - startedAt);
  };
}

/** Resident memory of a server's process: from the kernel, else from its metrics. @returns null where neither tells */
export async function residentMb({ pid, url }: { pid: number; url: string }): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  if (kilobytes !== undefined) return Number(kilobytes) / 1024;
  const bytes = (await readMetrics(url)).get('process_resident_memory_bytes');
  return bytes === undefined ? null : bytes / 2 ** 20;
}

/** @param url any address of the server. @returns values by name, labels included; empty where there are no metrics */
export async function readMetrics(url: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(new URL('/metrics', url)).catch(() => null);
  return parseMetrics(response?.ok ? await response.text() : '');
}

/** Prometheus' text format: lines of `name{labels} value`, and comments. */
export function parseMetrics(text: string): ReadonlyMap<string, number> {
  const lines = text.matchAll(/^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)/gm);
  return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]));
}

export interface Sample {
  /** Since the first one. */
  readonly seconds: number;
  readonly mb: number;
}

/** Samples of a server's memory each second, until they are asked for. */
export function watchMemory(server: { pid: number; url: string }): () => Sample[] {
  const start = performance.now();
  const samples: Sample[] = [];
  const take = async () => {
    const seconds = Math.round((performance.now() - start) / 1000);
    const mb = await residentMb(server);
    if (mb !== null) samples.push({ seconds, mb: Math.round(10 * mb) / 10 });
  };
  void take();
  const timer = setInterval(() => void take(), 1000);
  return () => {
    clearInterval(timer);
    return samples;
  };
}
