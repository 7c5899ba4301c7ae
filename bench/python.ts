/** Runs the scripts of bench/python with a Python that the user names. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { DistilleryError } from '../src/errors.ts';

export const howToNamePython =
  'Name a Python that has bench/python/requirements.txt installed: --python PATH or DISTILLERY_PYTHON.';

/** @returns null where no Python was named */
export function findPython(option: string | undefined): string | null {
  return option ?? process.env.DISTILLERY_PYTHON ?? null;
}

/** A running script that answers each line of JSON with one line of JSON. Its errors go to our own stderr. */
export class PythonScript {
  private readonly script: string;
  private readonly stdin: Writable;
  private readonly lines: AsyncIterator<string>;
  /** The exit code; rejected where the process could not be started. */
  private readonly ended: Promise<number | null>;

  constructor(python: string, script: string, args: readonly string[]) {
    this.script = script;
    const path = fileURLToPath(new URL(`python/${script}`, import.meta.url));
    const child = spawn(python, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.stdin = child.stdin;
    // A script that died is told of by its exit, not by the broken pipe.
    child.stdin.on('error', () => undefined);
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.ended = new Promise((resolve, reject) => {
      child.once('close', resolve);
      child.once('error', (cause) => {
        reject(
          new DistilleryError(
            'ENGINE_UNAVAILABLE',
            `${python} cannot be run. ${howToNamePython}`,
            {},
            { cause },
          ),
        );
      });
    });
    this.ended.catch(() => undefined);
  }

  send(request: object): void {
    this.stdin.write(`${JSON.stringify(request)}\n`);
  }

  /** The script's next line of output, parsed. */
  async next(): Promise<unknown> {
    const line = await this.lines.next();
    if (!line.done) return JSON.parse(line.value);
    throw this.failure(await this.ended);
  }

  async ask(request: object): Promise<unknown> {
    this.send(request);
    return this.next();
  }

  /**
   * Ends the script's input and waits for it.
   *
   * @returns what it still printed, line by line
   * @throws DistilleryError ENGINE_UNAVAILABLE where its exit code is not 0
   */
  async finish(): Promise<unknown[]> {
    this.stdin.end();
    const rest: unknown[] = [];
    for (let line = await this.lines.next(); !line.done; line = await this.lines.next()) {
      rest.push(JSON.parse(line.value));
    }
    const code = await this.ended;
    if (code !== 0) throw this.failure(code);
    return rest;
  }

  private failure(code: number | null): DistilleryError {
    return new DistilleryError(
      'ENGINE_UNAVAILABLE',
      `${this.script} ended with exit code ${code}; its own message is above. ${howToNamePython}`,
    );
  }
}
