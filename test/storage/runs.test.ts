import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from '@jest/globals';
import { progressOf } from '../../src/progress/progress.ts';
import { ProgressLog } from '../../src/storage/progressLog.ts';
import { RunStore } from '../../src/storage/runs.ts';
import { benchmarkConfig, studentConfig } from '../../src/training/config.ts';
import { onEachDatabase } from './databases.ts';

const student = studentConfig.parse({
  kind: 'student',
  name: 'gru',
  dataset: 'sample',
  architecture: 'gru-8',
});
const benchmark = benchmarkConfig.parse({ kind: 'benchmark', models: ['gru'], dataset: 'sample' });
const metrics = { reviews: 10, accuracy: 0.9, precision: 0.8, recall: 0.7, f1: 0.75, calibrationError: 0.1 };

onEachDatabase('runs', (place) => {
  let runs: RunStore;
  let log: ProgressLog;

  beforeEach(async () => {
    await place.database.executeSql('TRUNCATE runs CASCADE');
    runs = new RunStore(place.database);
    log = new ProgressLog(place.database);
  });

  const begin = (id: string, worker: string) =>
    place.database.transaction((transaction) => runs.begin(transaction, id, worker));
  const first = (worker: string) => ({ worker, attempt: 1 });

  it('creates a queued run whose first event says so', async () => {
    const run = await runs.create(student, ['teacher@3']);
    expect(run).toMatchObject({
      kind: 'student',
      config: student,
      usedModels: ['teacher@3'],
      state: 'queued',
      startedAt: null,
      endedAt: null,
      error: null,
      model: null,
      report: null,
      epochs: [],
    });
    expect(run.createdAt).toBeInstanceOf(Date);
    expect(await log.after(run.id, 0)).toMatchObject([{ sequence: 1, phase: 'queued', state: 'queued' }]);
    await expect(runs.get(randomUUID())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('stores nothing when what belongs to the creation fails', async () => {
    const failing = runs.create(student, [], async () => {
      throw new Error('no queue');
    });
    await expect(failing).rejects.toThrow('no queue');
    expect((await runs.list({ first: 10 })).items).toEqual([]);
  });

  it('goes from queued over running to its end, each with its event', async () => {
    const { id } = await runs.create(student);
    expect(await begin(id, 'a')).toMatchObject({ run: { id, state: 'running' }, hold: first('a') });
    expect(await begin(id, 'b')).toBeNull();
    const epochs = [
      { phase: 'training', epoch: 1, loss: 0.5, validation: metrics },
      { phase: 'hard-label-training', epoch: 1, loss: 0.4, validation: null },
    ];
    for (const [position, epoch] of epochs.entries()) await runs.saveEpoch(id, first('a'), position, epoch);
    expect((await runs.get(id)).epochs).toEqual(epochs);
    await runs.saveEpoch(id, first('a'), 0, { ...epochs[0]!, loss: 0.25 });
    epochs[0]!.loss = 0.25;
    await expect(runs.saveEpoch(id, first('b'), 2, epochs[0]!)).rejects.toMatchObject({ code: 'CONFLICT' });
    await runs.finish(id, first('a'), {
      state: 'succeeded',
      model: { name: 'gru', version: 2 },
      report: null,
      message: 'done',
    });
    const run = await runs.get(id);
    expect(run).toMatchObject({
      state: 'succeeded',
      model: { name: 'gru', version: 2 },
      epochs,
      error: null,
    });
    expect(run.epochs).toEqual(epochs);
    expect(run.startedAt?.getTime()).toBeLessThanOrEqual(run.endedAt?.getTime() ?? 0);
    expect((await log.after(id, 0)).map(({ phase, state }) => [phase, state])).toEqual([
      ['queued', 'queued'],
      ['loading-data', 'running'],
      ['ended', 'succeeded'],
    ]);
  });

  it('lets only the worker that has a run change it', async () => {
    const { id } = await runs.create(student);
    await begin(id, 'a');
    const result = { state: 'failed', code: 'INTERNAL', message: 'x' } as const;
    await expect(runs.finish(id, first('b'), result)).rejects.toMatchObject({ code: 'CONFLICT' });
    await runs.putBack(id, first('a'), 'later');
    await expect(runs.finish(id, first('a'), result)).rejects.toMatchObject({ code: 'CONFLICT' });
    await begin(id, 'a');
    await expect(
      runs.saveEpoch(id, first('a'), 0, { phase: 'training', epoch: 1, loss: 1, validation: null }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(
      log.append(id, progressOf('training'), { hold: first('a'), sequence: 5 }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await runs.heartbeat('a', [{ id, attempt: 1 }])).toEqual([]);
    const second = { worker: 'a', attempt: 2 };
    await runs.finish(id, second, result);
    expect(await runs.get(id)).toMatchObject({ state: 'failed', error: { code: 'INTERNAL', message: 'x' } });
    // Its answer may have been lost.
    await runs.finish(id, second, result);
    await expect(runs.finish(id, first('a'), result)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await log.after(id, 0)).filter(({ phase }) => phase === 'ended')).toHaveLength(1);
  });

  it('stores an event once, however often its number is written', async () => {
    const { id } = await runs.create(student);
    const begun = await begin(id, 'a');
    const by = { hold: begun!.hold, sequence: begun!.lastSequence + 1 };
    for (let time = 0; time < 3; time++) await log.append(id, progressOf('training'), by);
    expect((await log.after(id, 0)).map(({ phase }) => phase)).toEqual([
      'queued',
      'loading-data',
      'training',
    ]);
  });

  it('cancels a queued run at once, a running one by request, an ended one never', async () => {
    const nothing = async () => undefined;
    const queued = await runs.create(student);
    expect(await runs.requestCancel(queued.id, nothing)).toBe('queued');
    expect(await runs.get(queued.id)).toMatchObject({ state: 'cancelled', error: { code: 'CANCELLED' } });
    await expect(runs.requestCancel(queued.id, nothing)).rejects.toMatchObject({ code: 'CONFLICT' });
    const running = await runs.create(student);
    await begin(running.id, 'a');
    expect(await runs.requestCancel(running.id, nothing)).toBe('running');
    expect((await runs.get(running.id)).state).toBe('running');
    expect(await runs.heartbeat('a', [{ id: running.id, attempt: 1 }])).toEqual([
      { id: running.id, attempt: 1, cancelRequested: true },
    ]);
    expect(await runs.heartbeat('b', [{ id: running.id, attempt: 1 }])).toEqual([]);
    expect(await runs.running(60_000)).toEqual([
      { id: running.id, config: student, hold: first('a'), silent: false, cancelRequested: true },
    ]);
  });

  it('ends a run that was to be cancelled instead of putting it back or beginning it', async () => {
    const { id } = await runs.create(student);
    await begin(id, 'a');
    await runs.requestCancel(id, async () => undefined);
    const states: string[] = [];
    expect(await runs.putBack(id, first('a'), 'later', async (_, state) => void states.push(state))).toBe(
      'cancelled',
    );
    expect(states).toEqual(['cancelled']);
    expect(await runs.get(id)).toMatchObject({ state: 'cancelled', error: { code: 'CANCELLED' } });
    const queued = await runs.create(student);
    await place.database.executeSql('UPDATE runs SET cancel_requested = true WHERE id = $1', [queued.id]);
    expect(await begin(queued.id, 'a')).toMatchObject({ run: { state: 'cancelled' } });
    expect((await log.after(queued.id, 0)).at(-1)).toMatchObject({ phase: 'ended', state: 'cancelled' });
  });

  it('pages from the newest to the oldest, unshaken by runs that are added meanwhile', async () => {
    const ids: string[] = [];
    for (let number = 0; number < 7; number++)
      ids.unshift((await runs.create(number % 2 ? benchmark : student)).id);
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 4; page++) {
      const { items, hasNextPage } = await runs.list({ first: 2, after });
      seen.push(...items.map(({ id }) => id));
      after = items.at(-1)?.cursor ?? null;
      expect(hasNextPage).toBe(page < 3);
      await runs.create(student);
    }
    expect(seen).toEqual(ids);
    expect((await runs.list({ first: 10, kind: 'benchmark' })).items).toHaveLength(3);
    expect((await runs.list({ first: 20, state: 'queued' })).items).toHaveLength(11);
    expect(await runs.list({ first: 10, state: 'running' })).toEqual({ items: [], hasNextPage: false });
    await expect(runs.list({ first: 0 })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(runs.list({ first: 2, after: 'nonsense' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});
