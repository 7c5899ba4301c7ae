/** Runs that go on after they were cancelled, over real HTTP and WebSocket; trained in real child processes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProgressMessage } from '../../src/client.ts';
import { modelFiles } from '../../src/models/card.ts';
import { overWebSocket, startTestServer, type TestServer } from './testServer.ts';

const minutes = 60_000;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ environment: { DISTILLERY_TRAINING_THREADS: '1' } });
});
afterAll(() => server.stop());

const student = {
  dataset: 'sample',
  architecture: 'gru-8',
  vocabularySize: 500,
  embeddingSize: 16,
  epochs: 20,
  maxTokens: 32,
  trainReviews: 1500,
};

async function start(name: string): Promise<string> {
  const input = { ...student, name };
  const { id } = await server.client.call<{ id: string }>('startStudentTraining', { input });
  return id;
}

const resume = (runId: string) => server.client.call<Record<string, unknown>>('resumeRun', { runId });

async function collect(id: string, after = 0): Promise<ProgressMessage[]> {
  const events: ProgressMessage[] = [];
  for await (const event of server.client.progress(id, after)) events.push(event);
  return events;
}

/** Cancels the run as soon as it has trained a little. @returns the events until its end */
async function cancelInTraining(id: string): Promise<ProgressMessage[]> {
  const events: ProgressMessage[] = [];
  let isCancelled = false;
  for await (const event of server.client.progress(id)) {
    events.push(event);
    if (event.phase !== 'TRAINING' || (event.step ?? 0) < 2 || isCancelled) continue;
    await server.client.call('cancelRun', { runId: id });
    isCancelled = true;
  }
  expect(events.at(-1)).toMatchObject({ phase: 'ENDED', state: 'CANCELLED' });
  return events;
}

async function weightsOf(name: string): Promise<string> {
  const { folder } = await server.app.registry.resolve(name);
  return (await readFile(join(folder, modelFiles.weights))).toString('base64');
}

const lastStep = (events: readonly ProgressMessage[]) =>
  Math.max(...events.flatMap(({ phase, step }) => (phase === 'TRAINING' && step !== null ? [step] : [])));

describe('resumeRun', () => {
  it(
    'goes on where a cancelled run was, and ends with the weights of one that nothing interrupted',
    async () => {
      const calm = await start('calm');
      expect((await collect(calm)).at(-1)).toMatchObject({ state: 'SUCCEEDED' });

      const id = await start('interrupted');
      const before = await cancelInTraining(id);
      expect(await resume(id)).toMatchObject({ id, error: null, endedAt: null });
      // From its first event, past the final one in its midst, and from the last that was seen.
      const [all, rest] = await Promise.all([collect(id), collect(id, before.length)]);
      expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, index) => index + 1));
      expect(all).toEqual([...before, ...rest]);
      expect(rest[0]).toMatchObject({ state: 'QUEUED', message: expect.stringMatching(/resumed/) });
      expect(rest.at(-1)).toMatchObject({ phase: 'ENDED', state: 'SUCCEEDED' });
      const goneOn = rest.find(({ phase, step }) => phase === 'TRAINING' && step !== null);
      expect(goneOn!.step).toBeGreaterThan(lastStep(before));

      expect(await weightsOf('interrupted')).toBe(await weightsOf('calm'));
      const epochsOf = async (run: string) =>
        (await server.client.call<{ epochs: unknown[] }>('run', { id: run })).epochs;
      expect(await epochsOf(id)).toEqual(await epochsOf(calm));
    },
    3 * minutes,
  );

  it(
    'of two at once refuses one; and of a run that has succeeded, or that there is not',
    async () => {
      const id = await start('contended');
      await cancelInTraining(id);
      const results = await Promise.allSettled([resume(id), resume(id)]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(results).toContainEqual(
        expect.objectContaining({ reason: expect.objectContaining({ code: 'CONFLICT' }) }),
      );
      expect((await collect(id)).at(-1)).toMatchObject({ state: 'SUCCEEDED' });
      await expect(resume(id)).rejects.toMatchObject({
        code: 'CONFLICT',
        extensions: { state: 'succeeded' },
      });
      await expect(resume('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    },
    3 * minutes,
  );

  it(
    'is heard of by any client of the protocol, until the new end',
    async () => {
      const id = await start('heard');
      const before = await cancelInTraining(id);
      await resume(id);
      const query = `subscription { onTrainingProgress(runId: "${id}") { sequence state } }`;
      const results = await overWebSocket(server.url, query);
      const states = results.map(({ data }) => (data?.onTrainingProgress as { state: string }).state);
      expect(states.length).toBeGreaterThan(before.length + 1);
      expect(states.filter((state) => ['CANCELLED', 'SUCCEEDED'].includes(state))).toEqual([
        'CANCELLED',
        'SUCCEEDED',
      ]);
      expect(states.at(-1)).toBe('SUCCEEDED');
    },
    3 * minutes,
  );
});
