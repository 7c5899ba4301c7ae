/** Downloads from a real HTTP server on this machine: whole, resumed, cut, redirected, wrong. */
import { describe, it, expect, afterEach, beforeEach } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { downloadFile } from '../../src/data/download.ts';
import { temporaryFolder } from './folder.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) % 256));
const sha256 = createHash('sha256').update(content).digest('hex');
const folder = temporaryFolder();

/** A file server with Range; every request is kept, and can be answered in another way first. */
class FileServer {
  readonly requests: { range: string | undefined; ifRange: string | undefined }[] = [];
  tag: string | null = '"first"';
  body = content;
  /** Cuts so many answers after so many bytes. */
  cuts = 0;
  readonly #server = createServer((request, response) => this.#answer(request, response));
  url = '';
  override: ((request: IncomingMessage, response: ServerResponse) => void) | null = null;

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/file`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { range, 'if-range': ifRange } = request.headers;
    this.requests.push({ range, ifRange: ifRange as string | undefined });
    if (this.override !== null) return this.override(request, response);
    const { body, tag } = this;
    const asked = /^bytes=(\d+)-$/.exec(range ?? '');
    const start = asked !== null && (ifRange === undefined || ifRange === tag) ? Number(asked[1]) : 0;
    if (start >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
      return;
    }
    const headers: Record<string, string | number> = {
      'content-length': body.length - start,
      ...(tag !== null && { etag: tag }),
    };
    if (start > 0) headers['content-range'] = `bytes ${start}-${body.length - 1}/${body.length}`;
    response.writeHead(start > 0 ? 206 : 200, headers);
    if (this.cuts > 0) {
      this.cuts -= 1;
      response.write(body.subarray(start, start + 100_000), () => setImmediate(() => response.destroy()));
    } else response.end(body.subarray(start));
  }
}

let server: FileServer;
let target = '';
beforeEach(async () => {
  server = new FileServer();
  await server.start();
  target = join(folder(), 'deep', 'file.bin');
});
afterEach(() => server.stop());

const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('downloadFile', () => {
  it('brings the file, tells its progress, and leaves nothing else behind', async () => {
    const steps: [number, number | null][] = [];
    await downloadFile(server.url, target, {
      sha256,
      onProgress: (done, total) => steps.push([done, total]),
    });
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(await readdir(join(folder(), 'deep'))).toEqual(['file.bin']);
    expect(steps[0]).toEqual([0, content.length]);
    expect(steps.at(-1)).toEqual([content.length, content.length]);
  });

  it('leaves a file that is there already', async () => {
    await downloadFile(server.url, target);
    await downloadFile(server.url, target);
    expect(server.requests).toHaveLength(1);
  });

  it('goes on after cut connections where each stopped', async () => {
    server.cuts = 2;
    await downloadFile(server.url, target, { sha256 });
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(server.requests).toHaveLength(3);
    expect(server.requests[1]?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(server.requests[1]?.ifRange).toBe('"first"');
  });

  it('goes on with the part that an earlier process left', async () => {
    const path = join(folder(), 'file.bin');
    await writeFile(`${path}.part`, content.subarray(0, 123_456));
    await downloadFile(server.url, path, { sha256 });
    expect(server.requests.at(-1)?.range).toBe('bytes=123456-');
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  it('accepts a part that is complete', async () => {
    const path = join(folder(), 'file.bin');
    await writeFile(`${path}.part`, content);
    await downloadFile(server.url, path, { sha256 });
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  it('starts anew where the file on the server has changed', async () => {
    const path = join(folder(), 'file.bin');
    await writeFile(`${path}.part`, 'of an older file');
    await writeFile(`${path}.part.tag`, '"older"');
    await downloadFile(server.url, path);
    expect((await readFile(path)).equals(content)).toBe(true);
    await writeFile(`${path}2.part`, 'of an unknown file'); // neither checksum nor tag
    await downloadFile(server.url, `${path}2`);
    expect((await readFile(`${path}2`)).equals(content)).toBe(true);
  });

  it('throws a wrong file away', async () => {
    const path = join(folder(), 'file.bin');
    const wrong = 'ab'.repeat(32);
    await expect(downloadFile(server.url, path, { sha256: wrong })).rejects.toThrow(
      refused('CORRUPT_ARCHIVE', new RegExp(`${sha256}; expected ${wrong}`)),
    );
    expect(await readdir(folder())).toEqual([]);
  });

  it.each(['told', 'not told'])(
    'stops at a size that is too large, where that is %s before',
    async (told) => {
      if (told === 'not told')
        server.override = (_request, response) => {
          response.write(content);
          response.end();
        };
      await expect(downloadFile(server.url, target, { largestBytes: 200_000 })).rejects.toMatchObject({
        code: 'CORRUPT_ARCHIVE',
        message: expect.stringContaining('200000 at most'),
      });
      expect(server.requests).toHaveLength(1);
      expect(await readdir(join(folder(), 'deep'))).not.toContain('file.bin');
    },
  );

  it('lets several callers share one download', async () => {
    await Promise.all([
      downloadFile(server.url, target, { sha256 }),
      downloadFile(server.url, target, { sha256 }),
    ]);
    expect(server.requests).toHaveLength(1);
  });

  it('follows redirects', async () => {
    let hops = 0;
    server.override = (_, response) => {
      hops += 1;
      if (hops === 2) server.override = null;
      response.writeHead(302, { location: '/elsewhere' }).end();
    };
    await downloadFile(server.url, target, { sha256 });
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it('tries again when the server is overloaded for a moment', async () => {
    server.override = (_, response) => {
      server.override = null;
      response.writeHead(503).end();
    };
    await downloadFile(server.url, target, { sha256 });
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    [404, 'NOT_FOUND'],
    [403, 'UNAVAILABLE'],
  ])('tells status %i at once', async (status, code) => {
    server.override = (_, response) => void response.writeHead(status).end();
    await expect(downloadFile(server.url, target)).rejects.toThrow(
      refused(code, new RegExp(`status ${status}`)),
    );
    expect(server.requests).toHaveLength(1);
  });

  it('gives up on endless redirects', async () => {
    server.override = (_, response) => void response.writeHead(301, { location: '/again' }).end();
    await expect(downloadFile(server.url, target)).rejects.toThrow(refused('UNAVAILABLE', /redirects/));
  });

  it('refuses plain http, and a redirect to it', async () => {
    await expect(downloadFile('http://example.org/file', target)).rejects.toThrow(
      refused('BAD_USER_INPUT', /https/),
    );
    await expect(downloadFile('file:///etc/hostname', target)).rejects.toThrow(
      refused('BAD_USER_INPUT', /https/),
    );
    server.override = (_, response) =>
      void response.writeHead(302, { location: 'http://example.org/file' }).end();
    await expect(downloadFile(server.url, target)).rejects.toThrow(
      refused('BAD_USER_INPUT', /example\.org.*https/),
    );
  });

  it('keeps to the hosts that are allowed, redirect by redirect', async () => {
    const hosts = ['huggingface.co', '*.hf.co'];
    for (const url of [
      'https://example.org/file',
      'https://hf.co.example.org/file',
      'https://evilhf.co/file',
    ])
      await expect(downloadFile(url, target, { hosts })).rejects.toThrow(
        refused('BAD_USER_INPUT', /HUB_HOSTS/),
      );
    server.override = (_, response) =>
      void response.writeHead(302, { location: 'https://example.org/file' }).end();
    await expect(downloadFile(server.url, target, { hosts })).rejects.toThrow(
      refused('BAD_USER_INPUT', /example\.org.*HUB_HOSTS/),
    );
    await expect(readFile(target)).rejects.toThrow();
  });

  it('says why a server cannot be reached', async () => {
    const { url } = server;
    await server.stop();
    await expect(downloadFile(url, target)).rejects.toThrow(refused('UNAVAILABLE', /ECONNREFUSED/));
    await server.start();
  });

  it('keeps the part when cancelled', async () => {
    const cancel = new AbortController();
    const path = join(folder(), 'file.bin');
    server.override = (_, response) => {
      response.writeHead(200, { 'content-length': content.length, etag: '"first"' });
      response.write(content.subarray(0, 50_000)); // and never the rest
    };
    const download = downloadFile(server.url, path, {
      sha256,
      signal: cancel.signal,
      onProgress: (done) => done === 50_000 && cancel.abort(),
    });
    await expect(download).rejects.toThrow(refused('CANCELLED', /cancelled/));
    expect((await readFile(`${path}.part`)).length).toBe(50_000);
  });
});
