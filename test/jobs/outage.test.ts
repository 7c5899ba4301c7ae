/** A PostgreSQL that vanishes again and again while a run goes on and clients ask. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { studentNamed } from './openQueue.ts';
import { WorkerProcesses } from './workerProcesses.ts';
import type { ProgressMessage } from '../../src/client.ts';
import { startTestServer, type TestServer } from '../graphql/testServer.ts';
import { onEachDatabase, onServer } from '../storage/databases.ts';

onEachDatabase('outage', (place) => {
  const onServers = place.kind === 'pglite' ? describe.skip : describe;
  onServers('a database that vanishes', () => {
    const workers = new WorkerProcesses(place);
    let server: TestServer;
    let name: string;

    beforeAll(async () => {
      name = new URL(place.databaseUrl!).pathname.slice(1);
      server = await startTestServer({
        environment: {
          DATABASE_URL: place.databaseUrl!,
          DISTILLERY_CONCURRENT_RUNS: '0',
          DISTILLERY_RELEASED_MODELS: join(place.dataDirectory, 'none'),
        },
      });
    });
    afterEach(() => workers.killAll());
    afterAll(() => server.stop());

    const cut = () =>
      onServer(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`,
      );
    const allow = (connections: boolean) =>
      onServer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${connections}`);
    const status = async (path: string) => (await fetch(new URL(path, server.url))).status;
    async function code(): Promise<string> {
      return server.client.call('workers').then(
        () => 'answered',
        (error: { code: string }) => error.code,
      );
    }

    it('takes no event from a run and none from its followers; the server says so, and comes back', async () => {
      await workers.start();
      const { id } = await server.app.queue.submit(studentNamed('tells-much'));
      const events: ProgressMessage[] = [];
      const following = (async () => {
        for await (const event of server.client.progress(id)) events.push(event);
      })();
      while (!events.some(({ step }) => step !== null)) await pause(20);
      for (let time = 0; time < 3; time++) {
        await cut();
        await pause(200);
      }
      await allow(false);
      try {
        await cut();
        expect(await status('/healthz')).toBe(200);
        expect(await status('/readyz')).toBe(503);
        expect(await code()).toBe('UNAVAILABLE');
        await expect(server.app.queue.submit(studentNamed('quick'))).rejects.toThrow();
        // Longer than the lease.
        await pause(2_500);
        expect(await code()).toBe('UNAVAILABLE');
      } finally {
        await allow(true);
      }
      await following;
      expect(await status('/readyz')).toBe(200);
      expect(await code()).toBe('answered');
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
      expect(events.flatMap(({ step }) => step ?? [])).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
      expect(events.filter(({ phase }) => phase === 'QUEUED')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ state: 'SUCCEEDED' });
      const { rows } = await place.database.executeSql(
        `SELECT attempt FROM runs JOIN model_versions ON run_id = id WHERE id = $1`,
        [id],
      );
      expect(rows).toEqual([{ attempt: 1 }]);
    });
  });
});
