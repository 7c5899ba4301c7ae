/** A server in a process of its own, and models that are trained through its API once. */
import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FollowedRuns } from '../src/cli/followedRuns.ts';
import { ClientError, DistilleryClient } from '../src/client.ts';
import { DistilleryError } from '../src/errors.ts';

/** More than a server takes that answers what it has and lets a run save its checkpoint. */
const stopMs = 60_000;

const root = fileURLToPath(new URL('..', import.meta.url));
let built: Promise<string[]> | null = null;

export interface ServerProcess {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  readonly pid: number;
  readonly client: DistilleryClient;
  isRunning(): boolean;
  stop(): Promise<void>;
}

/**
 * Compiles the server as it is now.
 * @returns what `npm start` gives to node, up to the name of the command: measured is what an operator runs, who
 *   compiles it first
 */
export function builtCommand(): Promise<string[]> {
  return (built ??= build());
}

async function build(): Promise<string[]> {
  await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: root });
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.split(' ').slice(1, -1);
}

export async function startServerProcess(
  dataDirectory: string,
  environment: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const command = await builtCommand();
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [...command, 'serve', '--port', String(port), '--data-directory', dataDirectory],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, DISTILLERY_LOG_LEVEL: 'warn', ...environment },
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const kill = () => child.kill('SIGKILL');
  // Does not outlive a bench that is ended
  process.once('exit', kill);
  void ended.then(() => process.off('exit', kill));
  for (let tries = 0; ; tries += 1) {
    if (tries > 480 || !isRunning()) {
      kill();
      throw new DistilleryError('UNAVAILABLE', `The server did not get ready on port ${port}.`);
    }
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (response?.ok) break;
    await delay(500);
  }
  const url = `http://127.0.0.1:${port}/graphql`;
  return {
    url,
    // A process that has answered has an id
    pid: child.pid!,
    client: new DistilleryClient({ url }),
    isRunning,
    stop: async () => {
      child.kill('SIGTERM');
      const patience = setTimeout(kill, stopMs);
      await ended;
      clearTimeout(patience);
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

export interface NamedInput {
  readonly name: string;
  readonly [field: string]: unknown;
}

/** @returns name@version, or null where there is no such model */
export async function findModel(client: DistilleryClient, name: string): Promise<string | null> {
  try {
    const { reference } = await client.call<{ reference: string }>('model', { reference: name });
    return reference;
  } catch (error) {
    if (error instanceof ClientError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}

/** Trains a model unless one of that name is there: an interrupted bench goes on where it stopped. */
export async function trainOnce(
  client: DistilleryClient,
  operation: string,
  input: NamedInput,
): Promise<string> {
  const there = await findModel(client, input.name);
  if (there === null) return new FollowedRuns(client, process.stdout).train(input.name, operation, input);
  console.log(`${there} is there already.`);
  return there;
}
