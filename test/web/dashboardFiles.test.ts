/** The dashboard as the server sends it: pages, files, and the policy that a browser holds them to. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { startTestServer, type TestServer } from '../graphql/testServer.ts';

const key = 'a-key-of-more-than-sixteen-characters';
let server: TestServer;
let origin: string;

beforeAll(async () => {
  server = await startTestServer({ environment: { DISTILLERY_API_KEY: key } });
  ({ origin } = new URL(server.url));
});
afterAll(() => server.stop());

const page = (path: string) => fetch(`${origin}${path}`, { headers: { accept: 'text/html' } });
const policyOf = (response: Response) => response.headers.get('content-security-policy') ?? '';

describe('pages', () => {
  it.each(['/', '/train', '/models/imdb-gru-32%401', '/surveys/some-id'])(
    'are sent for %s to whoever asks, since they hold no data',
    async (path) => {
      const response = await page(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/html/);
      expect(await response.text()).toContain('<div id="root">');
    },
  );

  it('let nothing run or be styled that is not from here, but for a nonce that is new each time', async () => {
    const [first, second] = await Promise.all([page('/'), page('/')]);
    const nonces = await Promise.all(
      [first, second].map(async (response) => {
        const policy = policyOf(response);
        expect(policy).toMatch(/default-src 'none'; script-src 'self';/);
        expect(policy).not.toContain('unsafe');
        const [, nonce = 'none'] = /'nonce-([^']+)'/.exec(policy) ?? [];
        const html = await response.text();
        expect(html).toContain(`nonce="${nonce}"`);
        expect(html).not.toContain('__NONCE__');
        return nonce;
      }),
    );
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  it('have the GraphQL explorer at /graphql for a browser, and the API for everyone else', async () => {
    const explorer = await page('/graphql');
    expect(explorer.status).toBe(200);
    expect(policyOf(explorer)).toMatch(/script-src 'self';.*connect-src 'self'/);
    expect(await explorer.text()).toContain('GraphQL explorer');

    const api = await fetch(`${server.url}?query={__typename}`, {
      headers: { accept: 'application/json', 'x-apollo-operation-name': 'x' },
    });
    expect(api.status).toBe(401);
  });
});

describe('files', () => {
  const built = () => readdirSync(fileURLToPath(new URL('../../dist/web/assets', import.meta.url)));

  it('that are named by their content are kept by the browser, and are sent compressed', async () => {
    const script = built().find((name) => /^index-.*\.js$/.test(name));
    const response = await new Promise<{ headers: NodeJS.Dict<string | string[]>; body: Buffer }>(
      (resolve, reject) => {
        httpRequest(`${origin}/assets/${script}`, { headers: { 'accept-encoding': 'br' } }, (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(chunks) }));
        })
          .on('error', reject)
          .end();
      },
    );
    expect(response.headers['cache-control']).toContain('immutable');
    expect(response.headers['content-encoding']).toBe('br');
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    expect(brotliDecompressSync(response.body).length).toBeGreaterThan(response.body.length);
  });

  it.each([
    '/nothing.js',
    '/assets/../../package.json',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/%2e%2e%2findex.html.map',
  ])('that are not there are not found: %s', async (path) => {
    const status = await new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(origin);
      httpRequest({ hostname, port, path }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(404);
  });
});
