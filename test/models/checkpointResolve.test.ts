/** Checkpoints by name: local folders, and downloads from a real HTTP server that answers as the hub does. */
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readBertCheckpoint } from '../../src/models/checkpoint/huggingFace.ts';
import { resolveCheckpoint } from '../../src/models/checkpoint/resolve.ts';
import { writeTinyCheckpoint } from './checkpointFolder.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const root = await temporaryFolder();
const commit = '0123456789abcdef0123456789abcdef01234567';
const pooling = { '1_Pooling/config.json': JSON.stringify({ pooling_mode_mean_tokens: true }) };
const origin = await writeTinyCheckpoint(await mkdtemp(join(root, 'hub-')), undefined, pooling);

/** What the hub serves, and what it was asked for. */
const served = new Map<string, Buffer>();
let missingFromListing: string[] = [];
/** What the listing says of a file instead of the truth. */
let saidInstead: Record<string, object> = {};
let requests: string[] = [];
let dataDirectory = '';

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://hub');
  requests.push(url.pathname);
  if (url.pathname === '/api/models/someone/tiny/revision/main' && url.searchParams.get('blobs') === 'true') {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(listing()));
    return;
  }
  const body = served.get(url.pathname.replace(`/someone/tiny/resolve/${commit}/`, ''));
  if (url.pathname.includes('/resolve/') && body) response.setHeader('content-length', body.length).end(body);
  else response.writeHead(url.pathname.startsWith('/api/') ? 401 : 404).end();
});
await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
const hub = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(() => new Promise((closed) => server.close(closed)));

function listing(): object {
  const siblings = [];
  for (const [name, content] of files) {
    if (missingFromListing.includes(name)) continue;
    const sha256 = createHash('sha256').update(content).digest('hex');
    const blobId = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    const lfs = name.endsWith('.safetensors')
      ? { sha256, size: content.length, pointerSize: 134 }
      : undefined;
    siblings.push({ rfilename: name, size: content.length, blobId, lfs, ...saidInstead[name] });
  }
  return { sha: commit, siblings, cardData: { license: 'apache-2.0' } };
}

const files = new Map<string, Buffer>();
for (const name of ['config.json', 'vocab.txt', '1_Pooling/config.json', 'model.safetensors']) {
  files.set(name, await readFile(join(origin, name)));
}
files.set('pytorch_model.bin', Buffer.from('not wanted'));

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(root, 'data-'));
  served.clear();
  for (const [name, content] of files) served.set(name, content);
  missingFromListing = [];
  saidInstead = {};
  requests = [];
});
const downloads = () => requests.filter((path) => path.includes('/resolve/'));

describe('local names', () => {
  it('looks in the checkpoint directory first, then in the data directory', async () => {
    const checkpointDirectory = await mkdtemp(join(root, 'checkpoints-'));
    const both = join(checkpointDirectory, 'both');
    const mine = join(dataDirectory, 'checkpoints', 'mine');
    for (const folder of [both, join(dataDirectory, 'checkpoints', 'both'), mine])
      await writeTinyCheckpoint(folder);
    const options = { dataDirectory, checkpointDirectory, hub };
    expect(await resolveCheckpoint('both', options)).toBe(both);
    expect(await resolveCheckpoint('mine', options)).toBe(mine);
    await expect(resolveCheckpoint('minilm', options)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no checkpoint "minilm". Checkpoints on this machine: both, mine.',
      facts: { known: ['both', 'mine'] },
    });
    expect(requests).toEqual([]);
  });

  it.each([
    '..',
    '.',
    '',
    '/etc',
    '../../etc/passwd',
    'a/../b',
    'a/b/c',
    '.hidden',
    'a\\b',
    'a b',
    'x\0',
    'a--b/c',
    'o/n@../x',
    'C:',
  ])('refuses %j without touching disk or network', async (name) => {
    await expect(resolveCheckpoint(name, { dataDirectory, hub })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    expect(requests).toEqual([]);
    expect(await readdir(dataDirectory)).toEqual([]);
  });
});

describe('hub names', () => {
  it('downloads what a checkpoint needs at one commit, once, and notes its origin', async () => {
    const progress: [number, number | null][] = [];
    const onProgress = (_message: string, done: number, total: number | null) => progress.push([done, total]);
    const folder = await resolveCheckpoint('someone/tiny', { dataDirectory, hub, onProgress });
    expect(folder).toBe(join(dataDirectory, 'checkpoints', 'someone--tiny'));

    const { spec, origin: from, licence } = await readBertCheckpoint(folder);
    expect(spec).toMatchObject({ layers: 2, pooling: 'cls' });
    expect(from).toBe(`${hub}/someone/tiny at commit ${commit}`);
    expect(licence).toBe('apache-2.0');
    expect(await readFile(join(folder, 'model.safetensors'))).toEqual(files.get('model.safetensors'));
    expect(await stat(join(folder, 'pytorch_model.bin')).catch(() => null)).toBeNull();
    expect(await readdir(join(dataDirectory, 'checkpoints'))).toEqual(['someone--tiny']);

    const total = ['config.json', 'vocab.txt', '1_Pooling/config.json', 'model.safetensors'].reduce(
      (sum, name) => sum + (files.get(name)?.length ?? 0),
      0,
    );
    expect(progress.at(-1)).toEqual([total, total]);
    expect(progress.map(([done]) => done)).toEqual(progress.map(([done]) => done).toSorted((a, b) => a - b));

    requests = [];
    expect(await resolveCheckpoint('someone/tiny', { dataDirectory, hub: 'http://127.0.0.1:1' })).toBe(
      folder,
    );
    expect(await resolveCheckpoint('someone--tiny', { dataDirectory, hub })).toBe(folder);
    expect(requests).toEqual([]);
  });

  it('publishes nothing until every file is there, then fetches only the rest', async () => {
    served.delete('model.safetensors');
    await expect(resolveCheckpoint('someone/tiny', { dataDirectory, hub })).rejects.toThrow();
    expect(await stat(join(dataDirectory, 'checkpoints', 'someone--tiny')).catch(() => null)).toBeNull();

    served.set('model.safetensors', files.get('model.safetensors') ?? Buffer.alloc(0));
    requests = [];
    await resolveCheckpoint('someone/tiny', { dataDirectory, hub });
    expect(requests.filter((path) => path.includes('/resolve/'))).toEqual([
      `/someone/tiny/resolve/${commit}/model.safetensors`,
    ]);
  });

  it.each(['config.json', 'model.safetensors'])(
    'refuses %s when its bytes differ from the checksum',
    async (name) => {
      const changed = Buffer.from(files.get(name) ?? Buffer.alloc(0));
      changed[changed.length - 1] = changed[changed.length - 1] === 32 ? 10 : 32;
      served.set(name, changed);
      await expect(resolveCheckpoint('someone/tiny', { dataDirectory, hub })).rejects.toMatchObject({
        code: 'CORRUPT_ARCHIVE',
      });
      expect(await stat(join(dataDirectory, 'checkpoints', 'someone--tiny')).catch(() => null)).toBeNull();
    },
  );

  it.each<[string, string, object]>([
    ['without a checksum', 'vocab.txt', { blobId: undefined }],
    ['of more bytes than any BERT has', 'model.safetensors', { lfs: { sha256: 'a'.repeat(64), size: 1e11 } }],
    ['of more bytes than any vocabulary has', 'vocab.txt', { size: 1e9 }],
  ])('takes no file %s', async (_, file, said) => {
    saidInstead[file] = said;
    await expect(resolveCheckpoint('someone/tiny', { dataDirectory, hub })).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      facts: { file },
    });
    expect(downloads()).toEqual([]);
  });

  it('stops at the bytes that the listing promises', async () => {
    served.set('vocab.txt', Buffer.alloc(1000, 'a'));
    await expect(resolveCheckpoint('someone/tiny', { dataDirectory, hub })).rejects.toMatchObject({
      code: 'CORRUPT_ARCHIVE',
      message: expect.stringContaining('1000 bytes'),
    });
  });

  it('fetches nothing beyond config.json for what is no BERT', async () => {
    const config = Buffer.from('{"model_type":"gpt2"}');
    const blobId = createHash('sha1').update(`blob ${config.length}\0`).update(config).digest('hex');
    served.set('config.json', config);
    saidInstead['config.json'] = { blobId, size: config.length };
    await expect(resolveCheckpoint('someone/tiny', { dataDirectory, hub })).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      message: expect.stringContaining('model_type'),
    });
    expect(downloads()).toEqual([`/someone/tiny/resolve/${commit}/config.json`]);
  });

  it('says what a model on the hub lacks', async () => {
    missingFromListing = ['model.safetensors', 'vocab.txt'];
    await expect(resolveCheckpoint('someone/tiny', { dataDirectory, hub })).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      facts: { missing: ['model.safetensors', 'vocab.txt or tokenizer.json'] },
    });
  });

  it('lists the local names where the model does not exist or there is no network', async () => {
    await writeTinyCheckpoint(join(dataDirectory, 'checkpoints', 'mine'));
    await writeFile(join(dataDirectory, 'checkpoints', 'stray-file'), '');
    await expect(resolveCheckpoint('someone/else', { dataDirectory, hub })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(
        /no public model someone\/else with revision main. Checkpoints on this machine: mine\./,
      ),
    });
    await expect(
      resolveCheckpoint('someone/tiny', { dataDirectory, hub: 'http://127.0.0.1:1' }),
    ).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      facts: { known: ['mine'] },
    });
  });

  it('stops when it is cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(resolveCheckpoint('someone/tiny', { dataDirectory, hub, signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});
