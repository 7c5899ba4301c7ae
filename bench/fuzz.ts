/**
 * `npm run bench -- fuzz`: malformed inputs against a server in a process of its own, and against the parsers of files
 * in another one. `--replay FILE` sends one that failed once more.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { DistilleryError } from '../src/errors.ts';
import { keepIn, readKept, runSurface, type Tally } from './fuzz/campaign.ts';
import { ParserTarget } from './fuzz/parserTarget.ts';
import { Fault, serverSurfaces, surfaceNames, type SurfaceName } from './fuzz/surface.ts';
import { openSurfaces } from './fuzz/surfaces.ts';
import { packageVersions, writeResult } from './results.ts';
import { startServerProcess } from './serverProcess.ts';
import { watchMemory } from './serving/processFacts.ts';

/** Of every hundred inputs. */
const shares: Readonly<Record<SurfaceName, number>> = {
  graphql: 40,
  websocket: 38,
  uploads: 10,
  safetensors: 5,
  onnx: 2,
  exported: 2,
  checkpoints: 2,
  archives: 1,
};

/** Resident memory, beyond which an input has made a process take more than it is worth. */
const mostMb = { server: 1_500, parsers: 1_000 };

export async function run(args: readonly string[]): Promise<void> {
  const { inputs, seed, only, failures, replay } = readOptions(args);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const root = await mkdtemp(join(tmpdir(), 'distillery-fuzz-server-'));
  const dataDirectory = join(root, 'data');
  const server = await startServerProcess(dataDirectory, ownSettings());
  const parsers = await ParserTarget.open();
  try {
    const surfaces = await openSurfaces(server, parsers);
    if (replay !== undefined) {
      const { surface, parts } = await readKept(replay);
      console.log(await surfaces[surface].send(parts));
      return;
    }
    console.log(`Seed ${seed}.`);
    const start = performance.now();
    const memory = watchMemory(server);
    const tallies: Partial<Record<SurfaceName, Tally>> = {};
    const send = async (names: readonly SurfaceName[]) => {
      for (const name of names) {
        const count = Math.ceil((inputs * shares[name]) / 100);
        const options = { seed, inputs: count, server, keep: keepIn(failures) };
        const tally = (tallies[name] = await runSurface(name, surfaces[name], options));
        console.log(name, tally.inputs, tally.outcomes, `${tally.seconds.toFixed(1)} s`);
        for (const { number, fault } of tally.failures.slice(0, 5))
          console.error(`  input ${number}: ${fault}`);
      }
    };
    // The server and the parsers are processes of their own, and work side by side
    const ofServer = only.filter((name) => serverSurfaces.includes(name));
    await Promise.all([send(ofServer), send(only.filter((name) => !ofServer.includes(name)))]);
    const seconds = (performance.now() - start) / 1_000;
    const samples = memory();
    const most = { server: Math.max(...samples.map(({ mb }) => mb)), parsers: parsers.mostMb };
    const faults = await faultsOf({ root, dataDirectory, most, tallies });
    for (const fault of faults) console.error(fault);
    if (faults.length > 0) process.exitCode = 1;
    if (only.length < surfaceNames.length) return;
    const all = Object.values(tallies);
    await writeResult('fuzz', `fuzz --inputs ${inputs} --seed ${seed}`, {
      versions: await packageVersions(
        'graphql',
        'graphql-ws',
        'ws',
        'onnxruntime-node',
        'csv-parse',
        'tar-stream',
      ),
      seed,
      inputs: all.reduce((sum, tally) => sum + tally.inputs, 0),
      failures: all.reduce((sum, tally) => sum + tally.failures.length, 0),
      crashes: server.isRunning() ? 0 : 1,
      seconds: Math.round(seconds),
      memoryMb: {
        server: { start: samples[0]?.mb ?? null, most: most.server, bound: mostMb.server },
        parsers: { most: most.parsers, bound: mostMb.parsers },
      },
      surfaces: Object.fromEntries(
        Object.entries(tallies).map(([name, { inputs: count, outcomes, failures: failed, seconds }]) => [
          name,
          { inputs: count, outcomes, failures: failed.length, seconds: Math.round(seconds) },
        ]),
      ),
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new DistilleryError('UNAVAILABLE', error.message);
  } finally {
    await parsers.close();
    await server.stop();
    await rm(root, { recursive: true, force: true });
  }
}

/** What is wrong with the whole, in words. */
async function faultsOf({
  root,
  dataDirectory,
  most,
  tallies,
}: {
  root: string;
  dataDirectory: string;
  most: { server: number; parsers: number };
  tallies: Partial<Record<SurfaceName, Tally>>;
}): Promise<string[]> {
  const faults = Object.entries(tallies).flatMap(([name, { failures }]) =>
    failures.length > 0 ? [`${name}: ${failures.length} inputs failed.`] : [],
  );
  const strays = (await readdir(root)).filter((name) => join(root, name) !== dataDirectory);
  if (strays.length > 0) faults.push(`Files beside the data directory: ${strays.join(', ')}.`);
  for (const part of ['server', 'parsers'] as const)
    if (most[part] > mostMb[part]) faults.push(`The ${part} took ${most[part]} MB, beyond ${mostMb[part]}.`);
  return faults;
}

/** Default settings, whatever this process was told, and a log of errors only. */
function ownSettings(): Record<string, string> {
  const own = Object.keys(process.env).filter((name) => /^DISTILLERY_|^DATABASE_URL$|^OTEL_/.test(name));
  return { ...Object.fromEntries(own.map((name) => [name, ''])), DISTILLERY_LOG_LEVEL: 'error' };
}

function readOptions(args: readonly string[]) {
  const options = new Command('fuzz')
    .option('--inputs <count>', 'malformed inputs over all surfaces', '100000')
    .option('--seed <number>', 'the same seed, the same inputs', '1')
    .option('--only <surfaces>', `some of ${surfaceNames.join(', ')}`, surfaceNames.join(','))
    .option(
      '--failures <folder>',
      'where inputs that failed are kept',
      join(tmpdir(), 'distillery-fuzz-failures'),
    )
    .option('--replay <file>', 'sends one that was kept, and no other')
    .parse([...args], { from: 'user' })
    .opts<Record<string, string>>();
  return z
    .object({
      inputs: z.coerce.number().int().positive(),
      seed: z.coerce.number().int().min(0),
      only: z
        .string()
        .transform((list) => list.split(','))
        .pipe(z.array(z.enum(surfaceNames))),
      failures: z.string(),
      replay: z.string().optional(),
    })
    .parse(options);
}
