/** What is given up of old runs, and what never is. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { sharedFolder } from '../../src/artefacts/store.ts';
import { Retention } from '../../src/jobs/retention.ts';
import { RunFolders } from '../../src/jobs/runFolders.ts';
import { removeOldEvents, removeOldRuns } from '../../src/storage/oldRuns.ts';
import { ProgressLog } from '../../src/storage/progressLog.ts';
import { RunStore } from '../../src/storage/runs.ts';
import { exampleCard } from '../models/exampleCard.ts';
import { onEachDatabase } from '../storage/databases.ts';
import { openQueue, studentNamed } from './openQueue.ts';

/** Each with its state, and how many days ago it ended. */
const made = {
  published: ['succeeded', 10],
  failed: ['failed', 10],
  cancelled: ['cancelled', 10],
  'of a survey': ['failed', 10],
  'an analysis': ['succeeded', 10],
  'a benchmark': ['succeeded', 10],
  'of late': ['failed', 2],
  resumed: ['queued', null],
} as const;
type What = keyof typeof made;
const all = Object.keys(made) as What[];
const idOf = (what: What) => `00000000-0000-4000-8000-00000000000${all.indexOf(what)}`;

onEachDatabase('retention', (place) => {
  let progress: ProgressLog;
  let runs: RunStore;
  const sequencesOf = async (what: What) => {
    const seen: number[] = [];
    const events =
      made[what][1] === null ? await progress.after(idOf(what), 0) : progress.follow(idOf(what), 0);
    for await (const { sequence } of events) seen.push(sequence);
    return seen;
  };

  beforeAll(async () => {
    progress = new ProgressLog(place.database);
    runs = new RunStore(place.database);
    const { database } = place;
    const config = JSON.stringify(studentNamed('some'));
    const report = '{"dataset": "sample", "entries": []}';
    for (const what of all) {
      const [state, days] = made[what];
      await database.executeSql(
        `insert into runs (id, kind, config, state, ended_at, last_sequence, report)
          values ($1, 'student', $2, $3, now() - $4::int * interval '1 day', 3, $5)`,
        [idOf(what), config, state, days, what === 'a benchmark' ? report : null],
      );
      await database.executeSql(
        `insert into progress_events (run_id, sequence, phase, state) values
          ($1, 1, 'queued', 'queued'), ($1, 2, 'training', 'running'), ($1, 3, 'ended', $2)`,
        [idOf(what), state],
      );
      await database.executeSql(
        `insert into run_epochs (run_id, position, phase, epoch, loss) values ($1, 0, 'training', 1, 0.5)`,
        [idOf(what)],
      );
      await mkdir(join(place.dataDirectory, 'runs', idOf(what)), { recursive: true });
    }
    const survey = '00000000-0000-4000-8000-0000000000ff';
    await database.executeSql(`
      insert into models (name, last_version) values ('some', 1);
      insert into model_versions (name, version, card, root, path, size_bytes, run_id)
        values ('some', 1, '${JSON.stringify(exampleCard({ name: 'some' }))}', 'data', 'some/1', 5, '${idOf('published')}');
      insert into surveys (id, name, spec, analysis_run) values ('${survey}', 'sizes', '{}', '${idOf('an analysis')}');
      insert into survey_runs (survey_id, key, run_id, adopted) values ('${survey}', 'a', '${idOf('of a survey')}', false)`);
  });
  afterAll(() => progress.close());

  const onServers = place.kind === 'pglite' ? it.skip : it;
  onServers('one process alone is at it, and a run that is being resumed is passed over', async () => {
    const other = await place.another();
    for (const held of ['select pg_advisory_xact_lock(7303115208)', 'select id from runs for update']) {
      await other.transaction(async (transaction) => {
        await transaction.executeSql(held);
        expect(await removeOldRuns(place.database, 5, () => Promise.resolve())).toBe(0);
        expect(await removeOldEvents(place.database, 5)).toBe(0);
      });
    }
  });

  it('nothing is removed where its folder can not be', async () => {
    const failing = removeOldRuns(place.database, 5, () => Promise.reject(new Error('a disk that fails')));
    await expect(failing).rejects.toThrow('a disk that fails');
    for (const what of all) expect(await sequencesOf(what)).toEqual([1, 2, 3]);
  });

  it('old runs go that nothing refers to; the others keep how they ended', async () => {
    const config = { dataDirectory: place.dataDirectory, keepCheckpointsHours: 1_000, logitsMb: 1 };
    const dependencies = {
      database: place.database,
      logger: pino({ level: 'silent' }),
      artefacts: sharedFolder(place.dataDirectory),
    };
    const folders = new RunFolders({ ...dependencies, config });
    const sweep = (keepRunsDays: number | undefined) =>
      new Retention({ ...dependencies, config: { ...config, keepRunsDays }, folders }).sweep(
        new AbortController().signal,
      );
    await sweep(undefined);
    await sweep(11);
    for (const what of all) expect(await sequencesOf(what)).toEqual([1, 2, 3]);
    await sweep(5);
    await sweep(5);

    const gone: What[] = ['failed', 'cancelled'];
    for (const what of gone) {
      await expect(runs.get(idOf(what))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await progress.after(idOf(what), 0)).toEqual([]);
    }
    for (const what of ['published', 'of a survey', 'an analysis', 'a benchmark'] as const) {
      expect(await sequencesOf(what)).toEqual([3]);
      expect((await runs.get(idOf(what))).epochs).toHaveLength(1);
    }
    expect(await runs.get(idOf('a benchmark'))).toMatchObject({ report: { dataset: 'sample' } });
    for (const what of ['of late', 'resumed'] as const) expect(await sequencesOf(what)).toEqual([1, 2, 3]);
    // Those of runs that have succeeded go at once, of others when their own time has come.
    const kept = (await readdir(join(place.dataDirectory, 'runs'))).sort();
    expect(kept).toEqual((['of a survey', 'of late', 'resumed'] as const).map(idOf).sort());
  });

  it('a queued run without a job, as a backup has it, is worked off', async () => {
    const main = await openQueue(place.database, place.dataDirectory);
    const { id } = await runs.create(studentNamed('quick'));
    await main.queue.stop();
    const next = await openQueue(place.database, place.dataDirectory);
    const states: string[] = [];
    for await (const { state } of next.progress.follow(id, 0)) states.push(state);
    expect(states.at(-1)).toBe('succeeded');
    await next.queue.stop();
    await next.progress.close();
  });
});
