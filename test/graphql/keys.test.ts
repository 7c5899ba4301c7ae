/** Keys, scopes, limits and the audit log, as clients meet them over real HTTP and WebSocket. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { DistilleryClient } from '../../src/client.ts';
import { startServer } from '../../src/server.ts';
import {
  overWebSocket,
  publishSpotter,
  startTestServer,
  untilCancelled,
  type TestServer,
} from './testServer.ts';

const configured = 'a-key-of-sixteen-or-more';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({
    environment: { DISTILLERY_API_KEY: configured, DISTILLERY_SOCKETS_PER_CLIENT: '3' },
    runInChild: untilCancelled,
  });
  await publishSpotter(server, 'spotter');
});
afterAll(() => server.stop());

interface Entry {
  actor: string;
  mutation: string;
  arguments: Record<string, unknown>;
  errorCode: string | null;
  requestId: string;
  transport: string;
}

let made = 0;
async function makeKey(scope: string, terms: { requestsPerMinute?: number } = {}) {
  const name = `key-${++made}`;
  const { key } = await server.client.call<{ key: string }>('createApiKey', {
    name,
    scopes: [scope],
    ...terms,
  });
  return { name, key, client: new DistilleryClient({ url: server.url, apiKey: key }) };
}
const revoke = (name: string) => server.client.call('revokeApiKey', { name });
const entries = async (): Promise<Entry[]> =>
  (await server.client.call<{ edges: { node: Entry }[] }>('auditLog', { first: 5 })).edges.map(
    ({ node }) => node,
  );

const get = (path: string, key?: string) =>
  fetch(new URL(path, server.url), key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });
const post = (query: string, key: string | undefined, url = server.url) =>
  fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ query }),
  });
const codeOf = async (response: Response) =>
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code;

const cancel = 'mutation { cancelRun(runId: "00000000-0000-4000-8000-000000000000") { id } }';
const listKeys = '{ apiKeys { name } }';

describe('an API key', () => {
  it('is told once, kept as a hash alone, and said to be used', async () => {
    const { name, key, client } = await makeKey('CLASSIFY');
    expect(key).toMatch(/^dst_[\w-]{43}$/);
    await client.query('{ system { version } }');
    const { rows } = await server.app.database.executeSql('SELECT * FROM api_keys WHERE name = $1', [name]);
    expect(JSON.stringify(rows)).not.toContain(key.slice(10));
    const lastUse = async () =>
      (await server.client.call<{ name: string; lastUsedAt: string | null }[]>('apiKeys')).find(
        (each) => each.name === name,
      )?.lastUsedAt;
    while ((await lastUse()) === null);
    expect(await lastUse()).toEqual(expect.any(String));
  });

  it('has a name of its own for good', async () => {
    const { name } = await makeKey('TRAIN');
    await revoke(name);
    await expect(server.client.call('createApiKey', { name, scopes: ['TRAIN'] })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('that is over opens nothing, by the clock of the database', async () => {
    const { name, key } = await makeKey('CLASSIFY');
    await server.app.database.executeSql(
      "UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE name = $1",
      [name],
    );
    expect((await post('{ __typename }', key)).status).toBe(401);
  });

  it('that is revoked opens nothing from then on', async () => {
    const { name, key } = await makeKey('CLASSIFY');
    expect((await post('{ __typename }', key)).status).toBe(200);
    await revoke(name);
    const refused = await post('{ __typename }', key);
    expect([refused.status, await codeOf(refused)]).toEqual([401, 'UNAUTHENTICATED']);
    expect(refused.headers.get('x-request-id')).toEqual(expect.any(String));
  });
});

describe('scopes', () => {
  it.each([
    ['CLASSIFY', '{ models { pageInfo { hasNextPage } } }', null],
    ['CLASSIFY', '{ classify(text: "good", model: "spotter") { label } }', null],
    ['CLASSIFY', cancel, 'FORBIDDEN'],
    ['CLASSIFY', listKeys, 'FORBIDDEN'],
    ['CLASSIFY', `query { ... on Query { ...F } } fragment F on Query { a: apiKeys { name } }`, 'FORBIDDEN'],
    ['TRAIN', cancel, 'NOT_FOUND'],
    ['TRAIN', 'mutation { rollbackAlias(alias: "x") { name } }', 'FORBIDDEN'],
    ['TRAIN', listKeys, 'FORBIDDEN'],
    ['ADMIN', listKeys, null],
  ])('%s over HTTP and WebSocket: %s', async (scope, query, code) => {
    const { key } = await makeKey(scope);
    const response = await post(query, key);
    const body = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    expect(body.errors?.[0]?.extensions.code ?? null).toBe(code);
    if (code === 'FORBIDDEN') {
      expect(response.status).toBe(403);
      expect(response.headers.get('x-request-id')).toEqual(expect.any(String));
      expect(body.errors?.[0]?.extensions).toMatchObject({ scope: expect.any(String) });
    }
    const told: unknown = await overWebSocket(server.url, query, { apiKey: key }).then(
      ([result]) => result?.errors?.[0]?.extensions?.code ?? null,
      (errors: { extensions: { code: string } }[]) => errors[0]?.extensions.code,
    );
    expect(told).toBe(code);
  });

  it.each(['/metrics', '/models/spotter.tar', '/surveys/none/report.json', '/benchmarks/none/report.json'])(
    'guard %s: no key, no file',
    async (path) => {
      const { key } = await makeKey('CLASSIFY');
      expect((await get(path)).status).toBe(401);
      expect((await get(path, `${key}x`)).status).toBe(401);
      expect((await get(path, key)).status).not.toBe(401);
    },
  );
});

describe('a WebSocket', () => {
  it('whose key is revoked is closed with 4403, and its subscriptions end', async () => {
    const { name, key } = await makeKey('TRAIN');
    const { id } = await server.client.call<{ id: string }>('startStudentTraining', {
      input: { name: 'small', dataset: 'sample', architecture: 'gru-8' },
    });
    const client = createClient({
      url: server.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { apiKey: key },
    });
    const query = `subscription { onTrainingProgress(runId: "${id}", after: 0) { sequence } }`;
    const events = client.iterate({ query });
    expect((await events.next()).done).toBe(false);
    await revoke(name);
    const ended = (async () => {
      for await (const event of events) expect(event).toBeDefined();
    })();
    await expect(ended).rejects.toMatchObject({ code: 4403 });
    await server.client.call('cancelRun', { runId: id });
  });

  it('checks its key at each operation, without having heard of a change', async () => {
    const { name, key } = await makeKey('CLASSIFY');
    const socket = await initialised(key);
    await server.app.database.executeSql('UPDATE api_keys SET revoked_at = now() WHERE name = $1', [name]);
    const closed = once(socket, 'close');
    // What is remembered lasts seconds; this process forgets it when any key changes.
    await makeKey('CLASSIFY');
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } }));
    expect((await closed)[0]).toBe(4403);
  });

  it('is one of a limited number for each key', async () => {
    const { key } = await makeKey('CLASSIFY');
    const sockets = [await initialised(key), await initialised(key), await initialised(key)];
    await expect(overWebSocket(server.url, '{ __typename }', { apiKey: key })).rejects.toMatchObject({
      code: 4429,
    });
    for (const socket of sockets) socket.close();
    await Promise.all(sockets.map((socket) => once(socket, 'close')));
  });

  async function initialised(apiKey: string): Promise<WebSocket> {
    const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
    await once(socket, 'open');
    const acknowledged = once(socket, 'message');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { apiKey } }));
    await acknowledged;
    return socket;
  }
});

describe('rate limits', () => {
  it('of a key are told with 429 and retry-after, and over WebSocket by the same code', async () => {
    const { key } = await makeKey('CLASSIFY', { requestsPerMinute: 2 });
    expect((await post('{ __typename }', key)).status).toBe(200);
    expect(await overWebSocket(server.url, '{ __typename }', { apiKey: key })).toHaveLength(1);
    const refused = await post('{ __typename }', key);
    expect([refused.status, await codeOf(refused)]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await expect(overWebSocket(server.url, '{ __typename }', { apiKey: key })).rejects.toMatchObject([
      { extensions: { code: 'RATE_LIMITED' } },
    ]);
  });

  it('hold back guesses by address, and not the owners of keys that were made', async () => {
    const guarded = await startServer({ ...server.app });
    try {
      const { key } = await makeKey('CLASSIFY');
      expect((await post('{ __typename }', key, guarded.url)).status).toBe(200);
      const statuses: number[] = [];
      for (let guess = 0; guess < 21; guess++)
        statuses.push((await post('{ __typename }', `a-wrong-key-${guess}`, guarded.url)).status);
      expect(statuses).toEqual([...Array<number>(20).fill(401), 429]);
      expect((await post('{ __typename }', configured, guarded.url)).status).toBe(429);
      expect((await post('{ __typename }', key, guarded.url)).status).toBe(200);
    } finally {
      await guarded.stop();
    }
  });
});

describe('the schema', () => {
  it('is told beyond loopback to admins alone, also by the words of errors', async () => {
    const beyond = await startServer({
      ...server.app,
      config: { ...server.app.config, introspection: false },
    });
    try {
      const { key } = await makeKey('TRAIN');
      const asked = '{ __schema { queryType { name } } }';
      expect((await post(asked, key, beyond.url)).status).toBe(403);
      expect((await post(asked, configured, beyond.url)).status).toBe(200);
      await expect(overWebSocket(beyond.url, asked, { apiKey: key })).rejects.toMatchObject([
        { extensions: { code: 'FORBIDDEN' } },
      ]);
      const wrong = '{ modelz { name } }';
      expect(await (await post(wrong, key, beyond.url)).text()).not.toContain('Did you mean');
      expect(await (await post(wrong, key)).text()).toContain('Did you mean');
      const overSocket: unknown = await overWebSocket(beyond.url, wrong, { apiKey: key }).catch(
        (error: unknown) => error,
      );
      expect(JSON.stringify(overSocket)).toMatch(/modelz(?!.*Did you mean)/);
      const explorer = await fetch(beyond.url, { headers: { accept: 'text/html' } });
      expect(explorer.status).toBe(401);
    } finally {
      await beyond.stop();
    }
  });
});

describe('pages of other sites', () => {
  const bearer = { authorization: `Bearer ${configured}` };

  it('get no preflight answered, and several operations in one request are refused', async () => {
    const preflight = await fetch(server.url, {
      method: 'OPTIONS',
      headers: { ...bearer, 'access-control-request-method': 'POST' },
    });
    expect(preflight.ok).toBe(false);
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    const batch = await fetch(server.url, {
      method: 'POST',
      headers: { ...bearer, 'content-type': 'application/json' },
      body: '[{"query":"{__typename}"},{"query":"{__typename}"}]',
    });
    expect(batch.status).toBe(400);
  });
});

describe('the audit log', () => {
  it('has every mutation, with what it was asked and what came of it', async () => {
    const { key, name, client } = await makeKey('ADMIN');
    await client.call('setAlias', { alias: 'live', model: 'spotter' });
    await overWebSocket(
      server.url,
      'mutation ($alias: String!) { a: setAlias(alias: $alias, model: "nobody") { name } b: rollbackAlias(alias: "live") { name } }',
      { apiKey: key, variables: { alias: 'live' } },
    );
    expect(await entries()).toMatchObject([
      { actor: name, mutation: 'rollbackAlias', errorCode: 'CANCELLED', transport: 'websocket' },
      { mutation: 'setAlias', arguments: { alias: 'live', model: 'nobody' }, errorCode: 'NOT_FOUND' },
      {
        actor: name,
        mutation: 'setAlias',
        arguments: { alias: 'live', model: 'spotter', share: 1, shadow: false },
        errorCode: null,
        requestId: expect.any(String),
        transport: 'http',
      },
      { actor: 'configuration', mutation: 'createApiKey', errorCode: null },
      expect.anything(),
    ]);
  });

  it('has refused ones, long texts cut and files left out, and never a key', async () => {
    const { key, client } = await makeKey('CLASSIFY');
    const input = { name: 'x'.repeat(500), format: 'CSV', content: 'the content of a file'.repeat(50) };
    await expect(client.call('importDataset', { input })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(overWebSocket(server.url, cancel, { apiKey: key })).rejects.toBeDefined();
    const [overSocket, refused, creation] = await entries();
    expect(overSocket).toMatchObject({
      mutation: 'cancelRun',
      errorCode: 'FORBIDDEN',
      transport: 'websocket',
    });
    expect(refused).toMatchObject({
      mutation: 'importDataset',
      errorCode: 'FORBIDDEN',
      arguments: { input: { name: `${'x'.repeat(200)}…`, content: '(1050 characters)' } },
    });
    expect(JSON.stringify(creation)).not.toContain(key.slice(10));
  });

  it('is kept by the database, and in the log where the database takes nothing', async () => {
    const { database, logger } = server.app;
    await expect(database.executeSql("UPDATE audit_entries SET actor = 'nobody'")).rejects.toThrow(
      /never changed/,
    );
    const log = jest.spyOn(logger, 'error');
    await database.executeSql('ALTER TABLE audit_entries RENAME TO audit_entries_away');
    try {
      await server.client.call('setAlias', { alias: 'unheard', model: 'spotter' });
      expect(log.mock.calls[0]?.[0]).toMatchObject({ entries: [{ mutation: 'setAlias' }] });
    } finally {
      await database.executeSql('ALTER TABLE audit_entries_away RENAME TO audit_entries');
      log.mockRestore();
    }
  });
});

describe('a server without a key in its configuration', () => {
  it('asks for none on loopback until one is made, and then closes what is open', async () => {
    const open = await startTestServer({ runInChild: untilCancelled });
    try {
      const socket = new WebSocket(open.url.replace('http', 'ws'), 'graphql-transport-ws');
      await once(socket, 'open');
      const acknowledged = once(socket, 'message');
      socket.send('{"type":"connection_init"}');
      await acknowledged;
      const closed = once(socket, 'close');
      const { key } = await open.client.call<{ key: string }>('createApiKey', {
        name: 'first',
        scopes: ['ADMIN'],
      });
      expect((await closed)[0]).toBe(4403);
      expect((await post('{ __typename }', undefined, open.url)).status).toBe(401);
      expect((await post('{ __typename }', key, open.url)).status).toBe(200);
      const beyond = { ...open.app, config: { ...open.app.config, host: '0.0.0.0' } };
      await (await startServer(beyond)).stop();
      await open.app.keys.revoke('first');
      await expect(startServer(beyond)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      expect((await post('{ __typename }', undefined, open.url)).status).toBe(401);
    } finally {
      await open.stop();
    }
  });
});
