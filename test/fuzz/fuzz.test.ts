/** The fuzzing of `npm run bench -- fuzz` in short: a few hundred inputs of every surface, from one seed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inputOf, keepIn, readKept, runSurface } from '../../bench/fuzz/campaign.ts';
import { mutateText } from '../../bench/fuzz/mutate.ts';
import { ParserTarget } from '../../bench/fuzz/parserTarget.ts';
import { surfaceNames, type Surface, type SurfaceName } from '../../bench/fuzz/surface.ts';
import { openSurfaces } from '../../bench/fuzz/surfaces.ts';
import { Random } from '../../src/nn/random.ts';
import { startTestServer, untilCancelled, type TestServer } from '../graphql/testServer.ts';

const seed = 20;

/** The dear ones are fewer. */
const inputs: Readonly<Record<SurfaceName, number>> = {
  graphql: 900,
  websocket: 500,
  uploads: 300,
  safetensors: 500,
  onnx: 200,
  exported: 200,
  checkpoints: 200,
  archives: 100,
};

let server: TestServer;
let parsers: ParserTarget;
let surfaces: Record<SurfaceName, Surface>;

beforeAll(async () => {
  server = await startTestServer({ runInChild: untilCancelled });
  parsers = await ParserTarget.open();
  surfaces = await openSurfaces(server, parsers);
});
afterAll(async () => {
  await parsers.close();
  await server.stop();
});

it.each(surfaceNames)(
  '%s stand malformed inputs',
  async (name) => {
    const { url } = server;
    const target = { url, isRunning: () => true };
    const tally = await runSurface(name, surfaces[name], { seed, inputs: inputs[name], server: target });
    expect(tally.failures).toEqual([]);
    // Not all end alike: otherwise they would not get far
    expect(Object.keys(tally.outcomes).length).toBeGreaterThan(1);
  },
  120_000,
);

describe('an input', () => {
  it('is the same for the same seed, and another for another', () => {
    for (const name of surfaceNames) {
      const [once, again, other] = [seed, seed, seed + 1].map((from) =>
        inputOf(surfaces[name], name, from, 7),
      );
      expect(again).toEqual(once);
      expect(other).not.toEqual(once);
    }
  });

  it('that failed is kept and read back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'distillery-kept-'));
    const parts = { frames: Buffer.from([0, 255, 1]), reset: Buffer.alloc(0) };
    await keepIn(folder)({ surface: 'websocket', seed, number: 3, fault: 'why' }, parts);
    expect(await readKept(join(folder, `websocket-${seed}-3.json`))).toEqual({ surface: 'websocket', parts });
    await rm(folder, { recursive: true });
  });

  it('of text is changed at its tokens', () => {
    const changed = mutateText(new Random(1), 'a b c', ['!']);
    expect(changed).not.toBe('a b c');
  });
});
