/** A server in a process of its own, and models that are trained through its API once. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FollowedRuns } from '../src/cli/followedRuns.ts';
import { ClientError, DistilleryClient } from '../src/client.ts';
import { DistilleryError } from '../src/errors.ts';

/** More than a server takes that answers what it has and lets a run save its checkpoint. */
const stopMs = 60_000;

export interface ServerProcess {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  readonly pid: number;
  readonly client: DistilleryClient;
  isRunning(): boolean;
  stop(): Promise<void>;
}

export async function startServerProcess(
  dataDirectory: string,
  environment: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const port = await freePort();
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--import', tsx, cli, 'serve', '--port', String(port), '--data-directory', dataDirectory],
    {
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
    if (tries > 120 || !isRunning()) {
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
