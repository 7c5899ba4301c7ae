/** The client against a server that goes silent: connections that are open and bring nothing more. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer, type WebSocket } from 'ws';
import { DistilleryClient, type ProgressMessage } from '../src/client.ts';

interface Message {
  id?: string;
  type: string;
  payload?: { variables?: { after: number } };
}

let server: WebSocketServer;
let url = '';
/** What each connection was asked for: the number after which events are wanted. */
let asked: (number | undefined)[] = [];
/** Answers one message of the numbered connection. */
let answer: (socket: WebSocket, message: Message, connection: number) => void;

beforeEach(async () => {
  asked = [];
  let connections = 0;
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'graphql-transport-ws' });
  server.on('connection', (socket) => {
    const connection = ++connections;
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.type === 'subscribe') asked.push(message.payload?.variables?.after);
      answer(socket, message, connection);
    });
  });
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
});
afterEach(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

/** As the server does, it completes with the run's last event. */
function tell(
  socket: WebSocket,
  id: string | undefined,
  sequence: number,
  state: string,
  { isLast = state === 'SUCCEEDED' } = {},
): void {
  const onTrainingProgress = { sequence, state };
  socket.send(JSON.stringify({ id, type: 'next', payload: { data: { onTrainingProgress } } }));
  if (isLast) socket.send(JSON.stringify({ id, type: 'complete' }));
}

async function follow(keepAliveMs: number): Promise<ProgressMessage[]> {
  const events: ProgressMessage[] = [];
  const client = new DistilleryClient({ url, keepAliveMs, reconnects: 3 });
  for await (const event of client.progress('a-run')) events.push(event);
  return events;
}

describe('a WebSocket that gives no sign of life', () => {
  it('counts as lost, and the run is followed on from the last event over another', async () => {
    answer = (socket, { type, id }, connection) => {
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      if (type === 'subscribe') tell(socket, id, connection, connection === 1 ? 'RUNNING' : 'SUCCEEDED');
    };
    expect(await follow(50)).toMatchObject([{ sequence: 1 }, { sequence: 2, state: 'SUCCEEDED' }]);
    expect(asked).toEqual([0, 1]);
  });

  it('counts as lost where it is never acknowledged', async () => {
    answer = (socket, { type, id }, connection) => {
      if (connection === 1) return;
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      if (type === 'subscribe') tell(socket, id, 1, 'SUCCEEDED');
    };
    expect(await follow(100)).toMatchObject([{ sequence: 1, state: 'SUCCEEDED' }]);
  });
});

describe('a final event', () => {
  const acknowledge = (socket: WebSocket, { type }: Message) => {
    if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
  };

  it('in the history of a run that was resumed does not end it', async () => {
    answer = (socket, message) => {
      acknowledge(socket, message);
      if (message.type !== 'subscribe') return;
      tell(socket, message.id, 1, 'CANCELLED');
      tell(socket, message.id, 2, 'QUEUED');
      tell(socket, message.id, 3, 'SUCCEEDED');
    };
    expect(await follow(1_000)).toMatchObject([{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }]);
  });

  it('is the last one where the connection is lost with it and the server is gone', async () => {
    answer = (socket, message, connection) => {
      if (connection > 1) return socket.terminate();
      acknowledge(socket, message);
      if (message.type !== 'subscribe') return;
      tell(socket, message.id, 1, 'FAILED', { isLast: false });
      setTimeout(() => socket.terminate(), 20);
    };
    expect(await follow(1_000)).toMatchObject([{ sequence: 1, state: 'FAILED' }]);
  });
});

describe('a WebSocket that answers pings', () => {
  it('stays, however long no event comes', async () => {
    let pings = 0;
    answer = (socket, { type, id }) => {
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      if (type === 'subscribe') subscription = id;
      if (type !== 'ping') return;
      socket.send('{"type":"pong"}');
      if (++pings === 4) tell(socket, subscription, 1, 'SUCCEEDED');
    };
    let subscription: string | undefined;
    expect(await follow(200)).toMatchObject([{ sequence: 1 }]);
    expect(asked).toEqual([0]);
  });
});
