/** Worker processes of a test, and what others of its processes need: ended with it, however it ends. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { QueueTiming } from '../../src/jobs/runQueue.ts';

const script = fileURLToPath(new URL('./workerProcess.ts', import.meta.url));

export const quickTiming: Partial<QueueTiming> = {
  heartbeatMs: 300,
  leaseMs: 2_000,
  pollMs: 200,
  retryDelaySeconds: 0,
  retryLimit: 2,
};

export interface Place {
  readonly dataDirectory: string;
  readonly databaseUrl: string | undefined;
}

export class WorkerProcesses {
  readonly #place: Place;
  readonly #started = new Set<ChildProcess>();

  constructor(place: Place) {
    this.#place = place;
  }

  /** Resolves when it looks for runs. @param clockMs by which its clock is wrong */
  async start(timing = quickTiming, clockMs = 0): Promise<ChildProcess> {
    const worker = fork(script, [JSON.stringify(timing)], {
      execArgv: ['--import', 'tsx'],
      env: {
        ...process.env,
        DATABASE_URL: this.#place.databaseUrl,
        DISTILLERY_DATA_DIRECTORY: this.#place.dataDirectory,
        DISTILLERY_RELEASED_MODELS: join(this.#place.dataDirectory, 'none'),
        DISTILLERY_LOG_LEVEL: process.env.DISTILLERY_TEST_LOG ?? 'silent',
        ...(clockMs === 0 ? {} : { NODE_OPTIONS: `--import ${wrongClock(clockMs)}` }),
      },
    });
    this.#started.add(worker);
    worker.once('exit', () => this.#started.delete(worker));
    await once(worker, 'message');
    return worker;
  }

  async killAll(): Promise<void> {
    await Promise.all(
      [...this.#started].map(async (worker) => {
        const gone = once(worker, 'exit');
        worker.kill('SIGKILL');
        await gone;
      }),
    );
  }
}

/** A module that sets the clock of a process; its timers go on as before. */
function wrongClock(byMs: number): string {
  const source = `const Right = Date;
    globalThis.Date = class extends Right {
      constructor(...values) { super(...(values.length > 0 ? values : [Right.now() + ${byMs}])); }
      static now() { return Right.now() + ${byMs}; }
    };`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
