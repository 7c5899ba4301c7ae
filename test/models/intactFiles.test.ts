import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openArtefacts } from '../../src/artefacts/open.ts';
import { sharedFolder, type ArtefactStore } from '../../src/artefacts/store.ts';
import { ModelRegistry, type ModelVersion } from '../../src/models/registry.ts';
import { readConfig } from '../../src/config.ts';
import { Serving } from '../../src/serving/serving.ts';
import { openDatabase, type Database } from '../../src/storage/database.ts';
import { startS3, type S3Server } from '../artefacts/s3Server.ts';
import { wordSpotter } from '../serving/tinyModel.ts';

let s3: S3Server;
let database: Database;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'distillery-intact-'));
  s3 = await startS3();
  database = await openDatabase({ dataDirectory: folder, databaseUrl: undefined });
});
afterAll(async () => {
  await database.close();
  await s3.stop();
  await rm(folder, { recursive: true });
});

const onS3 = (dataDirectory: string): Promise<ArtefactStore> =>
  openArtefacts({
    ...{ dataDirectory, artefacts: `s3://${s3.bucket}` },
    ...{ s3Endpoint: s3.endpoint, s3Region: undefined },
  });
const registryOn = (store: ArtefactStore) =>
  new ModelRegistry(database, store.dataDirectory, join(folder, 'released'), store);
const newMachine = () => mkdtemp(join(folder, 'machine-'));
async function publish(registry: ModelRegistry, name: string): Promise<ModelVersion> {
  const prepared = await wordSpotter(await mkdtemp(join(folder, 'prepared-')));
  return registry.publish(prepared.folder, { ...prepared.card, name });
}
const damage = (version: ModelVersion) => writeFile(join(version.folder, 'model.onnx'), 'not the graph');

describe('the files of a version', () => {
  it('that were damaged are refused, by name and with what to do, before they are served', async () => {
    const registry = registryOn(sharedFolder(await newMachine()));
    const version = await publish(registry, 'spoilt');
    expect(version.files).toMatchObject({ 'model.onnx': expect.stringMatching(/^[0-9a-f]{64}$/) });
    await registry.requireFiles(version);
    const serving = new Serving(readConfig({ DISTILLERY_SERVING_WORKERS: '1' }), undefined, (model) =>
      registry.requireFiles(model),
    );
    try {
      expect(await serving.classify(version, 'good')).toMatchObject({ label: 'positive' });
      serving.release(version);
      await damage(version);
      await expect(serving.classify(version, 'good')).rejects.toMatchObject({
        code: 'INVALID_CHECKPOINT',
        message: expect.stringMatching(/spoilt@1.*model\.onnx.*sha256.*Restore the folder/),
        facts: { model: 'spoilt@1', file: 'model.onnx' },
      });
      await rm(join(version.folder, 'tokenizer.json'));
      await expect(registry.requireFiles(version)).rejects.toMatchObject({ code: 'INVALID_CHECKPOINT' });
    } finally {
      await serving.stop();
    }
  });

  it('are not read again while nothing has touched them', async () => {
    const registry = registryOn(sharedFolder(await newMachine()));
    const version = await publish(registry, 'calm');
    const file = join(version.folder, 'tokenizer.json');
    await utimes(file, 1, 1);
    await registry.requireFiles(version);
    await writeFile(file, '#'.repeat((await stat(file)).size));
    // As only a fault of the disk could: other bytes, and nothing that tells of them
    await utimes(file, 1, 1);
    await registry.requireFiles(version);
    await utimes(file, 2, 2);
    await expect(registry.requireFiles(version)).rejects.toMatchObject({ facts: { file: 'tokenizer.json' } });
  });

  it('are brought from the store where they are damaged or missing', async () => {
    const here = registryOn(await onS3(await newMachine()));
    const version = await publish(here, 'kept');
    await damage(version);
    await here.requireFiles(version);
    const there = registryOn(await onS3(await newMachine()));
    const same = await there.resolve('kept');
    await Promise.all([there.requireFiles(same), there.requireFiles(same)]);
    for (const { folder: at } of [version, same])
      expect(await readdir(at)).toEqual(
        expect.arrayContaining(['card.json', 'model.onnx', 'tokenizer.json']),
      );
  });
});

describe('a model in the store', () => {
  it('is registered where its row was lost', async () => {
    const version = await publish(registryOn(await onS3(await newMachine())), 'found');
    await database.executeSql("DELETE FROM model_versions WHERE name = 'found'");
    const registry = registryOn(await onS3(await newMachine()));
    expect((await registry.start()).registered).toEqual(['found@1']);
    const found = await registry.resolve('found@1');
    expect(found).toMatchObject({ card: version.card, files: version.files });
    await registry.requireFiles(found);
    expect((await registry.start()).registered).toEqual([]);
  });

  it('is taken away again where its row could not be stored, and the prepared folder stays', async () => {
    const store = await onS3(await newMachine());
    const registry = registryOn(store);
    const prepared = await wordSpotter(await mkdtemp(join(folder, 'prepared-')));
    await database.executeSql(
      "ALTER TABLE model_versions ADD CONSTRAINT refused CHECK (name <> 'refused') NOT VALID",
    );
    await expect(registry.publish(prepared.folder, { ...prepared.card, name: 'refused' })).rejects.toThrow();
    await database.executeSql('ALTER TABLE model_versions DROP CONSTRAINT refused');
    expect(await store.list('models/refused')).toEqual([]);
    expect(await readdir(prepared.folder)).toContain('model.onnx');
    expect(
      (await registry.publish(prepared.folder, { ...prepared.card, name: 'refused' })).card.version,
    ).toBe(1);
  });
});
