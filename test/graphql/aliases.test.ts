/** Aliases over real HTTP: moved, with a version on trial, and read right after what was written. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { RunInChild } from '../../src/training/child.ts';
import { exampleCard } from '../models/exampleCard.ts';
import { wordSpotter } from '../serving/tinyModel.ts';
import { publishSpotter, startTestServer, type TestServer } from './testServer.ts';

let server: TestServer;

/** What a training would come to: a model that takes "good" for negative. */
const trainSwapped: RunInChild = async ({ config, dataDirectory }) => {
  const { folder, card } = await wordSpotter(await mkdtemp(join(dataDirectory, 'prepared-')), {
    swapped: true,
  });
  const name = 'name' in config ? config.name : '';
  return { kind: 'model', model: { preparedFolder: folder, card: exampleCard({ ...card, name }) } };
};

beforeAll(async () => {
  server = await startTestServer({ runInChild: trainSwapped });
  for (const name of ['steady', 'new']) await publishSpotter(server, name);
});
afterAll(() => server.stop());
beforeEach(() => setAlias('live', 'steady'));

interface Alias {
  name: string;
  model: { reference: string };
  candidate: { model: { reference: string }; share: number; shadow: boolean; statistics: Statistics } | null;
}
interface Statistics {
  stable: { answered: number; failed: number; meanLatencyMs: number | null };
  candidate: { answered: number; failed: number; meanLatencyMs: number | null };
  skipped: number;
  agreement: number | null;
  meanDifference: number | null;
}
interface Classification {
  label: string;
  latencyMs: number;
  queueMs: number;
  model: { reference: string };
}

async function setAlias(alias: string, model: string, terms: { share?: number; shadow?: boolean } = {}) {
  await server.client.call('setAlias', { alias, model, ...terms });
}
const classify = (text: string, model: string, deadlineMs?: number) =>
  server.client.call<Classification>('classify', { text, model, deadlineMs });

async function alias(name: string): Promise<Alias> {
  const found = (await server.client.call<Alias[]>('aliases')).find((each) => each.name === name);
  if (!found) throw new Error(`no alias ${name}`);
  return found;
}

describe('an alias', () => {
  it('means the version that it was set to in the very next request', async () => {
    for (const model of ['new', 'steady', 'new', 'steady']) {
      await setAlias('live', model);
      expect((await classify('good', 'live')).model.reference).toBe(`${model}@1`);
    }
    expect(await alias('live')).toEqual({
      name: 'live',
      model: { reference: 'steady@1' },
      candidate: null,
    });
  });

  it('may try a version for a share of the texts', async () => {
    await setAlias('live', 'new', { share: 0.5 });
    const answers: Classification[] = [];
    for (let count = 0; count < 30; count++) answers.push(await classify(`good ${count}`, 'live'));
    const references = answers.map(({ model }) => model.reference);
    expect(new Set(references)).toEqual(new Set(['steady@1', 'new@1']));
    for (let count = 0; count < 30; count++)
      expect((await classify(`good ${count}`, 'live')).model.reference).toBe(references[count]);
    const { model, candidate } = await alias('live');
    expect(model.reference).toBe('steady@1');
    expect(candidate).toMatchObject({ model: { reference: 'new@1' }, share: 0.5, shadow: false });
    const tried = references.filter((reference) => reference === 'new@1').length;
    expect(candidate?.statistics).toEqual({
      stable: { answered: 2 * (30 - tried), failed: 0, meanLatencyMs: expect.any(Number) },
      candidate: { answered: 2 * tried, failed: 0, meanLatencyMs: expect.any(Number) },
      skipped: 0,
      agreement: null,
      meanDifference: null,
    });
  });

  it('may be shadowed by a version', async () => {
    await setAlias('live', 'new', { shadow: true });
    expect((await classify('good', 'live')).model.reference).toBe('steady@1');
    let statistics: Statistics | undefined;
    while (!statistics || statistics.candidate.answered + statistics.skipped === 0)
      statistics = (await alias('live')).candidate?.statistics;
    expect(statistics.stable.answered).toBe(1);
    if (statistics.skipped === 0) expect(statistics).toMatchObject({ agreement: 1, meanDifference: 0 });
  });

  it.each([
    ['a share of 0', 'live', { share: 0 }],
    ['a share above 1', 'live', { share: 1.5 }],
    ['a trial under an alias that is not there', 'nobody', { share: 0.5 }],
    ['a shadow of an alias that is not there', 'nobody', { shadow: true }],
  ])('refuses %s', async (_name, name, terms) => {
    await expect(setAlias(name, 'new', terms)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect((await alias('live')).candidate).toBeNull();
  });
});

interface Change {
  reference: string;
  candidate: { reference: string; share: number; shadow: boolean } | null;
  reason: string;
  actor: string | null;
}

describe('the history of an alias', () => {
  const history = async (name: string, first = 20) => {
    const { edges } = await server.client.call<{ edges: { node: Change }[] }>('aliasHistory', {
      alias: name,
      first,
    });
    return edges.map(({ node }) => node);
  };
  const rollback = (name: string) =>
    server.client.call<{ reference: string }>('rollbackAlias', { alias: name });

  it('tells each change with its reason and actor, and nothing where nothing changed', async () => {
    await setAlias('told', 'steady');
    await setAlias('told', 'steady');
    await setAlias('told', 'new', { share: 0.25 });
    await setAlias('told', 'steady', { share: 0.5 });
    await setAlias('told', 'new');
    const changes = (await history('told')).reverse();
    expect(changes.map(({ reference, reason, actor }) => [reference, reason, actor])).toEqual([
      ['steady@1', 'SET', 'local'],
      ['steady@1', 'TRIAL', 'local'],
      ['steady@1', 'TRIAL', 'local'],
      ['new@1', 'SET', 'local'],
    ]);
    expect(changes.map(({ candidate }) => candidate)).toEqual([
      null,
      { reference: 'new@1', share: 0.25, shadow: false },
      null,
      null,
    ]);
    expect(await history('told', 1)).toMatchObject([{ reference: 'new@1' }]);
  });

  it('is kept by the database, which refuses to change or remove it', async () => {
    const { database } = server.app;
    for (const statement of ['DELETE FROM alias_history', "UPDATE alias_history SET actor = 'nobody'"])
      await expect(database.executeSql(statement)).rejects.toThrow(/never changed/);
  });

  it('is gone back by one call to the version before, not to what was tried', async () => {
    await setAlias('back', 'steady');
    await setAlias('back', 'new');
    await setAlias('back', 'steady', { share: 0.5 });
    await setAlias('back', 'steady', { shadow: true });
    expect(await rollback('back')).toMatchObject({ reference: 'steady@1' });
    expect(await alias('back')).toMatchObject({ model: { reference: 'steady@1' }, candidate: null });
    expect((await classify('good', 'back')).model.reference).toBe('steady@1');
    expect((await history('back'))[0]).toMatchObject({ reference: 'steady@1', reason: 'ROLLBACK' });
    expect(await rollback('back')).toMatchObject({ reference: 'new@1' });
  });

  it('refuses a rollback where there is no version before, and for an alias that is not there', async () => {
    await setAlias('first', 'steady');
    await setAlias('first', 'new', { share: 0.5 });
    await expect(rollback('first')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/none to go back to/),
    });
    await expect(rollback('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(history('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('compare', () => {
  it('asks both versions of an alias on trial, its own first', async () => {
    await setAlias('live', 'new', { share: 0.1 });
    const compared = await server.client.call<
      { model: { reference: string }; candidateOf: string | null; classification: Classification }[]
    >('compare', { text: 'good', models: ['live', 'new'] });
    expect(compared.map(({ model, candidateOf }) => [model.reference, candidateOf])).toEqual([
      ['steady@1', null],
      ['new@1', 'live'],
      ['new@1', null],
    ]);
    expect(compared.map(({ classification }) => classification.label)).toEqual(Array(3).fill('POSITIVE'));
  });
});

describe('a name', () => {
  it('means what a training has published as soon as its run has succeeded', async () => {
    expect(await classify('good', 'new')).toMatchObject({ label: 'POSITIVE', model: { reference: 'new@1' } });
    const { id } = await server.client.call<{ id: string }>('startStudentTraining', {
      input: { name: 'new', dataset: 'sample', architecture: 'gru-8' },
    });
    for await (const { state } of server.app.progress.follow(id, 0))
      if (state === 'failed') throw new Error(id);
    expect(await classify('good', 'new')).toMatchObject({ label: 'NEGATIVE', model: { reference: 'new@2' } });
  });
});

describe('a deadline', () => {
  it('that is met changes nothing, and the answer tells what of its time was waiting', async () => {
    const { label, latencyMs, queueMs } = await classify('good', 'steady', 60_000);
    expect(label).toBe('POSITIVE');
    expect(queueMs).toBeGreaterThanOrEqual(0);
    expect(queueMs).toBeLessThanOrEqual(latencyMs);
  });

  it('is at least a millisecond', async () => {
    await expect(classify('good', 'steady', 0)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      extensions: { fields: ['deadlineMs'] },
    });
  });

  it('reaches the texts of every kind of request', async () => {
    const { serving } = server.app;
    const calls = [jest.spyOn(serving, 'classify'), jest.spyOn(serving, 'classifyMany')];
    const deadlineMs = 60_000;
    await classify('good', 'steady', deadlineMs);
    await server.client.call('classifyMany', { texts: ['good', 'bad'], model: 'steady', deadlineMs });
    await server.client.call('compare', { text: 'good', models: ['steady'], deadlineMs });
    const options = calls.flatMap(({ mock }) => mock.calls.map((given) => given[2]));
    for (const call of calls) call.mockRestore();
    expect(options).toHaveLength(3);
    for (const each of options) expect(each).toMatchObject({ deadlineMs, signal: { aborted: false } });
  });
});
