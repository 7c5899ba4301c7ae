/** Backups of a running server, restored into embedded databases and PostgreSQL, whole, damaged and interrupted. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getTableName, isTable } from 'drizzle-orm';
import { pack } from 'tar-stream';
import type { ArtefactStore } from '../../src/artefacts/store.ts';
import type { Manifest } from '../../src/backup/manifest.ts';
import { restoreBackup } from '../../src/backup/restore.ts';
import { tables } from '../../src/backup/rows.ts';
import { writeBackup } from '../../src/backup/write.ts';
import { backup, restore } from '../../src/cli/backup.ts';
import * as accessTables from '../../src/storage/accessTables.ts';
import { openDatabase, type DatabaseOptions } from '../../src/storage/database.ts';
import * as otherTables from '../../src/storage/tables.ts';
import { startTestServer, untilCancelled, type TestServer } from '../graphql/testServer.ts';
import { createDatabase, postgresql } from '../storage/databases.ts';
import { untar } from '../untar.ts';
import { startSource, type Source } from './source.ts';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const killedRestore = fileURLToPath(new URL('./killedRestore.ts', import.meta.url));
let folder = '';
let source: Source;
let file = '';
let members: Map<string, Buffer>;
const cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'distillery-backup-'));
  file = join(folder, 'backup.tar');
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  source = await startSource();
  await backup(file, { url: source.server.url });
  members = await untar(await readFile(file));
});
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
afterAll(async () => {
  jest.restoreAllMocks();
  await source?.server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function emptyPlace(kind: 'pglite' | 'postgresql'): Promise<DatabaseOptions> {
  const dataDirectory = await mkdtemp(join(folder, 'place-'));
  if (kind === 'pglite') return { dataDirectory };
  const { url, drop } = await createDatabase('restore');
  cleanUp.push(drop);
  return { dataDirectory, databaseUrl: url };
}

/** All rows, as the backup holds them. */
async function rowsIn(place: DatabaseOptions): Promise<Record<string, unknown[]>> {
  const database = await openDatabase(place);
  const found: Record<string, unknown[]> = {};
  for (const table of tables) {
    const { rows } = await database.executeSql(`select row_to_json(t)::text as line from ${table} t`);
    found[table] = sorted(rows.map(({ line }) => String(line)));
  }
  await database.close();
  return found;
}

function rowsBackedUp(): Record<string, unknown[]> {
  return Object.fromEntries(
    tables.map((table) => {
      const lines = String(members.get(`rows/${table}.ndjson`))
        .split('\n')
        .slice(0, -1);
      return [table, sorted(lines)];
    }),
  );
}

/** A running run is with nobody after a restore. */
const sorted = (lines: string[]) =>
  lines
    .map((line) => ({ ...(JSON.parse(line) as object), heartbeat_at: null }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

const apiKey = 'the-key-of-these-tests';

async function serve(place: DatabaseOptions): Promise<TestServer> {
  const server = await startTestServer({
    environment: {
      DISTILLERY_DATA_DIRECTORY: place.dataDirectory,
      DATABASE_URL: place.databaseUrl ?? '',
      DISTILLERY_CONCURRENT_RUNS: '9',
      // A key was made, so one is needed.
      DISTILLERY_API_KEY: apiKey,
    },
    runInChild: untilCancelled,
  });
  cleanUp.push(() => server.stop().catch(() => undefined));
  return server;
}

/** What clients are told of what lasts. */
async function answersOf({ client, url }: TestServer, { runs }: Source): Promise<unknown[]> {
  const text = 'a good film, and then a bad one';
  const [survey] = (await client.call<{ edges: { node: { id: string } }[] }>('surveys')).edges;
  return Promise.all([
    client.query(
      '{ spotter: classify(text: "good", model: "spotter") { probabilities { positive } model { reference } } }',
    ),
    client.query(
      `{ classify(text: "${text}", model: "reader") { probabilities { positive } }
         other: classify(text: "${text}", model: "publishes") { probabilities { positive } } }`,
    ),
    client.call('run', { id: runs.published }),
    client.call('run', { id: runs.failed }),
    client.call('aliases'),
    client.call('datasets'),
    client.call('reviews', { dataset: 'mine', split: 'TEST' }),
    survey,
    fetch(new URL(`/surveys/sizes/report.html`, url), {
      headers: { authorization: `Bearer ${apiKey}` },
    }).then((response) => response.text()),
  ]);
}

describe.each(['pglite', 'postgresql'] as const)('restored on %s', (kind) => {
  const itThere = kind === 'postgresql' && !postgresql ? it.skip : it;

  itThere('a backup answers as before, and everything goes on', async () => {
    const place = await emptyPlace(kind);
    await restoreBackup(file, place);
    expect(await rowsIn(place)).toEqual(rowsBackedUp());
    const server = await serve(place);
    expect(await answersOf(server, source)).toEqual(await answersOf(source.server, source));

    const { runs } = source;
    for (const id of [runs.running, runs.queued]) {
      const before = Number(JSON.parse(String(rowOf(id))).last_sequence);
      for await (const event of server.app.progress.follow(id, before)) if (event.state === 'running') break;
    }
    const checkpoint = join(place.dataDirectory, 'runs', runs.running, 'checkpoint.safetensors');
    expect(await readFile(checkpoint, 'utf8')).toBe('half way');
    const input = { name: 'next', dataset: 'mine', architecture: 'gru-8' };
    const next = await server.client.call<{ id: string }>('startStudentTraining', { input });
    const page = await server.client.call<{ edges: { node: { id: string } }[] }>('runs', { first: 1 });
    expect(page.edges).toMatchObject([{ node: { id: next.id } }]);
    await server.client.call('setAlias', { alias: 'favourite', model: 'reader' });
  });

  itThere('nothing is left of a damaged one', async () => {
    const place = await emptyPlace(kind);
    const whole = await readFile(file);
    const damaged = join(folder, 'damaged.tar');
    const at = whole.indexOf(members.get(fileOf('model.onnx'))!);
    for (const bytes of [
      whole.subarray(0, whole.length / 2),
      whole.subarray(0, whole.length - 8_000),
      Buffer.concat([whole.subarray(0, at), Buffer.from('x'), whole.subarray(at + 1)]),
      Buffer.from('no tar at all'),
      Buffer.alloc(0),
      await tarOf([...members].filter(([name]) => name !== fileOf('tokenizer.json'))),
      await tarOf([['files/models/../../../out', Buffer.from('x')], ...members]),
    ]) {
      await writeFile(damaged, bytes);
      await expect(restoreBackup(damaged, place)).rejects.toMatchObject({ code: 'CORRUPT_ARCHIVE' });
    }
    await expect(restoreBackup(join(folder, 'none.tar'), place)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(restoreBackup(await ofNewerRelease(), place)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readdir(place.dataDirectory)).toEqual([]);
  });

  itThere('it is never half there, wherever the restore was killed', async () => {
    const place = await emptyPlace(kind);
    const inPlace = (name: string) => join(place.dataDirectory, name);
    const points: [string, string][] = [
      ['mkdir', inPlace('restoring/files/models/reader/1')],
      ['rename', inPlace(kind === 'pglite' ? 'database' : 'datasets')],
      ['rm', inPlace('restoring')],
    ];
    for (const [what, path] of points) {
      const { dataDirectory, databaseUrl = '' } = place;
      const script = ['--import', tsx, killedRestore, file, dataDirectory, databaseUrl, what, path];
      const child = spawn(process.execPath, script, { stdio: ['ignore', 'inherit', 'inherit'] });
      expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
      await expect(openDatabase(place)).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    await restoreBackup(file, place);
    expect(await rowsIn(place)).toEqual(rowsBackedUp());
    for (const [name, content] of members) {
      if (name.startsWith('files/')) expect(await readFile(inPlace(name.slice(6)))).toEqual(content);
    }
    expect((await readdir(place.dataDirectory)).includes('restoring')).toBe(false);
  });
});

(postgresql ? it : it.skip)(
  'a backup goes from PostgreSQL to an embedded database, and on from there',
  async () => {
    const [server, embedded] = [await emptyPlace('postgresql'), await emptyPlace('pglite')];
    const [first, second] = [join(server.dataDirectory, '1.tar'), join(embedded.dataDirectory, '2.tar')];
    await restoreBackup(file, server);
    await withUrl(server, () => backup(first, { dataDirectory: server.dataDirectory }));
    await restoreBackup(first, embedded);
    expect(await rowsIn(embedded)).toEqual(rowsBackedUp());
    await backup(second, { dataDirectory: embedded.dataDirectory });
    expect([...(await untar(await readFile(second))).keys()]).toEqual([...members.keys()]);
    for (const place of [server, embedded])
      await expect(restoreBackup(second, place)).rejects.toMatchObject({ code: 'CONFLICT' });
    await rm(join(server.dataDirectory, 'models'), { recursive: true });
    const lacking = withUrl(server, () =>
      backup(join(folder, 'lacking.tar'), { dataDirectory: server.dataDirectory }),
    );
    await expect(lacking).rejects.toMatchObject({ code: 'NOT_FOUND' });
  },
);

(postgresql ? it : it.skip)(
  'machines that share no disk find what was restored, and back it up',
  async () => {
    const first = await emptyPlace('postgresql');
    const shared = join(first.dataDirectory, 'store');
    const failing = { ...storeIn(shared, first), push: () => Promise.reject(new Error('no room')) };
    await expect(restoreBackup(file, first, failing)).rejects.toThrow('no room');
    expect(await readdir(first.dataDirectory)).toEqual([]);

    await restoreBackup(file, first, storeIn(shared, first));
    const second = { ...first, dataDirectory: await mkdtemp(join(folder, 'place-')) };
    const again = join(second.dataDirectory, 'again.tar');
    const database = await openDatabase(second);
    const { dataDirectory } = second;
    const source = {
      database,
      dataDirectory,
      store: storeIn(shared, second),
      logits: false,
      spoolIn: folder,
    };
    await writeBackup(source, createWriteStream(again)).finally(() => database.close());
    const isFile = (name: string) => name.startsWith('files/');
    expect([...(await untar(await readFile(again))).keys()].filter(isFile)).toEqual(
      [...members.keys()].filter(isFile),
    );
    const third = await emptyPlace('pglite');
    const refused = restoreBackup(again, third, storeIn(shared, third));
    await expect(refused).rejects.toMatchObject({ code: 'CONFLICT' });
  },
);

describe('distillery backup', () => {
  it('leaves a file that exists, and what a running server has open', async () => {
    const { dataDirectory } = source.server.app.config;
    await expect(backup(file, { dataDirectory })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(backup(join(folder, 'locked.tar'), { dataDirectory })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('--url'),
    });
    await expect(restore(file, { dataDirectory })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(backup(folder, { url: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect((await readdir(folder)).filter((name) => name.endsWith('.tar')).sort()).toEqual([
      'backup.tar',
      'damaged.tar',
      'newer.tar',
    ]);
  });

  it('knows every table', () => {
    const all = Object.values({ ...accessTables, ...otherTables }).flatMap((value) =>
      isTable(value) ? [getTableName(value)] : [],
    );
    expect([...tables, 'workers'].sort()).toEqual(all.sort());
  });
});

/** A store on another disk, as far as there is one here: artefacts lie in a folder, under their names. */
function storeIn(shared: string, { dataDirectory }: DatabaseOptions): ArtefactStore {
  const kept = (path: string) => join(shared, path.replaceAll('/', '+'));
  const copy = (from: string, to: string) => cp(from, to, { recursive: true });
  const names = async () => (await readdir(shared).catch(() => [])).map((name) => name.replaceAll('+', '/'));
  return {
    dataDirectory,
    requireUsable: () => Promise.resolve(),
    list: async (under) => (await names()).filter((path) => path.startsWith(under)),
    pull: async (path) => {
      const there = (await names()).includes(path);
      if (there) await copy(kept(path), join(dataDirectory, path));
      return there;
    },
    push: (path) => copy(join(dataDirectory, path), kept(path)),
    remove: async (path) => {
      for (const place of [kept(path), join(dataDirectory, path)])
        await rm(place, { recursive: true, force: true });
    },
  };
}

async function withUrl<T>({ databaseUrl = '' }: DatabaseOptions, work: () => Promise<T>): Promise<T> {
  process.env.DATABASE_URL = databaseUrl;
  return work().finally(() => delete process.env.DATABASE_URL);
}

function rowOf(id: string): string | undefined {
  return String(members.get('rows/runs.ndjson'))
    .split('\n')
    .find((line) => line.includes(`"id":"${id}"`));
}

const fileOf = (name: string) => `files/models/reader/1/${name}`;

async function tarOf(entries: Iterable<readonly [string, Buffer]>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of entries) tar.entry({ name }, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function ofNewerRelease(): Promise<string> {
  const manifest = JSON.parse(String(members.get('manifest.json'))) as Manifest;
  const newer = JSON.stringify({ ...manifest, release: '9.0.0', migration: '9999_later' });
  const path = join(folder, 'newer.tar');
  await writeFile(path, await tarOf(new Map(members).set('manifest.json', Buffer.from(newer))));
  return path;
}
