/** Machines that share a database and an artefact store, and no disk. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProgressMessage } from '../../src/client.ts';
import { startS3, type S3Server } from '../artefacts/s3Server.ts';
import { mountSmallDisk } from '../artefacts/smallDisk.ts';
import { startTestServer, untilCancelled, type TestServer } from '../graphql/testServer.ts';
import { createDatabase, postgresql } from '../storage/databases.ts';

const minutes = 60_000;
const disk = postgresql ? await mountSmallDisk(48) : null;

(postgresql ? describe : describe.skip)('machines without a common disk', () => {
  let s3: S3Server;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let front: TestServer;
  const running = new Set<TestServer>();

  const start = async (more: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> => {
    const environment = {
      DATABASE_URL: database.url,
      DISTILLERY_DATABASE_URL: database.url,
      DISTILLERY_ARTEFACTS: `s3://${s3.bucket}/distillery`,
      DISTILLERY_S3_ENDPOINT: s3.endpoint,
      DISTILLERY_TRAINING_THREADS: '1',
      DISTILLERY_SERVING_WORKERS: '1',
      ...more.environment,
    };
    const server = await startTestServer({ ...more, environment });
    running.add(server);
    return server;
  };
  const stop = async (server: TestServer) => {
    running.delete(server);
    await server.stop();
  };
  const train = async (name: string, more: object = {}): Promise<string> => {
    const input = {
      ...{ name, dataset: 'mine', architecture: 'gru-8', vocabularySize: 300, embeddingSize: 16 },
      ...{ epochs: 2, maxTokens: 16, ...more },
    };
    return (await front.client.call<{ id: string }>('startStudentTraining', { input })).id;
  };
  const ended = async (runId: string): Promise<ProgressMessage[]> => {
    const events: ProgressMessage[] = [];
    for await (const event of front.client.progress(runId)) events.push(event);
    return events;
  };
  const folders = ({ app }: TestServer, ...path: string[]) =>
    readdir(join(app.config.dataDirectory, ...path)).catch(() => []);

  beforeAll(async () => {
    s3 = await startS3();
    database = await createDatabase('machines');
    // It takes runs, but only a run that never ends: all others are for the machines that start later.
    front = await start({ runInChild: untilCancelled });
    const words = ['fine', 'lovely', 'great', 'awful', 'dull', 'poor'];
    const rows = Array.from(
      { length: 400 },
      (_, i) => `film ${i} was ${words[i % 6]} ${words[(i % 2) + (i % 6 < 3 ? 0 : 3)]},${i % 6 < 3 ? 1 : 0}`,
    );
    const content = ['text,label', ...rows].join('\n');
    await front.client.call('importDataset', { input: { name: 'mine', format: 'CSV', content } });
    const blocking = await train('blocking');
    for await (const { state } of front.client.progress(blocking)) if (state === 'RUNNING') break;
  }, 2 * minutes);
  afterAll(async () => {
    await Promise.all([...running].map((server) => server.stop()));
    await disk?.unmount();
    await database?.drop();
    await s3?.stop();
  }, minutes);

  it(
    'train at one on what was imported at another, and serve there what came out',
    async () => {
      const run = await train('made-elsewhere');
      const worker = await start();
      expect((await ended(run)).at(-1)).toMatchObject({ state: 'SUCCEEDED' });
      expect(await folders(worker, 'datasets')).toContain('mine');
      expect(await folders(front, 'models')).toEqual([]);
      const answer = await front.client.call<{ label: string }>('classify', {
        text: 'film 7 was lovely',
        model: 'made-elsewhere',
      });
      expect(answer.label).toMatch(/POSITIVE|NEGATIVE/);
      expect(await folders(front, 'models', 'made-elsewhere', '1')).toContain('model.onnx');
      expect(await folders(worker, 'runs')).not.toContain(run);
      await stop(worker);
    },
    2 * minutes,
  );

  it(
    'go on with a run from the checkpoint of another one, to the weights of an uninterrupted run',
    async () => {
      const long = { epochs: 25, architecture: 'gru-16', maxTokens: 8 };
      const run = await train('handed-over', long);
      const first = await start();
      let last: ProgressMessage | undefined;
      for await (const event of front.client.progress(run)) {
        last = event;
        if (event.phase === 'TRAINING' && (event.epoch ?? 0) >= 4) break;
      }
      await stop(first);
      const calm = await train('uninterrupted', long);
      const second = await start();
      const steps = (await ended(run)).filter(
        ({ sequence, step }) => sequence > last!.sequence && step !== null,
      );
      expect(Math.min(...steps.map(({ step }) => step!))).toBeGreaterThan(last!.step ?? 0);
      await ended(calm);
      const weightsOf = async (name: string) =>
        createHash('sha256')
          .update(
            await readFile(join(second.app.config.dataDirectory, 'models', name, '1', 'weights.safetensors')),
          )
          .digest('hex');
      expect(await weightsOf('handed-over')).toBe(await weightsOf('uninterrupted'));
      await stop(second);
      expect(await front.app.artefacts.list('runs/')).toEqual([]);
    },
    3 * minutes,
  );

  (disk ? it : it.skip)(
    'whose disk is full try a run again, and it succeeds when there is space',
    async () => {
      await disk!.fill(300_000);
      const run = await train('squeezed', {
        vocabularySize: 5000,
        embeddingSize: 64,
        architecture: 'gru-256',
      });
      const worker = await start({ environment: { DISTILLERY_DATA_DIRECTORY: disk!.folder } });
      const messages: string[] = [];
      for await (const { message, state } of front.client.progress(run)) {
        if (message !== null) messages.push(message);
        if (message?.includes('tried again')) await disk!.clear();
        if (state === 'SUCCEEDED') messages.push('succeeded');
      }
      expect(messages).toContainEqual(expect.stringMatching(/disk is full.*tried again/));
      expect(messages.at(-1)).toBe('succeeded');
      await stop(worker);
    },
    2 * minutes,
  );
});
