/** `distillery serve` as a process of its own: it gets ready, answers, and ends when it is told to. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startCli } from './cliProcess.ts';

let dataDirectory = '';

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'distillery-serve-'));
});
afterEach(() => rm(dataDirectory, { recursive: true }));

const serve = (...options: string[]) =>
  startCli(['serve', '--port', '0', '--data-directory', dataDirectory, ...options]);

describe('distillery serve', () => {
  it('takes a free port, answers, and ends in peace at SIGTERM', async () => {
    const server = serve();
    try {
      const [, url = ''] = await server.said(/(http:\/\/127\.0\.0\.1:\d+)\/graphql/);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      server.child.kill('SIGTERM');
      expect(await server.exited).toEqual([0, null]);
      await expect(fetch(`${url}/readyz`)).rejects.toThrow();
    } finally {
      server.child.kill('SIGKILL');
    }
  });

  it('refuses to listen beyond this machine without a key, and says what to do', async () => {
    const server = serve('--host', '0.0.0.0');
    expect(await server.exited).toEqual([1, null]);
    expect(server.output()).toMatch(/DISTILLERY_API_KEY/);
  });
});
