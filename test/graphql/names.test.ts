/** Names from clients that become parts of paths: nasty ones over the whole API. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { publishSpotter, startTestServer, untilCancelled, type TestServer } from './testServer.ts';

let server: TestServer;
let runId = '';

beforeAll(async () => {
  server = await startTestServer({ runInChild: untilCancelled });
  await publishSpotter(server, 'spotter');
  const { dataDirectory } = server.app.config;
  await mkdir(join(dataDirectory, 'secret'));
  await writeFile(join(dataDirectory, 'secret', 'card.json'), 'the secret of the house');
  ({ id: runId } = await server.client.call<{ id: string }>('startStudentTraining', {
    input: { name: 'small', dataset: 'sample', architecture: 'gru-8' },
  }));
});
afterAll(() => server.stop());

const nasty = [
  '..',
  '../secret',
  '../../etc/passwd',
  '/etc/passwd',
  'a/../../secret',
  '..\\secret',
  'C:\\secret',
  '.hidden',
  'a/b',
  'a\0b',
  'a\nb',
  '%2e%2e%2fsecret',
  '．．/secret',
  'Upper',
  'a'.repeat(65),
  '',
];

const csv = `text,label\n${Array.from({ length: 40 }, (_, row) => `review ${row},${row % 2}`).join('\n')}\n`;
const calls: [string, (name: string) => Record<string, unknown>][] = [
  ['importDataset', (name) => ({ input: { name, format: 'CSV', content: csv } })],
  ['startStudentTraining', (name) => ({ input: { name, dataset: 'sample', architecture: 'gru-8' } })],
  ['startStudentTraining', (name) => ({ input: { name: 'm', dataset: name, architecture: 'gru-8' } })],
  ['startTeacherTraining', (name) => ({ input: { dataset: 'sample', checkpoint: `${name}/..` } })],
  ['importModel', (name) => ({ input: { name, checkpoint: 'none' } })],
  ['importModel', (name) => ({ input: { name: 'm', checkpoint: `../${name}` } })],
  ['setAlias', (name) => ({ alias: name, model: 'spotter' })],
  ['setAlias', (name) => ({ alias: 'live', model: `../${name}` })],
  ['aliasHistory', (name) => ({ alias: name })],
  ['rollbackAlias', (name) => ({ alias: name })],
  ['createApiKey', (name) => ({ name, scopes: ['ADMIN'] })],
  ['model', (name) => ({ reference: name })],
  ['reviews', (name) => ({ dataset: name })],
  ['survey', (name) => ({ id: name })],
  ['run', (name) => ({ id: name })],
];

/** Everything beside the database, whose files come and go. */
async function tree(): Promise<string[]> {
  const { dataDirectory } = server.app.config;
  const entries = await readdir(dataDirectory, { recursive: true });
  return entries.filter((path) => !path.startsWith('database') && !path.startsWith('runs')).sort();
}

describe('nasty names', () => {
  it.each(calls)('%s: never lead out of the data directory', async (name, variables) => {
    const [before, beside] = [await tree(), dirname(server.app.config.dataDirectory)];
    const neighbours = (await readdir(beside)).filter((entry) => entry === 'secret');
    for (const each of nasty) {
      const refusal: unknown = await server.client
        .call(name, variables(each))
        .catch((error: unknown) => error);
      expect([each, refusal]).toEqual([
        each,
        expect.objectContaining({ code: expect.stringMatching(/^(BAD_USER_INPUT|NOT_FOUND)$/) }),
      ]);
      expect(String(refusal)).not.toContain('secret of the house');
    }
    expect(await tree()).toEqual(before);
    expect((await readdir(beside)).filter((entry) => entry === 'secret')).toEqual(neighbours);
  });

  it.each([
    '/models/..%2fsecret.tar',
    '/models/%2e%2e%2f%2e%2e%2fsecret.tar',
    '/models/../secret.tar',
    '/models/spotter%2f..%2f..%2fsecret.tar',
    '/surveys/..%2f..%2fsecret/card.json',
    '/surveys/none/..%2f..%2fsecret%2fcard.json',
    '/benchmarks/..%2fsecret/report.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/../package.json',
    '/models/a%00b.tar',
    '/models/%ff.tar',
  ])('bring nothing as a download: %s', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(body).not.toMatch(/secret of the house|"dependencies"/);
  });

  it('bring nothing as a file of a benchmark that is there', async () => {
    expect((await get(`/benchmarks/${runId}/..%2fcard.json`)).status).toBe(404);
  });
});

/** As it is written: fetch would resolve ".." before it asks. */
function get(path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}
