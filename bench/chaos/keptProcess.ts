/** A process of Distillery that is started again whenever it ends, until it is stopped; and the runs' processes below it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const beforeRestartMs = 200;
/** More than a process takes that lets its run save a checkpoint. */
const stopMs = 60_000;

/** Does not outlive this process. */
const kept = new Set<KeptProcess>();
process.once('exit', () => kept.forEach((one) => one.kill()));

export interface ProcessOptions {
  /** What follows `node`. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What it prints is added to this file. */
  readonly log: string;
}

export class KeptProcess {
  readonly #options: ProcessOptions;
  readonly #output: number;
  #child: ChildProcess;
  #stopped = false;
  #frozen = false;
  #kept: Promise<void>;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#output = openSync(options.log, 'a');
    this.#child = this.#start();
    this.#kept = this.#keep();
    kept.add(this);
  }

  /** Of the process at present; null between two of them, and while it is frozen. */
  get pid(): number | null {
    const { pid, exitCode, signalCode } = this.#child;
    return exitCode === null && signalCode === null && !this.#frozen ? (pid ?? null) : null;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Stands still for a while, and then goes on as if nothing had been. */
  async freeze(milliseconds: number): Promise<void> {
    const child = this.#child;
    this.#frozen = true;
    child.kill('SIGSTOP');
    await delay(milliseconds);
    child.kill('SIGCONT');
    this.#frozen = false;
  }

  /** Ends it as an operator would. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#child.kill('SIGTERM');
    const patience = setTimeout(() => this.kill(), stopMs);
    await this.#kept;
    clearTimeout(patience);
    kept.delete(this);
  }

  async #keep(): Promise<void> {
    while (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'exit');
      if (this.#stopped) return;
      await delay(beforeRestartMs);
      if (!this.#stopped) this.#child = this.#start();
    }
  }

  #start(): ChildProcess {
    const { command, environment } = this.#options;
    return spawn(process.execPath, [...command], {
      stdio: ['ignore', this.#output, this.#output],
      env: { ...process.env, ...environment },
    });
  }
}

/** The processes that a worker has started for its runs. */
export function runProcessesOf(worker: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        return (
          Number(parent) === worker &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('training/worker')
        );
      } catch {
        return false; // it has ended meanwhile
      }
    });
}
