/** `distillery serve` as a process of its own: it gets ready, answers, and ends when it is told to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
let dataDirectory = '';

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'distillery-serve-'));
});
afterEach(() => rm(dataDirectory, { recursive: true }));

function serve(...options: string[]) {
  const args = ['--import', tsx, cli, 'serve', '--port', '0', '--data-directory', dataDirectory, ...options];
  const environment = { ...process.env, DISTILLERY_LOG_LEVEL: 'info', DISTILLERY_API_KEY: '' };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  let output = '';
  const exited = once(child, 'exit');
  const waiting: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      output += String(text);
      waiting.forEach((look) => look());
    });
  return {
    child,
    exited,
    output: () => output,
    /** @throws what the process has said, where it ends without this */
    said: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(output);
          if (found) resolve(found);
        };
        waiting.push(look);
        look();
        void exited.then(() => reject(new Error(`It ended and had said: ${output}`)));
      }),
  };
}

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
