/** A server with something of everything that a backup has to keep. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DistilleryError } from '../../src/errors.ts';
import { progressOf } from '../../src/progress/progress.ts';
import type { RunInChild } from '../../src/training/child.ts';
import { runFolder } from '../../src/training/runFolder.ts';
import { publishSpotter, startTestServer, untilCancelled, type TestServer } from '../graphql/testServer.ts';
import { exampleCard } from '../models/exampleCard.ts';
import { gruModel } from '../serving/tinyModel.ts';

export interface Source {
  readonly server: TestServer;
  /** Runs by what has become of them. */
  readonly runs: Record<'published' | 'failed' | 'running' | 'queued', string>;
}

const content = Array.from(
  { length: 40 },
  (_, i) => `"Film ${i} – ${i % 2 ? 'good ☀' : 'bad, ""really"" bad'}",${i % 2 ? 'positive' : 'negative'}`,
);

export async function startSource(): Promise<Source> {
  const server = await startTestServer({
    environment: { DISTILLERY_CONCURRENT_RUNS: '1', DISTILLERY_TRAINING_THREADS: '1' },
    runInChild: asNamed,
  });
  const { app, client } = server;
  const { dataDirectory } = app.config;
  await publishSpotter(server, 'spotter', { method: 'teacher' });
  const { folder, card } = await gruModel(await mkdtemp(join(dataDirectory, 'prepared-')));
  await app.registry.publish(folder, { ...card, name: 'reader' });
  await client.call('setAlias', { alias: 'favourite', model: 'spotter' });
  await client.call('setAlias', { alias: 'favourite', model: 'reader', share: 0.25 });
  const file = ['text,label', ...content].join('\n');
  await client.call('importDataset', { input: { name: 'mine', format: 'CSV', content: file } });

  const start = async (name: string) => {
    const input = { name, dataset: 'mine', architecture: 'gru-8' };
    return (await client.call<{ id: string }>('startStudentTraining', { input })).id;
  };
  const published = await ended(server, await start('publishes'));
  const failed = await ended(server, await start('fails'));
  const running = await start('goes-on');
  for await (const event of app.progress.follow(running, 0)) if (event.phase === 'training') break;
  const queued = await start('waits');
  await writeFile(join(runFolder(dataDirectory, running), 'checkpoint.safetensors'), 'half way');

  const survey = { name: 'sizes', title: 'Sizes', dataset: 'mine', teacher: 'spotter', seeds: [1] };
  const grids = [{ name: 'a', question: '?', students: [{ network: 'GRU', sizes: [4] }] }];
  const { id } = await client.call<{ id: string }>('startSurvey', { input: { ...survey, grids } });
  await mkdir(join(dataDirectory, 'surveys', id), { recursive: true });
  await writeFile(join(dataDirectory, 'surveys', id, 'report.html'), '<p>a report</p>');
  await app.database.executeSql(`
    insert into api_keys (id, name, hash, hint, scopes) values
      ('00000000-0000-4000-8000-000000000001', 'ci', 'abc', 'dk_12', '["train"]');
    insert into audit_entries (actor, key_id, mutation, arguments, request_id, transport) values
      ('ci', '00000000-0000-4000-8000-000000000001', 'setAlias', '{"share": 0.1}', 'r-1', 'http')`);
  return { server, runs: { published, failed, running, queued } };
}

async function ended({ app }: TestServer, runId: string): Promise<string> {
  for await (const event of app.progress.follow(runId, 0)) void event;
  return runId;
}

/** The name of the model that the run should make says what becomes of it. */
const asNamed: RunInChild = async (job, options) => {
  const name = 'name' in job.config ? job.config.name : '';
  const folder = runFolder(job.dataDirectory, job.runId);
  await mkdir(folder, { recursive: true });
  options.onProgress(progressOf('training', { step: 1, total: 3, loss: 0.1 + 0.2 }));
  const { validation } = exampleCard().metrics;
  options.onEpoch({ phase: 'training', epoch: 1, loss: 1 / 3, validation }, 0);
  if (name === 'fails') throw new DistilleryError('INVALID_DATASET', 'one class only');
  if (name !== 'publishes') return untilCancelled(job, options);
  const { card } = await gruModel(join(folder, 'model'), { seed: 7 });
  return { kind: 'model', model: { preparedFolder: join(folder, 'model'), card: { ...card, name } } };
};
