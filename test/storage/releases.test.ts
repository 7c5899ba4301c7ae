/** A database of every earlier release is opened by this one, and everything in it is found again. */
import { createWriteStream } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { restoreBackup } from '../../src/backup/restore.ts';
import { writeBackup } from '../../src/backup/write.ts';
import { openUnmigrated, type DatabaseOptions } from '../../src/storage/database.ts';
import { applyMigrations, migrationLevel, migrationNames } from '../../src/storage/migrations.ts';
import { startTestServer, untilCancelled } from '../graphql/testServer.ts';
import { wordSpotter } from '../serving/tinyModel.ts';
import { createDatabase, postgresql } from './databases.ts';

const folder = fileURLToPath(new URL('./releases/', import.meta.url));
const releases = (await readdir(folder)).sort().map((file) => file.replace('.sql', ''));
const run = (last: string) => `00000000-0000-4000-8000-00000000000${last}`;

/** Where databases are prepared, among them an empty embedded one, which takes seconds to lay out. */
const prepared = await mkdtemp(join(tmpdir(), 'distillery-releases-'));
const cleanUp: (() => Promise<unknown>)[] = [];
beforeAll(async () => (await openUnmigrated({ dataDirectory: prepared })).close());
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
afterAll(() => rm(prepared, { recursive: true }));

async function emptyPlace(kind: 'pglite' | 'postgresql'): Promise<DatabaseOptions> {
  const dataDirectory = await mkdtemp(join(prepared, 'place-'));
  if (kind === 'pglite') return { dataDirectory };
  const { url, drop } = await createDatabase('release');
  cleanUp.push(drop);
  return { dataDirectory, databaseUrl: url };
}

/** A database as that release left it, with the files of its models. */
async function build(kind: 'pglite' | 'postgresql', release: string): Promise<DatabaseOptions> {
  const place = await emptyPlace(kind);
  if (kind === 'pglite')
    await cp(join(prepared, 'database'), join(place.dataDirectory, 'database'), { recursive: true });
  for (const model of ['elder/1', 'small/3']) await wordSpotter(join(place.dataDirectory, 'models', model));
  const database = await openUnmigrated(place);
  await database.transaction(async (transaction) => {
    await applyMigrations(transaction, 0, migrationNames().indexOf(release) + 1);
    for (const earlier of releases.slice(0, releases.indexOf(release) + 1))
      await transaction.executeSql(await readFile(join(folder, `${earlier}.sql`), 'utf8'));
  });
  await database.close();
  return place;
}

/** The same by way of a backup, which does not touch what it is made of. */
async function buildAndRestore(release: string): Promise<DatabaseOptions> {
  const [from, to] = [await build('postgresql', release), await emptyPlace('postgresql')];
  const file = join(from.dataDirectory, 'backup.tar');
  const database = await openUnmigrated(from);
  const { dataDirectory } = from;
  const source = { database, dataDirectory, logits: false, spoolIn: dataDirectory };
  await writeBackup(source, createWriteStream(file));
  expect(migrationNames()[(await migrationLevel(database)) - 1]).toBe(release);
  await database.close();
  await restoreBackup(file, to);
  return to;
}

it('there are rows of every release before this one', () => {
  expect(releases).toEqual(migrationNames().slice(0, -1));
});

describe.each([
  ['on PGlite', (release: string) => build('pglite', release)],
  ['on PostgreSQL', (release: string) => build('postgresql', release)],
  ['on PostgreSQL, restored from its backup', buildAndRestore],
])('%s', (where, make) => {
  const itThere = where !== 'on PGlite' && !postgresql ? it.skip : it;

  itThere.each(releases)('a database of %s', async (release) => {
    const had = (name: string) => releases.indexOf(release) >= releases.indexOf(name);
    const { dataDirectory, databaseUrl = '' } = await make(release);
    const server = await startTestServer({
      environment: { DISTILLERY_DATA_DIRECTORY: dataDirectory, DATABASE_URL: databaseUrl },
      runInChild: untilCancelled,
    });
    try {
      const { app, client } = server;
      const { database } = app;
      expect(await migrationLevel(database)).toBe(migrationNames().length);

      const teacher = await client.call<object>('run', { id: run('a') });
      expect(teacher).toMatchObject({ kind: 'TEACHER', state: 'SUCCEEDED', model: { reference: 'elder@1' } });
      expect(teacher).toMatchObject({
        epochs: [
          { loss: 0.5, validation: { accuracy: 0.85 } },
          { loss: 0.25, validation: null },
        ],
        progress: [{ sequence: 1 }, { loss: Math.LN2, step: 5 }, { state: 'SUCCEEDED' }],
      });
      const failed = await client.call('run', { id: run('b') });
      expect(failed).toMatchObject({ state: 'FAILED', error: { code: 'NOT_FOUND' } });
      expect(await client.call('run', { id: run('c') })).toMatchObject({
        report: { reviews: 100, entries: [{ model: 'small', reviewsPerSecond: 4000, valid: true }] },
      });
      // Nobody has taken it up in all that time.
      for await (const event of app.progress.follow(run('d'), 1)) if (event.state === 'running') break;

      const small = await client.call('model', { reference: 'small' });
      expect(small).toMatchObject({ reference: 'small@3', precision: 'FLOAT32', aliases: ['champion'] });
      expect(await client.call('aliases')).toMatchObject([
        {
          name: 'champion',
          model: { reference: 'small@3' },
          candidate: had('0002_alias_candidates') ? { model: { reference: 'elder@1' }, shadow: true } : null,
        },
        { name: 'teacher', model: { reference: 'elder@1' }, candidate: null },
      ]);
      const history = await database.executeSql(
        'select alias, name, version, at from alias_history order by position',
      );
      expect(history.rows).toMatchObject([
        { alias: 'teacher', name: 'elder', version: 1 },
        { alias: 'champion', name: 'small', version: 3, at: new Date('2026-01-03T00:00:00Z') },
      ]);
      expect((await app.surveys.list({ first: 9 })).items).toHaveLength(had('0001_surveys') ? 1 : 0);
      if (had('0001_surveys')) {
        const survey = await client.call('survey', { id: 'sizes' });
        expect(survey).toMatchObject({ state: 'CANCELLED', progress: { counts: { planned: 2, failed: 1 } } });
      }
      // And it goes on: in place of the alias a trial, and a run with a number after the others'.
      await client.call('setAlias', { alias: 'champion', model: 'elder', share: 0.5 });
      const input = { name: 'next', dataset: 'sample', architecture: 'gru-8' };
      const { id } = await client.call<{ id: string }>('startStudentTraining', { input });
      const { edges } = await client.call<{ edges: unknown[] }>('runs', { first: 9 });
      expect(edges).toHaveLength(5);
      expect(edges[0]).toMatchObject({ node: { id } });
    } finally {
      await server.stop();
    }
  });
});
