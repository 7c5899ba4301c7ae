import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openArtefacts } from '../../src/artefacts/open.ts';
import type { ArtefactStore } from '../../src/artefacts/store.ts';
import { startS3, type S3Server } from './s3Server.ts';

let server: S3Server;
let folders: string[];

beforeAll(async () => {
  server = await startS3();
});
afterAll(() => server.stop());
beforeEach(() => {
  folders = [];
});
afterEach(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'distillery-artefacts-'));
  folders.push(folder);
  return folder;
}
const address = () =>
  `s3://${server.bucket}/of/${expect.getState().currentTestName!.replaceAll(/\W+/g, '-')}`;
const onS3 = (dataDirectory: string, artefacts = address()): Promise<ArtefactStore> =>
  openArtefacts({ dataDirectory, artefacts, s3Endpoint: server.endpoint, s3Region: undefined });

async function write({ dataDirectory }: ArtefactStore, files: Record<string, string | Uint8Array>) {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dataDirectory, name)), { recursive: true });
    await writeFile(join(dataDirectory, name), content);
  }
}
const read = ({ dataDirectory }: ArtefactStore, path: string) => readFile(join(dataDirectory, path), 'utf8');
/** Of the server, in one test's part of the bucket: what a listing would cost money for. */
async function objects(): Promise<string[]> {
  const part = join(server.folder, server.bucket, address().split('/').slice(3).join('/'));
  const all = await readdir(part, { recursive: true }).catch(() => []);
  return all.filter((name) => name.endsWith('_S3rver_object'));
}

const machines = {
  'one folder that both machines share': async () => {
    const folder = await newFolder();
    const store = () =>
      openArtefacts({
        dataDirectory: folder,
        artefacts: undefined,
        s3Endpoint: undefined,
        s3Region: undefined,
      });
    return [await store(), await store()] as const;
  },
  'an S3 store': async () => [await onS3(await newFolder()), await onS3(await newFolder())] as const,
};

describe.each(Object.entries(machines))('artefacts in %s', (_, open) => {
  it('are found by the other machine: a folder, a file, and what replaced it', async () => {
    const [here, there] = await open();
    await here.requireUsable();
    await write(here, {
      'models/a/1/model.onnx': 'graph',
      'models/a/1/logits/x.f32': 'numbers',
      'one.f32': '1',
    });
    await here.push('models/a/1');
    await here.push('one.f32');
    await there.pull('models/a/1');
    await there.pull('one.f32');
    expect(await read(there, 'models/a/1/logits/x.f32')).toBe('numbers');
    expect(await read(there, 'one.f32')).toBe('1');
    await write(here, { 'one.f32': '2' });
    await here.push('one.f32');
    await there.pull('one.f32');
    expect(await read(there, 'one.f32')).toBe('2');
  });

  it('are gone for all when one removes them, and nothing beside them', async () => {
    const [here, there] = await open();
    await write(here, { 'runs/a/1/x': 'x', 'runs/a/2/x': 'x', 'runs/ab/1/x': 'x' });
    for (const path of ['runs/a/1/x', 'runs/a/2/x', 'runs/ab/1/x']) await here.push(path);
    await here.remove('runs/a');
    for (const path of ['runs/a/1/x', 'runs/a/2/x', 'runs/ab/1/x']) await there.pull(path);
    await expect(read(there, 'runs/a/1/x')).rejects.toThrow('ENOENT');
    await expect(read(there, 'runs/a/2/x')).rejects.toThrow('ENOENT');
    expect(await read(there, 'runs/ab/1/x')).toBe('x');
  });
});

describe('artefacts in an S3 store alone', () => {
  it('are listed, and keep no bytes of what was replaced or removed', async () => {
    const store = await onS3(await newFolder());
    await write(store, { 'datasets/a/x': '1', 'datasets/b/x': '1' });
    await store.push('datasets/a');
    await store.push('datasets/b');
    await write(store, { 'datasets/a/x': '2' });
    await store.push('datasets/a');
    expect(await store.list('datasets/')).toEqual(['datasets/a', 'datasets/b']);
    expect(await objects()).toHaveLength(4);
    await store.remove('datasets/a');
    await store.remove('datasets/b');
    expect(await objects()).toEqual([]);
  });

  it('are brought again where the local copy was damaged, and otherwise left as they are', async () => {
    const store = await onS3(await newFolder());
    const large = new Uint8Array(3_000_000).map((_, index) => index * 31);
    await write(store, { 'models/a/1/model.onnx': large, 'models/a/1/card.json': '{}' });
    await store.push('models/a/1');
    await write(store, { 'models/a/1/model.onnx': large.subarray(1), 'models/a/1/stray': '' });
    expect(await store.pull('models/a/1')).toBe(true);
    expect(await readdir(join(store.dataDirectory, 'models/a/1'))).toEqual(['card.json', 'model.onnx']);
    const here = await readFile(join(store.dataDirectory, 'models/a/1/model.onnx'));
    expect(here.equals(large)).toBe(true);
    expect(await readdir(join(store.dataDirectory, 'incoming'))).toEqual([]);
  });

  it('that are damaged there are refused, and the local ones stay', async () => {
    const [here, there] = [await onS3(await newFolder()), await onS3(await newFolder())];
    await write(here, { 'one.f32': 'right' });
    await here.push('one.f32');
    const [file = ''] = (await objects()).filter((name) => name.includes('files'));
    const part = join(server.folder, server.bucket, address().split('/').slice(3).join('/'));
    await writeFile(join(part, file), 'wrong');
    await write(there, { 'one.f32': 'older' });
    await expect(there.pull('one.f32')).rejects.toMatchObject({
      code: 'CORRUPT_ARCHIVE',
      facts: { path: 'one.f32' },
    });
    expect(await read(there, 'one.f32')).toBe('older');
    expect(await readdir(join(there.dataDirectory, 'incoming'))).toEqual([]);
  });

  it('are pulled whole by many at once while they are replaced', async () => {
    const [here, there] = [await onS3(await newFolder()), await onS3(await newFolder())];
    const put = async (value: string) => {
      await write(here, { 'm/a': value, 'm/b': value });
      await here.push('m');
    };
    await put('1');
    await Promise.all([put('2'), there.pull('m'), there.pull('m'), there.pull('m')]);
    expect(await read(there, 'm/a')).toBe(await read(there, 'm/b'));
  });

  it('say what is wrong with the settings before any work is done', async () => {
    const folder = await newFolder();
    const fault = {
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/NoSuchBucket.*DISTILLERY_ARTEFACTS/s),
    };
    await expect((await onS3(folder, 's3://nobodys')).requireUsable()).rejects.toMatchObject(fault);
    await expect(onS3(folder, '/a/path')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    const nowhere = await openArtefacts({
      ...{ dataDirectory: folder, artefacts: 's3://a-bucket', s3Region: undefined },
      s3Endpoint: 'http://127.0.0.1:9',
    });
    await expect(nowhere.requireUsable()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
