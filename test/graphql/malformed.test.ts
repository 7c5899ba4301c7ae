/** What is sent wrong is told in words and with a code, and never takes the server for a fault of its own. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { WebSocket } from 'ws';
import { startTestServer, untilCancelled, type TestServer } from './testServer.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ runInChild: untilCancelled });
});
afterAll(() => server.stop());

async function post(body: string): Promise<{ status: number; code: unknown; message: unknown }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(server.url, { method: 'POST', headers, body });
  const { errors } = (await response.json()) as {
    errors?: { message: string; extensions: { code: string } }[];
  };
  return { status: response.status, code: errors?.[0]?.extensions.code, message: errors?.[0]?.message };
}

describe('over HTTP', () => {
  it('a subscription is told where it belongs', async () => {
    const query = 'subscription { onTrainingProgress(runId: "a") { sequence } }';
    expect(await post(JSON.stringify({ query }))).toEqual({
      status: 400,
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/WebSocket/),
    });
  });

  it('null for an argument with a default is refused as a wrong value', async () => {
    const query = 'query ($first: Int = 20) { surveys(first: $first) { edges { cursor } } }';
    expect(await post(JSON.stringify({ query, variables: { first: null } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/"first".*must not be null/),
    });
  });

  it('a name that no database can hold is refused', async () => {
    const query = '{ survey(id: "a\\u0000b") { id } }';
    expect(await post(`{"query":"${query.replaceAll('"', '\\"')}"}`)).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    const download = await fetch(new URL('/surveys/%00/report.json', server.url));
    expect(download.status).toBe(400);
    expect(await download.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('an upload whose label is nested without end has a fault on its line', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const { errors } = await server.client.call<{ errors: { line: number; message: string }[] }>(
      'checkDataset',
      { input: { format: 'JSONL', content: `{"text":"a","label":${deep}}` } },
    );
    expect(errors).toEqual([{ line: 1, message: expect.stringMatching(/nested too deeply/) }]);
  });
});

describe('over WebSocket', () => {
  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
    await once(socket, 'open');
    return socket;
  }

  it.each(['connection_ack', 'next', 'error'])(
    'a message that servers send, %s, is a bad request',
    async (type) => {
      const socket = await open();
      socket.send(JSON.stringify({ type: 'connection_init' }));
      await once(socket, 'message');
      socket.send(JSON.stringify({ id: '1', type, payload: type === 'next' ? {} : [] }));
      expect((await once(socket, 'close'))[0]).toBe(4400);
    },
  );

  it('a bad frame closes the socket and fills no log', async () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const socket = await open();
    // Opcode 13, which there is none
    (socket as unknown as { _socket: { write: (bytes: Buffer) => void } })._socket.write(
      Buffer.from([0x8d, 0x80, 0, 0, 0, 0]),
    );
    expect((await once(socket, 'close'))[0]).toBe(1002);
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });

  it('a handshake that is refused and reset leaves the server alive', async () => {
    const { hostname, port } = new URL(server.url);
    for (let round = 0; round < 20; round += 1) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.on('error', () => undefined);
      socket.write(
        'GET /elsewhere HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      );
      socket.resetAndDestroy();
    }
    expect(await post('{"query":"{ __typename }"}')).toMatchObject({ status: 200 });
  });
});
