/** Sends files to parsers in a process of their own, and starts another one where it has ended. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ParserAnswer } from './messages.ts';
import type { ParserName } from './parsers.ts';
import { Fault, type Parts } from './surface.ts';

/** Far more than any of these inputs takes on a busy machine. */
const patienceMs = 60_000;

export class ParserTarget {
  mostMb = 0;
  readonly #folder: string;
  #child: ChildProcess | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<ParserTarget> {
    return new ParserTarget(await mkdtemp(join(tmpdir(), 'distillery-fuzz-')));
  }

  /** One at a time. @returns `valid` or the code @throws Fault also where the process ends or gives no answer in time */
  async send(parser: ParserName, parts: Parts): Promise<string> {
    const child = (this.#child ??= await started(join(this.#folder, 'scratch')));
    const { outcome, fault, mostMb } = await new Promise<ParserAnswer>((resolve, reject) => {
      const finish = (end: () => void) => {
        clearTimeout(timer);
        child.removeAllListeners();
        end();
      };
      const lost = (why: string) =>
        finish(() => {
          this.#kill();
          reject(new Fault(why));
        });
      const timer = setTimeout(() => lost(`no answer within ${patienceMs} ms`), patienceMs);
      child.once('exit', (code, signal) => lost(`the process ended: ${signal ?? code}`));
      child.once('message', (answer: ParserAnswer) => finish(() => resolve(answer)));
      child.send({ parser, parts });
    });
    this.mostMb = Math.max(this.mostMb, mostMb);
    if (fault !== null) throw new Fault(fault);
    return outcome;
  }

  async close(): Promise<void> {
    this.#kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #kill(): void {
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }
}

async function started(scratch: string): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('./parserProcess.ts', import.meta.url)), [scratch], {
    execArgv: ['--import', 'tsx'],
    // Keeps buffers as they are
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Fault('the process of the parsers did not start'))),
  ]);
  return child;
}
