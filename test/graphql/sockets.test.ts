/** WebSockets in trouble: one that does not read, one that asks without reading, and servers that come and go. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { DistilleryClient, readOperation, type ProgressMessage } from '../../src/client.ts';
import { startServer } from '../../src/server.ts';
import { studentNamed } from '../jobs/openQueue.ts';
import { startTestServer, untilCancelled, type TestServer } from './testServer.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ runInChild: untilCancelled });
});
afterAll(() => server.stop());

/** Speaks the protocol by hand, so that it can stop reading. */
async function connected(): Promise<WebSocket> {
  const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  return socket;
}
function subscribe(socket: WebSocket, runId: string, id = 'one'): void {
  const payload = { query: readOperation('onTrainingProgress'), variables: { runId, after: 0 } };
  socket.send(JSON.stringify({ type: 'subscribe', id, payload }));
}

/** A run with so many events of 20 kB each. */
async function runThatToldMuch(events: number): Promise<string> {
  const { id } = await server.app.queue.submit(studentNamed('tells'));
  await server.app.queue.cancel(id);
  for await (const event of server.app.progress.follow(id, 0)) void event;
  const { executeSql } = server.app.database;
  await executeSql('DELETE FROM progress_events WHERE run_id = $1', [id]);
  await executeSql(
    `INSERT INTO progress_events (run_id, sequence, phase, state, message)
     SELECT $1, n, 'training', 'running', repeat('x', 20000) FROM generate_series(1, $2::int - 1) n`,
    [id, events],
  );
  await executeSql(
    `INSERT INTO progress_events (run_id, sequence, phase, state) VALUES ($1, $2, 'ended', 'cancelled')`,
    [id, events],
  );
  await executeSql('UPDATE runs SET last_sequence = $2 WHERE id = $1', [id, events]);
  return id;
}

describe('a subscriber that does not read', () => {
  it('is waited for: the server holds no more than what is on the way, others go on, and nothing is lost', async () => {
    const events = 3_000;
    const runId = await runThatToldMuch(events);
    let read = 0;
    const { progress } = server.app;
    const after = progress.after.bind(progress);
    progress.after = async (...given) => {
      const found = await after(...given);
      read += found.length;
      return found;
    };
    const slow = await connected();
    const seen: number[] = [];
    slow.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data)) as {
        type: string;
        payload: { data: { onTrainingProgress: ProgressMessage } };
      };
      if (type === 'next') seen.push(payload.data.onTrainingProgress.sequence);
    });
    slow.pause();
    subscribe(slow, runId);
    let readBefore = -1;
    while (read !== readBefore || read === 0) {
      readBefore = read;
      await pause(500);
    }
    // 60 MB lie ready for it.
    expect(read).toBeLessThan((events * 2) / 3);
    let others = 0;
    for await (const event of server.client.progress(runId)) others = event.sequence;
    expect(others).toBe(events);
    slow.resume();
    while (seen.length < events) await pause(20);
    progress.after = after;
    expect(seen).toEqual(Array.from({ length: events }, (_, index) => index + 1));
    slow.close();
  });

  it('and goes on asking is closed with 1013', async () => {
    const greedy = await connected();
    greedy.pause();
    // What is refused is answered at once, with the client's own id in it.
    for (let asked = 0; asked < 2_000; asked++) {
      const id = String(asked).padEnd(10_000, '.');
      greedy.send(JSON.stringify({ type: 'subscribe', id, payload: { query: '{ nothing }' } }));
      if (asked % 50 === 0) await pause(2);
    }
    const closed = once(greedy, 'close');
    greedy.resume();
    const [code, reason] = (await closed) as [number, Buffer];
    expect([code, String(reason)]).toEqual([1013, expect.stringContaining('not read')]);
    expect((await fetch(new URL('/readyz', server.url))).status).toBe(200);
  });
});

describe('a server that stops', () => {
  it('sends its subscribers away with 1001, and they miss nothing at the next one', async () => {
    const { app } = server;
    const first = await startServer(app);
    const { port } = new URL(first.url);
    const { id } = await app.queue.submit(studentNamed('long'));
    const plain = new WebSocket(first.url.replace('http', 'ws'), 'graphql-transport-ws');
    await once(plain, 'open');
    const closed = once(plain, 'close');
    const seen: ProgressMessage[] = [];
    const following = (async () => {
      for await (const event of new DistilleryClient({ url: first.url }).progress(id)) seen.push(event);
    })();
    while (!seen.some(({ state }) => state === 'RUNNING')) await pause(20);
    await first.stop();
    expect((await closed)[0]).toBe(1001);
    // While nobody serves, the run goes on.
    await app.queue.cancel(id);
    const next = await startServer({ ...app, config: { ...app.config, port: Number(port) } });
    await following;
    expect(seen.map(({ sequence }) => sequence)).toEqual(seen.map((_, index) => index + 1));
    expect(seen.at(-1)).toMatchObject({ state: 'CANCELLED' });
    await next.stop();
  });
});
