/** Sends so many inputs of each surface, all from one seed, counts what became of them and keeps those that failed. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DistilleryError } from '../../src/errors.ts';
import { Random } from '../../src/nn/random.ts';
import { Fault, surfaceNames, type Parts, type Surface, type SurfaceName } from './surface.ts';

export interface ServerTarget {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  readonly isRunning: () => boolean;
}

export interface Tally {
  readonly inputs: number;
  /** How many had each outcome: `valid`, the code of an error, or how the protocol refused it. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
  readonly seconds: number;
}

export interface Failure {
  readonly surface: SurfaceName;
  readonly seed: number;
  readonly number: number;
  readonly fault: string;
}

/** Kept whole; more of a kind tell nothing new. */
const keptFailures = 100;

/** A server works on several at a time. */
const atATime: Partial<Record<SurfaceName, number>> = { graphql: 48, websocket: 64, uploads: 8 };

/** How often a server is asked whether it still answers. */
const inputsPerProbe = 500;

/** Input number `number` of a surface: the same for the same seed, whatever came before it. */
export function inputOf({ make }: Surface, name: SurfaceName, seed: number, number: number): Parts {
  return make(new Random(seed, surfaceNames.indexOf(name), number));
}

export async function runSurface(
  name: SurfaceName,
  surface: Surface,
  { seed, inputs, server, keep }: { seed: number; inputs: number; server: ServerTarget; keep?: KeepFailure },
): Promise<Tally> {
  const start = performance.now();
  const outcomes: Record<string, number> = {};
  const failures: Failure[] = [];
  let next = 0;
  const work = async () => {
    for (let number = next++; number < inputs; number = next++) {
      const parts = inputOf(surface, name, seed, number);
      try {
        if (number % inputsPerProbe === 0) await probe(server);
        const outcome = await surface.send(parts);
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        const failure = { surface: name, seed, number, fault: error.message };
        if (failures.push(failure) <= keptFailures) await keep?.(failure, parts);
        if (!server.isRunning())
          throw new DistilleryError(
            'UNAVAILABLE',
            `The server ended at input ${number} of ${name}, seed ${seed}.`,
          );
      }
    }
  };
  await Promise.all(Array.from({ length: atATime[name] ?? 1 }, work));
  await probe(server);
  return { inputs, outcomes, failures, seconds: (performance.now() - start) / 1_000 };
}

/** @throws Fault where the server gives no plain answer to a plain question */
async function probe({ url }: ServerTarget): Promise<void> {
  const body = '{"query":"{ __typename }"}';
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  }).then(
    (response) => response.text(),
    (error: unknown) => String(error),
  );
  if (answer.trim() !== '{"data":{"__typename":"Query"}}')
    throw new Fault(`the server does not answer: ${answer}`);
}

type KeepFailure = (failure: Failure, parts: Parts) => Promise<void>;

const keptInput = z.object({
  surface: z.enum(surfaceNames),
  parts: z.record(z.string(), z.base64().or(z.literal(''))),
});

/** Writes each input that failed as a file that {@link readKept} reads. */
export function keepIn(folder: string): KeepFailure {
  return async (failure, parts) => {
    await mkdir(folder, { recursive: true });
    const name = `${failure.surface}-${failure.seed}-${failure.number}.json`;
    const encoded = Object.entries(parts).map(([part, bytes]) => [part, bytes.toString('base64')]);
    await writeFile(
      join(folder, name),
      JSON.stringify({ ...failure, parts: Object.fromEntries(encoded) }, null, 2),
    );
  };
}

/** @throws DistilleryError BAD_USER_INPUT for a file that holds no input */
export async function readKept(path: string): Promise<{ surface: SurfaceName; parts: Parts }> {
  const parsed = keptInput.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (!parsed.success) throw new DistilleryError('BAD_USER_INPUT', `${path} holds no input that was kept.`);
  const decoded = Object.entries(parsed.data.parts).map(([name, text]) => [
    name,
    Buffer.from(text, 'base64'),
  ]);
  return { surface: parsed.data.surface, parts: Object.fromEntries(decoded) as Parts };
}
