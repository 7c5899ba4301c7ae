/** Downloads of models over real HTTP: what is in them, who gets them, and what happens when they break off. */
import { readdir, readFile, readlink, rm, truncate, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { modelCard, signatureOf } from '../src/models/card.ts';
import { publishSpotter, startTestServer, untilCancelled, type TestServer } from './graphql/testServer.ts';
import { untar } from './untar.ts';

const apiKey = 'a-key-of-sixteen-or-more';
const bearer = { authorization: `Bearer ${apiKey}` };
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ environment: { DISTILLERY_API_KEY: apiKey }, runInChild: untilCancelled });
  for (const name of ['spotter', 'spotter', 'v1.0.tar']) await publishSpotter(server, name);
  await server.client.call('setAlias', { alias: 'favourite', model: 'spotter@1' });
});
afterAll(() => server.stop());

/** As it is written: fetch would resolve ".." before it asks. */
function get(path: string, { method = 'GET', headers = bearer as object } = {}): Promise<IncomingMessage> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, method, headers: { ...headers } }, resolve);
    sent.on('error', reject);
    sent.end();
  });
}

async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('the download of a model', () => {
  it.each([
    ['spotter', 'spotter-2'],
    ['spotter@1', 'spotter-1'],
    ['spotter%401', 'spotter-1'],
    ['favourite', 'spotter-1'],
    ['v1.0.tar', 'v1.0.tar-1'],
  ])('%s is the folder %s with all that it needs', async (reference, folder) => {
    const response = await get(`/models/${reference}.tar`);
    const body = await bytesOf(response);
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'application/x-tar',
      'content-disposition': `attachment; filename="${folder}.tar"`,
      'content-length': String(body.length),
    });
    const files = await untar(body);
    expect([...files.keys()]).toEqual(
      ['model.onnx', 'tokenizer.json', 'card.json'].map((file) => `${folder}/${file}`),
    );

    const stored = await server.app.registry.resolve(reference.replace('%40', '@'));
    for (const file of ['model.onnx', 'tokenizer.json'])
      expect(files.get(`${folder}/${file}`)).toEqual(await readFile(join(stored.folder, file)));
    const card = modelCard.parse(JSON.parse(String(files.get(`${folder}/card.json`))));
    expect(card).toEqual(stored.card);
    expect(card.signature).toEqual(signatureOf(['ids']));
  });

  it('is where the model says', async () => {
    const { downloadPath } = await server.client.call<{ downloadPath: string }>('model', {
      reference: 'favourite',
    });
    expect(downloadPath).toBe('/models/spotter%401.tar');
    expect((await bytesOf(await get(downloadPath))).length).toBeGreaterThan(1000);
  });

  it('can be asked for its size alone', async () => {
    const whole = await bytesOf(await get('/models/spotter.tar'));
    const head = await get('/models/spotter.tar', { method: 'HEAD' });
    expect(head.headers['content-length']).toBe(String(whole.length));
    expect(await bytesOf(head)).toHaveLength(0);
  });

  it.each([
    ['no key', {}, 401, 'UNAUTHENTICATED'],
    ['a wrong key', { authorization: 'Bearer wrong-wrong-wrong-wrong' }, 401, 'UNAUTHENTICATED'],
    ['a page of another site', { ...bearer, origin: 'https://example.org' }, 403, 'FORBIDDEN'],
  ])('is refused to %s', async (_who, headers, status, code) => {
    const response = await get('/models/spotter.tar', { headers });
    expect(response.statusCode).toBe(status);
    expect(JSON.parse(await text(response))).toMatchObject({
      errors: [{ extensions: { code } }],
    });
  });

  it.each([
    ['nobody', 404],
    ['spotter@7', 404],
    ['spotter@1@1', 404],
    ['..', 404],
    ['%2e%2e', 404],
    ['..%2f..%2f..%2fetc%2fpasswd', 404],
    ['..%5c..%5cetc', 404],
    ['spotter%00', 404],
    ['spotter%2f..%2fspotter', 404],
    ['%E0%A4%A', 400],
  ])('%s is refused with an error of ours', async (reference, status) => {
    const response = await get(`/models/${reference}.tar`);
    expect(response.statusCode).toBe(status);
    const code = status === 404 ? 'NOT_FOUND' : 'BAD_USER_INPUT';
    expect(JSON.parse(await text(response))).toMatchObject({ errors: [{ extensions: { code } }] });
  });

  it.each([
    '/models/../models/card.json',
    '/models/spotter/1/card.json',
    '/models/../../etc/passwd.tar',
    '/models/',
  ])('%s is no address of a file', async (path) => {
    const response = await get(path);
    response.resume();
    expect(response.statusCode).toBe(404);
  });

  it('of a model that has lost a file says so', async () => {
    const { folder } = await publishSpotter(server, 'broken');
    await rm(join(folder, 'model.onnx'));
    const response = await get('/models/broken.tar');
    expect(response.statusCode).toBe(500);
    expect(JSON.parse(await text(response))).toMatchObject({
      errors: [
        { message: expect.stringContaining('model.onnx'), extensions: { code: 'INVALID_CHECKPOINT' } },
      ],
    });
  });
});

describe('a download that breaks off', () => {
  /** More than all buffers between server and client hold. */
  const largeBytes = 96_000_000;
  const publishLarge = async (name: string) => {
    const graph = join((await publishSpotter(server, name)).folder, 'model.onnx');
    await writeFile(graph, Buffer.alloc(largeBytes, 1));
    // As an earlier release published it: these are not the bytes that were.
    await server.app.database.executeSql('UPDATE model_versions SET files = NULL WHERE name = $1', [name]);
    return graph;
  };
  const firstChunk = async (name: string) => {
    const response = await get(`/models/${name}.tar`);
    await new Promise((resolve) => response.once('readable', resolve));
    return response;
  };

  it('closes the file when the client leaves, and serves on', async () => {
    const graph = await publishLarge('large');
    const logged = jest.spyOn(server.app.logger, 'error');
    for (let times = 0; times < 3; times++) {
      const response = await firstChunk('large');
      if (process.platform === 'linux') expect(await openFiles()).toContain(graph);
      response.destroy();
    }
    // /proc is Linux's; elsewhere only that the server serves on is seen.
    for (let waits = 0; waits < 100 && (await openFiles()).includes(graph); waits++) await delay(50);
    expect(await openFiles()).not.toContain(graph);
    expect((await bytesOf(await get('/models/spotter.tar'))).length).toBeGreaterThan(1000);
    expect(logged).not.toHaveBeenCalled();
    logged.mockRestore();
  });

  it('cuts the connection when the file ends too early: a part is never taken for the whole', async () => {
    const graph = await publishLarge('shrinking');
    const logged = jest.spyOn(server.app.logger, 'error').mockImplementation(() => undefined);
    const response = await firstChunk('shrinking');
    await truncate(graph, 1000);
    await expect(bytesOf(response)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(logged).toHaveBeenCalledWith(
      expect.objectContaining({ folder: 'shrinking-1' }),
      expect.any(String),
    );
    logged.mockRestore();
    expect((await bytesOf(await get('/models/spotter.tar'))).length).toBeGreaterThan(1000);
  });
});

async function openFiles(): Promise<string[]> {
  const handles = await readdir('/proc/self/fd').catch(() => []);
  return Promise.all(handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')));
}
