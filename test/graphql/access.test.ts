/** Who may ask, how much, and what is told when something goes wrong; over HTTP and WebSocket alike. */
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ExecutionResult } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Config } from '../../src/config.ts';
import { isLoopback } from '../../src/access/gate.ts';
import { limits } from '../../src/graphql/limits.ts';
import { startServer } from '../../src/server.ts';
import {
  overWebSocket,
  publishSpotter,
  startTestServer,
  untilCancelled,
  type TestServer,
} from './testServer.ts';

const apiKey = 'a-key-of-sixteen-or-more';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({
    environment: {
      DISTILLERY_API_KEY: apiKey,
      DISTILLERY_MAX_BODY_BYTES: '40000',
      DISTILLERY_MAX_TEXTS_PER_REQUEST: '1000',
    },
    runInChild: untilCancelled,
  });
  await publishSpotter(server, 'spotter');
});
afterAll(() => server.stop());

function withoutKey(config: Config): Config {
  return { ...config, apiKey: undefined };
}

interface Answer {
  status: number;
  body: {
    data?: Record<string, unknown> | null;
    errors?: { message: string; extensions: Record<string, unknown> }[];
  };
}

async function post(body: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}`, ...headers },
    body,
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const ask = (query: string, variables = {}) => post(JSON.stringify({ query, variables }));

describe('API keys', () => {
  it.each(['', 'Bearer ', 'Bearer wrong', `Basic ${apiKey}`, `Bearer ${apiKey}x`])(
    'refuse "%s" over HTTP',
    async (authorization) => {
      const { status, body } = await post('{"query":"{ __typename }"}', { authorization });
      expect(status).toBe(401);
      expect(body.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    },
  );

  it.each([undefined, 'wrong'])('refuse %s over WebSocket with 4403', async (key) => {
    const asking = overWebSocket(server.url, '{ __typename }', key === undefined ? {} : { apiKey: key });
    await expect(asking).rejects.toMatchObject({ code: 4403 });
  });

  it('let the right one in on both', async () => {
    expect((await ask('{ __typename }')).body.data).toEqual({ __typename: 'Query' });
    expect(await overWebSocket(server.url, '{ __typename }', { apiKey })).toEqual([
      { data: { __typename: 'Query' } },
    ]);
  });

  it('are needed beyond loopback', async () => {
    const config = withoutKey(server.app.config);
    const open = startServer({ ...server.app, config: { ...config, host: '0.0.0.0', port: 0 } });
    await expect(open).rejects.toMatchObject({ code: 'BAD_USER_INPUT', facts: { host: '0.0.0.0' } });
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['localhost', true],
    ['[::1]', true],
    ['0.0.0.0', false],
    ['127.0.0.1.example.org', false],
    ['192.168.1.2', false],
  ])('know %s as loopback: %s', (host, expected) => expect(isLoopback(host)).toBe(expected));
});

describe('pages of other sites', () => {
  it('cannot ask, even with a key', async () => {
    const { status, body } = await post('{"query":"{ __typename }"}', { origin: 'https://example.org' });
    expect(status).toBe(403);
    expect(body.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  it('cannot open a WebSocket', async () => {
    const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws', {
      origin: 'https://example.org',
    });
    const refusal = await new Promise((resolve) =>
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode)),
    );
    expect(refusal).toBe(403);
  });

  it('get no CORS headers, and requests that need no preflight are refused', async () => {
    const simple = await fetch(`${server.url}?query={__typename}`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    expect(simple.status).toBe(400);
    expect(simple.headers.get('access-control-allow-origin')).toBeNull();
    const plain = await post('{"query":"{ __typename }"}', { 'content-type': 'text/plain' });
    expect(plain.status).toBe(400);
  });

  it('cannot reach a server without a key through a name of their own', async () => {
    const config = withoutKey(server.app.config);
    const open = await startServer({ ...server.app, config });
    try {
      expect(await statusOf(open.url, 'rebound.example.org')).toBe(403);
      expect(await statusOf(open.url, 'localhost:1234')).toBe(200);
    } finally {
      await open.stop();
    }
  });
});

// fetch sets the Host header itself.
function statusOf(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { host, 'content-type': 'application/json' };
    const sent = httpRequest(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end('{"query":"{ __typename }"}');
  });
}

describe('limits', () => {
  const deep = `{ __typename ${'... on Query { '.repeat(limits.depth)} __typename ${'}'.repeat(limits.depth)} }`;
  const aliased = `{ ${Array.from({ length: limits.aliases + 1 }, (_, index) => `a${index}: system { version }`).join(' ')} }`;
  const long = `{ ${'__typename '.repeat(limits.tokens)} }`;
  const many =
    'query ($texts: [String!]!) { classifyMany(texts: $texts, model: "spotter") { label latencyMs } }';
  const wide = `{ models(first: 100) { edges { node { ${'reference '.repeat(100)} } } } }`;
  const cases: [string, string, Record<string, unknown>, string, RegExp][] = [
    ['depth', deep, {}, 'GRAPHQL_VALIDATION_FAILED', /depth limit/],
    ['aliases', aliased, {}, 'GRAPHQL_VALIDATION_FAILED', /Aliases limit/],
    ['tokens', long, {}, 'GRAPHQL_PARSE_FAILED', /tokens/],
    ['cost of many texts', many, { texts: Array(900).fill('good') }, 'BAD_USER_INPUT', /costs 10800/],
    ['cost of a wide list', wide, {}, 'BAD_USER_INPUT', /costs/],
  ];

  it.each(cases)('hold for %s over HTTP', async (_name, query, variables, code, message) => {
    const { status, body } = await ask(query, variables);
    expect(status).toBe(400);
    expect(body.errors?.[0]?.extensions.code).toBe(code);
    expect(body.errors?.[0]?.message).toMatch(message);
  });

  it.each(cases)('hold for %s over WebSocket', async (_name, query, variables, code, message) => {
    const refusal: unknown = await overWebSocket(server.url, query, { variables, apiKey }).catch(
      (error: unknown) => error,
    );
    expect(refusal).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })]);
    expect(refusal).toEqual([expect.objectContaining({ extensions: expect.objectContaining({ code }) })]);
  });

  it('hold for the size of a request', async () => {
    const { status, body } = await ask('query ($text: String!) { classify(text: $text) { label } }', {
      text: 'good '.repeat(9_000),
    });
    expect(status).toBe(413);
    expect(body.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', limit: 40_000 });
  });

  it('let what is under them through', async () => {
    const { body } = await ask(many, { texts: Array(100).fill('good') });
    expect(body.data?.classifyMany).toHaveLength(100);
  });
});

describe('errors', () => {
  it('of unreadable requests have a code', async () => {
    const { status, body } = await post('{"query":');
    expect(status).toBe(400);
    expect(body.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('of wrong variables name them', async () => {
    const { status, body } = await ask(
      'query ($first: Int!) { models(first: $first) { pageInfo { hasNextPage } } }',
      { first: 'ten' },
    );
    expect(status).toBe(400);
    expect(body.errors?.[0]).toMatchObject({
      message: expect.stringContaining('$first'),
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  it('of ours are masked, logged and found again by their number', async () => {
    const list = jest
      .spyOn(server.app.registry, 'list')
      .mockRejectedValue(new Error('the secret of the house'));
    const log = jest.spyOn(server.app.logger, 'error');
    try {
      const query = '{ models { pageInfo { hasNextPage } } }';
      const overHttp = (await ask(query)).body;
      const [overSocket] = await overWebSocket(server.url, query, { apiKey });
      for (const answer of [overHttp, overSocket as ExecutionResult]) {
        expect(JSON.stringify(answer)).not.toContain('secret');
        const extensions = answer.errors?.[0]?.extensions;
        expect(extensions).toMatchObject({ code: 'INTERNAL', logId: expect.any(String) });
        expect(log.mock.calls.map(([facts]) => facts)).toContainEqual(
          expect.objectContaining({ logId: extensions?.logId }),
        );
      }
    } finally {
      list.mockRestore();
      log.mockRestore();
    }
  });
});

describe('the server', () => {
  it('says that it lives and is ready, with headers that browsers heed', async () => {
    const root = new URL('/', server.url);
    const health = await fetch(new URL('healthz', root));
    const ready = await fetch(new URL('readyz', root));
    expect([health.status, ready.status]).toEqual([200, 200]);
    expect(ready.headers.get('x-content-type-options')).toBe('nosniff');
    expect(ready.headers.get('x-powered-by')).toBeNull();
  });

  it('is not ready while its database does not answer', async () => {
    const query = jest.spyOn(server.app.database, 'executeSql').mockRejectedValue(new Error('gone'));
    expect((await fetch(new URL('/readyz', server.url))).status).toBe(503);
    query.mockRestore();
  });

  it('says that a port is in use', async () => {
    const port = Number(new URL(server.url).port);
    const second = startServer({ ...server.app, config: { ...server.app.config, port } });
    await expect(second).rejects.toMatchObject({ code: 'UNAVAILABLE', facts: { port } });
  });
});
