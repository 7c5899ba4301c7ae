import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { sharedFolder } from '../../src/artefacts/store.ts';
import { openArtefacts } from '../../src/artefacts/open.ts';
import { DatasetCatalogue } from '../../src/data/catalogue.ts';
import { toDistilleryError } from '../../src/errors.ts';
import { ModelRegistry } from '../../src/models/registry.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from '../../src/training/checkpoint.ts';
import { wordSpotter } from '../serving/tinyModel.ts';
import { mountSmallDisk } from './smallDisk.ts';
import { startS3 } from './s3Server.ts';

const disk = await mountSmallDisk(16);
const outside = await mkdtemp(join(tmpdir(), 'distillery-beside-'));
afterEach(() => disk?.clear());
afterAll(async () => {
  await disk?.unmount();
  await rm(outside, { recursive: true });
});

/** What a client is told of a fault. */
const told = (work: Promise<unknown>) => work.then(() => null, toDistilleryError);
const fullDisk = {
  code: 'UNAVAILABLE',
  message: expect.stringMatching(/disk is full.*Free some space/),
  facts: { reason: 'disk-full' },
};

(disk ? describe : describe.skip)('on a full disk', () => {
  const folder = disk?.folder ?? '';
  const fill = (free: number) => disk!.fill(free);

  it('a checkpoint says so, and the one before stays good', async () => {
    const at = join(folder, 'run');
    const checkpoint = (batch: number): Checkpoint => {
      const weights = new Map([['w', { shape: [250_000], data: new Float32Array(250_000).fill(batch) }]]);
      const position = { configuration: 'c', phase: 0, epoch: 0, batch, lossSum: 0, step: batch };
      return {
        position: { ...position, epochs: [], bestAccuracy: -1 },
        state: { step: batch, weights, firstMoments: new Map(), secondMoments: new Map() },
        best: null,
      };
    };
    await saveCheckpoint(at, checkpoint(1));
    await fill(400_000);
    expect(await told(saveCheckpoint(at, checkpoint(2)))).toMatchObject(fullDisk);
    expect(await readdir(at)).toEqual(['checkpoint.safetensors']);
    const found = await loadCheckpoint(at, 'c', () => undefined);
    expect(found?.position.batch).toBe(1);
  });

  it('an import of reviews says so, and leaves nothing', async () => {
    const catalogue = new DatasetCatalogue({ dataDirectory: join(folder, 'data') });
    const lines = Array.from(
      { length: 3000 },
      (_, i) => `review number ${i} is ${'so '.repeat(60)},${i % 2}`,
    );
    await fill(100_000);
    expect(await told(catalogue.import('mine', 'csv', ['text,label', ...lines].join('\n')))).toMatchObject(
      fullDisk,
    );
    expect(await catalogue.names()).not.toContain('mine');
    expect(await readdir(join(folder, 'data', 'datasets'))).toEqual([]);
  });

  it('the publication of a model says so, and can be done again when there is space', async () => {
    const database = await openDatabase({ dataDirectory: join(outside, 'database'), databaseUrl: undefined });
    try {
      const registry = new ModelRegistry(database, join(folder, 'data'), join(outside, 'released'));
      const prepared = await wordSpotter(await mkdtemp(join(outside, 'prepared-')));
      const before = await readdir(prepared.folder);
      await fill(0);
      const publish = () => registry.publish(prepared.folder, { ...prepared.card, name: 'late' });
      expect(await told(publish())).toMatchObject(fullDisk);
      expect((await readdir(prepared.folder)).filter((name) => name !== 'card.json')).toEqual(before);
      expect(await readdir(join(folder, 'data', 'models', 'late')).catch(() => [])).toEqual([]);
      await disk!.clear();
      expect((await publish()).card.version).toBe(1);
    } finally {
      await database.close();
    }
  });

  it('an artefact of the store says so, and is brought when there is space', async () => {
    const s3 = await startS3();
    try {
      const open = (dataDirectory: string) =>
        openArtefacts({
          ...{ dataDirectory, artefacts: `s3://${s3.bucket}`, s3Endpoint: s3.endpoint },
          s3Region: undefined,
        });
      const there = await open(folder);
      const { folder: prepared } = await wordSpotter(await mkdtemp(join(outside, 'models')));
      const path = prepared.slice(outside.length + 1);
      await (await open(outside)).push(path);
      await fill(0);
      expect(await told(there.pull(path))).toMatchObject(fullDisk);
      await disk!.clear();
      expect(await there.pull(path)).toBe(true);
      expect(await readdir(join(folder, path))).toContain('model.onnx');
      await sharedFolder(folder).remove(path);
    } finally {
      await s3.stop();
    }
  });
});
