/** What is given up of old runs, and what never is. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { sharedFolder } from '../../src/artefacts/store.ts';
import { Retention } from '../../src/jobs/retention.ts';
import { RunFolders } from '../../src/jobs/runFolders.ts';
import { removeOldEvents, removeOldRuns } from '../../src/storage/oldRuns.ts';
import { benchmarkConfig } from '../../src/training/config.ts';
import { onEachDatabase } from '../storage/databases.ts';
import { openQueue, studentNamed, type OpenQueue } from './openQueue.ts';

onEachDatabase('retention', (place) => {
  let main: OpenQueue;
  const ids = new Map<string, string>();
  const idOf = (what: string) => ids.get(what)!;
  const eventsOf = async (what: string) => {
    const seen = [];
    for await (const { sequence, state } of main.progress.follow(idOf(what), 0))
      seen.push({ sequence, state });
    return seen;
  };

  beforeAll(async () => {
    main = await openQueue(place.database, place.dataDirectory);
    for (const what of ['quick', 'fails', 'fails of a survey', 'fails of late', 'fails and is resumed'])
      ids.set(what, (await main.queue.submit(studentNamed(what.split(' ')[0]!))).id);
    for (const what of ids.keys()) await eventsOf(what);
    const benchmark = benchmarkConfig.parse({ kind: 'benchmark', models: ['quick'], dataset: 'sample' });
    ids.set('benchmark', (await main.queue.submit(benchmark)).id);
    await eventsOf('benchmark');
    ids.set('waits', (await main.queue.submit(studentNamed('waits'))).id);
    const survey = '00000000-0000-4000-8000-000000000001';
    await place.database.executeSql(`
      insert into surveys (id, name, spec) values ('${survey}', 'sizes', '{}');
      insert into survey_runs (survey_id, key, run_id, adopted)
        values ('${survey}', 'a', '${idOf('fails of a survey')}', false);
      update runs set created_at = now() - interval '10 days', started_at = now() - interval '10 days';
      update runs set ended_at = now() - interval '10 days'
        where ended_at is not null and id <> '${idOf('fails of late')}'`);
    for (const id of ids.values())
      await mkdir(join(place.dataDirectory, 'runs', id, 'measurements'), { recursive: true });
  });
  afterAll(async () => {
    await main.queue.stop();
    await main.progress.close();
  });

  const onServers = place.kind === 'pglite' ? it.skip : it;
  onServers('one process alone is at it, and a run that is being resumed is passed over', async () => {
    const other = await place.another();
    await other.transaction(async (transaction) => {
      await transaction.executeSql('select pg_advisory_xact_lock(7303115208)');
      expect(await removeOldRuns(place.database, 5, () => Promise.resolve())).toBe(0);
    });
    await other.transaction(async (transaction) => {
      await transaction.executeSql('select id from runs for update');
      expect(await removeOldRuns(place.database, 5, () => Promise.resolve())).toBe(0);
      expect(await removeOldEvents(place.database, 5)).toBe(0);
    });
  });

  it('nothing is removed where its folder can not be', async () => {
    const failing = removeOldRuns(place.database, 5, () => Promise.reject(new Error('a disk that fails')));
    await expect(failing).rejects.toThrow('a disk that fails');
    expect(await main.runs.get(idOf('fails'))).toMatchObject({ state: 'failed' });
  });

  it('old runs go that nothing refers to; the others keep how they ended', async () => {
    const before = new Map<string, Awaited<ReturnType<typeof eventsOf>>>();
    for (const what of ids.keys()) if (what !== 'waits') before.set(what, await eventsOf(what));
    const config = { dataDirectory: place.dataDirectory, keepCheckpointsHours: 1_000, logitsMb: 1 };
    const dependencies = {
      database: place.database,
      logger: pino({ level: 'silent' }),
      artefacts: sharedFolder(place.dataDirectory),
    };
    const sweep = (keepRunsDays: number | undefined) =>
      new Retention({
        ...dependencies,
        config: { ...config, keepRunsDays },
        folders: new RunFolders({ ...dependencies, config }),
      }).sweep(new AbortController().signal);

    await sweep(undefined);
    await sweep(11);
    expect(await eventsOf('quick')).toEqual(before.get('quick'));
    await main.queue.resume(idOf('fails and is resumed'));
    await eventsOf('fails and is resumed');
    await sweep(5);

    await expect(main.runs.get(idOf('fails'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { rows } = await place.database.executeSql('select run_id from progress_events where run_id = $1', [
      idOf('fails'),
    ]);
    expect(rows).toEqual([]);
    for (const what of ['quick', 'fails of a survey', 'benchmark'])
      expect(await eventsOf(what)).toEqual(before.get(what)!.slice(-1));
    expect((await main.runs.get(idOf('quick'))).epochs).toHaveLength(2);
    expect(await main.runs.get(idOf('benchmark'))).toMatchObject({ report: { dataset: 'sample' } });
    expect(await eventsOf('fails of late')).toEqual(before.get('fails of late'));
    expect((await eventsOf('fails and is resumed')).length).toBeGreaterThan(before.get('fails')!.length);
    expect(await main.runs.get(idOf('waits'))).toMatchObject({ endedAt: null });
    expect((await readdir(join(place.dataDirectory, 'runs'))).sort()).toEqual(
      ['fails of a survey', 'fails of late', 'fails and is resumed', 'waits'].map(idOf).sort(),
    );
    expect(await main.registry.resolve('quick')).toMatchObject({ card: { name: 'quick' } });
  });

  it('a queued run whose job was lost is worked off', async () => {
    const blocked = [];
    for (const name of ['waits', 'waits']) blocked.push((await main.queue.submit(studentNamed(name))).id);
    const { id } = await main.queue.submit(studentNamed('quick'));
    await main.queue.stop();
    await place.database.executeSql('delete from pgboss.job');
    main = await openQueue(place.database, place.dataDirectory, { concurrentRuns: 9 });
    ids.set('lost', id);
    expect((await eventsOf('lost')).at(-1)).toMatchObject({ state: 'succeeded' });
    for (const waiting of [...blocked, idOf('waits')])
      await main.queue.cancel(waiting).catch(() => undefined);
  });
});
