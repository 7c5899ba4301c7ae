/** The same student behind servers of the Python world: processes of their own, started from bench/python. */
import { execFile, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { DistilleryError, errorDetails } from '../../src/errors.ts';
import { freePort } from '../serverProcess.ts';
import { outcomeOf } from './http.ts';
import { counted } from './wording.ts';

export interface PeerSetting {
  /** As the result names it. */
  readonly name: string;
  /** Of the Python process. */
  readonly command: (port: number) => readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface Peer {
  /** Where texts are classified: `{text}` → `{label, probabilities}`. */
  readonly url: string;
  /** Stops its processes from running at all: one that waits busily would slow the other side's turn. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** In the thread pool and on the event loop, with sessions of one thread and of two. */
export function fastapiSettings(processes: number): PeerSetting[] {
  const flags = `--workers ${processes} --loop uvloop --http httptools --no-access-log --log-level warning`;
  return ['def', 'async def'].flatMap((endpoint) =>
    [1, 2].map((threads) => ({
      name: `FastAPI, ${endpoint}, ${counted(processes, 'process', 'processes')}, sessions of ${counted(threads, 'thread')}`,
      command: (port: number) =>
        `-m uvicorn serving_fastapi:app --host 127.0.0.1 --port ${port} ${flags}`.split(' '),
      environment: { ENDPOINT: endpoint, SESSION_THREADS: String(threads) },
    })),
  );
}

/** Batches as large as ours, or small ones, which wait hardly at all or a little; one worker, or one for each of two cores. */
export function litserveSettings(): PeerSetting[] {
  const processes = [
    { workers: 1, threads: 1 },
    { workers: 1, threads: 2 },
    { workers: 2, threads: 1 },
  ];
  return processes.flatMap(({ workers, threads }) =>
    [8, 32].flatMap((most) =>
      [1, 5].map((waitMs) => ({
        name: `LitServe, batches of up to ${most} within ${waitMs} ms, ${counted(workers, 'worker')}, sessions of ${counted(threads, 'thread')}`,
        command: (port: number) => ['serving_litserve.py', String(port)],
        environment: {
          WORKERS: String(workers),
          SESSION_THREADS: String(threads),
          MAX_BATCH: String(most),
          BATCH_TIMEOUT: String(waitMs / 1000),
        },
      })),
    ),
  );
}

const folder = fileURLToPath(new URL('../python/', import.meta.url));
const startSeconds = 60;
const probe = JSON.stringify({ text: 'A quiet film that stays with you for days.' });

/**
 * @param model a model folder
 * @throws DistilleryError UNAVAILABLE where it does not answer within a minute
 */
export async function startPeer(python: string, model: string, setting: PeerSetting): Promise<Peer> {
  const port = await freePort();
  const child = spawn(python, setting.command(port), {
    cwd: folder,
    env: { ...process.env, ...setting.environment, MODEL: model, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
    // A process group of its own, which takes signals as a whole
    detached: true,
  });
  const signal = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch (error) {
      // Else none of its processes is left
      if (errorDetails(error).code !== 'ESRCH') throw error;
    }
  };
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const kill = () => signal('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    signal('SIGCONT');
    signal('SIGTERM');
    await Promise.race([ended, delay(10_000, undefined, { ref: false })]);
    kill();
    process.off('exit', kill);
  };
  const url = `http://127.0.0.1:${port}/classify`;
  const end = performance.now() + 1000 * startSeconds;
  while (!(await answers(url))) {
    if (performance.now() < end && child.pid !== undefined && child.exitCode === null) {
      await delay(250);
      continue;
    }
    await stop();
    throw new DistilleryError('UNAVAILABLE', `${setting.name} did not get ready; its own words are above.`);
  }
  return { url, pause: () => signal('SIGSTOP'), resume: () => signal('SIGCONT'), stop };
}

async function answers(url: string): Promise<boolean> {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: probe };
  const response = await fetch(url, request).catch(() => null);
  return (
    response !== null && outcomeOf({ status: response.status, text: await response.text() }) === 'answered'
  );
}

const packages = ['fastapi', 'uvicorn', 'uvloop', 'httptools', 'litserve', 'onnxruntime', 'numpy'];
const versionsScript = `
import importlib.metadata, json, platform
versions = {name: importlib.metadata.version(name) for name in ${JSON.stringify(packages)}}
print(json.dumps({"python": platform.python_version(), **versions}))`;

/** @throws DistilleryError ENGINE_UNAVAILABLE where Python or one of the packages is missing */
export async function peerVersions(python: string | null): Promise<Record<string, string>> {
  const remedy =
    'Name a Python that has bench/python/serving-requirements.txt installed: --python PATH or DISTILLERY_PYTHON.';
  if (python === null) throw new DistilleryError('ENGINE_UNAVAILABLE', `The peers need Python. ${remedy}`);
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', versionsScript]);
    return z.record(z.string(), z.string()).parse(JSON.parse(stdout));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim().split('\n').at(-1) : String(cause);
    throw new DistilleryError(
      'ENGINE_UNAVAILABLE',
      `${python} can't run the peers (${reason}). ${remedy}`,
      {},
      { cause },
    );
  }
}
