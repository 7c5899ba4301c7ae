/** Surveys over HTTP and WebSocket, whose runs wait until they are told to stop. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cuttableProxy } from '../../bench/chaos/cuttableProxy.ts';
import { DistilleryClient, type SurveyMessage } from '../../src/client.ts';
import { surveyFolder } from '../../src/survey/folder.ts';
import {
  overWebSocket,
  publishSpotter,
  startTestServer,
  untilCancelled,
  type TestServer,
} from './testServer.ts';

const apiKey = 'a-key-of-sixteen-or-more';
const input = (name: string) => ({
  name,
  title: 'A survey',
  dataset: 'sample',
  teacher: 'spotter',
  seeds: [1],
  grids: [{ name: 'a', question: '?', students: [{ network: 'GRU', sizes: [4, 8] }] }],
});

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    environment: {
      DISTILLERY_API_KEY: apiKey,
      DISTILLERY_CONCURRENT_RUNS: '1',
      DISTILLERY_TRAINING_THREADS: '2',
    },
    runInChild: untilCancelled,
  });
  await publishSpotter(server, 'spotter', { method: 'teacher' });
});
afterAll(() => server.stop());

const start = (name: string) => server.client.call<{ id: string }>('startSurvey', { input: input(name) });

it('is followed over lost connections until its end', async () => {
  const { id } = await start('followed');
  const proxy = await cuttableProxy(server.url);
  const client = new DistilleryClient({ url: proxy.url, apiKey });
  const messages: SurveyMessage[] = [];
  try {
    for await (const message of client.surveyProgress(id)) {
      messages.push(message);
      if (message.counts.running < 2) continue;
      proxy.cut();
      await server.client.call('cancelSurvey', { id });
    }
  } finally {
    await proxy.stop();
  }
  // As many runs of one thread as the server has threads
  expect(Math.max(...messages.map(({ counts }) => counts.running))).toBe(2);
  expect(messages.at(-1)).toMatchObject({ state: 'CANCELLED', surveyId: id });
});

it('is listed, and looked up by id and by name', async () => {
  const { id } = await start('listed');
  const { edges } = await server.client.call<{ edges: { node: { id: string; state: string } }[] }>(
    'surveys',
    {
      first: 1,
    },
  );
  expect(edges).toMatchObject([{ node: { id, state: 'RUNNING' } }]);
  const survey = await server.client.call<object>('survey', { id: 'listed' });
  expect(survey).toMatchObject({ id, report: null, files: [], progress: { counts: { planned: 4 } } });
  await expect(server.client.call('extendSurvey', { id, input: { seeds: [2] } })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  await server.client.call('cancelSurvey', { id });
});

describe('who has no key', () => {
  it('gets no file of a report', async () => {
    const { id } = await start('guarded');
    await server.client.call('cancelSurvey', { id });
    const folder = surveyFolder(server.app.artefacts, id);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'runs.csv'), 'key\n');
    expect(await server.client.surveyFile('guarded', 'runs.csv')).toBe('key\n');
    const address = new URL(`/surveys/${id}/runs.csv`, server.url);
    expect((await fetch(address)).status).toBe(401);
    await expect(
      new DistilleryClient({ url: server.url, apiKey: 'another-key-of-sixteen' }).surveyFile(id, 'runs.csv'),
    ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('follows no survey', async () => {
    const query = 'subscription { onSurveyProgress(surveyId: "guarded") { state } }';
    await expect(overWebSocket(server.url, query)).rejects.toMatchObject({ code: 4403 });
  });
});

it('a subscription to a survey that is not there is an error with a code', async () => {
  const query = 'subscription { onSurveyProgress(surveyId: "none") { state } }';
  const results = await overWebSocket(server.url, query, { apiKey }).catch((error: unknown) => error);
  expect(JSON.stringify(results)).toMatch(/NOT_FOUND/);
});
