import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabase } from '../../src/storage/database.ts';
import { lockFolder } from '../../src/storage/folderLock.ts';
import { createDatabase, onEachDatabase } from './databases.ts';

const holderScript = fileURLToPath(new URL('./lockHolder.ts', import.meta.url));

/** How many there are. */
async function migrations(): Promise<number> {
  const journal = JSON.parse(await readFile('migrations/meta/_journal.json', 'utf8')) as {
    entries: unknown[];
  };
  return journal.entries.length;
}

onEachDatabase('database', (place) => {
  // PGlite lives in this process alone: no other one to start with, no connection to lose.
  const onServers = place.kind === 'pglite' ? it.skip : it;

  it('applies each migration once, however often it is opened', async () => {
    const applied = () =>
      place.database.executeSql('SELECT hash FROM drizzle.__drizzle_migrations ORDER BY id');
    const first = (await applied()).rows;
    expect(first).toHaveLength(await migrations());
    await place.reopen();
    expect((await applied()).rows).toEqual(first);
  });

  onServers('lets processes that start together migrate', async () => {
    const together = await createDatabase('together');
    try {
      const options = { dataDirectory: place.dataDirectory, databaseUrl: together.url };
      const opened = await Promise.all([openDatabase(options), openDatabase(options), openDatabase(options)]);
      const { rows } = await opened[0].executeSql(
        'SELECT count(*)::int AS count FROM drizzle.__drizzle_migrations',
      );
      expect(rows).toEqual([{ count: await migrations() }]);
      await Promise.all(opened.map((database) => database.close()));
    } finally {
      await together.drop();
    }
  });

  it('rolls back a transaction that throws, and goes on', async () => {
    const { database } = place;
    await database.executeSql('CREATE TABLE kept (value int)');
    await expect(
      database.transaction(async ({ executeSql }) => {
        await executeSql('INSERT INTO kept VALUES ($1)', [1]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await database.transaction(({ executeSql }) => executeSql('INSERT INTO kept VALUES ($1)', [2]));
    expect((await database.executeSql('SELECT value FROM kept')).rows).toEqual([{ value: 2 }]);
  });

  it('goes on after a text of several statements that opens a transaction and fails', async () => {
    const { database } = place;
    await expect(database.executeSql('BEGIN; SELECT 1; SELECT nonsense; COMMIT')).rejects.toThrow(/nonsense/);
    expect((await database.executeSql('SELECT 1 AS one; SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
  });

  it('hears notifications until the handler is removed', async () => {
    const { database } = place;
    const heard: string[] = [];
    const first = await database.listen('test_channel', (payload) => heard.push(`first ${payload}`));
    const second = await database.listen('test_channel', (payload) => heard.push(`second ${payload}`));
    await notifyAndWait('a', () => heard.length === 2);
    await first();
    await notifyAndWait('b', () => heard.includes('second b'));
    await second();
    await database.executeSql("SELECT pg_notify('test_channel', 'c')");
    await database.executeSql('SELECT 1');
    expect(heard).toEqual(['first a', 'second a', 'second b']);

    async function notifyAndWait(payload: string, done: () => boolean) {
      await database.executeSql('SELECT pg_notify($1, $2)', ['test_channel', payload]);
      while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });

  onServers(
    'listens again after the connection that listens was lost, and says that something may have been missed',
    async () => {
      const { database } = place;
      const heard: string[] = [];
      await database.listen('lost_channel', (payload) => heard.push(payload));
      await database.executeSql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'distillery-listen'`,
      );
      while (!heard.includes('')) await new Promise((resolve) => setTimeout(resolve, 20));
      await database.executeSql("SELECT pg_notify('lost_channel', 'again')");
      while (!heard.includes('again')) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(heard).toEqual(['', 'again']);
    },
  );
});

describe('the lock on an embedded database', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'distillery-lock-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('refuses a folder that another process has open, naming it, until that process is killed', async () => {
    const holder = fork(holderScript, [folder], { execArgv: ['--import', 'tsx'] });
    try {
      expect(await once(holder, 'message')).toEqual(['locked', undefined]);
      await expect(openDatabase({ dataDirectory: folder })).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining(`process ${holder.pid} on ${hostname()}`),
        facts: { pid: holder.pid },
      });
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    const lock = await lockFolder(join(folder, 'database.lock'), folder);
    await lock.release();
  });

  it('refuses a second opening within the process, and lets go on release', async () => {
    const path = join(folder, 'twice.lock');
    const lock = await lockFolder(path, folder);
    await expect(lockFolder(path, folder)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await lock.release();
    await (await lockFolder(path, folder)).release();
  });

  it('takes over from a machine that does not touch its lock any more', async () => {
    const path = join(folder, 'far.lock');
    await writeFile(path, holderFile({ pid: 1, host: 'another-machine', space: 'elsewhere' }));
    const lock = await lockFolder(path, folder, 600);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
  });

  it('leaves the lock to a holder that touches it, though no process here has its id', async () => {
    const path = join(folder, 'container.lock');
    // As a container's that has this one's host name and process ids of its own.
    const holder = { pid: 2 ** 22 + 1, host: hostname(), space: 'another namespace' };
    await writeFile(path, holderFile(holder));
    const heart = setInterval(() => void utimes(path, new Date(), new Date()), 100);
    try {
      await expect(lockFolder(path, folder, 2_000)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        facts: { pid: holder.pid },
      });
    } finally {
      clearInterval(heart);
    }
    const lock = await lockFolder(path, folder, 600);
    await lock.release();
  });

  it('gives the lock of a dead process to one of several that want it', async () => {
    const gone = fork(holderScript, [folder], { execArgv: ['--import', 'tsx'] });
    await once(gone, 'message');
    gone.kill('SIGKILL');
    await once(gone, 'exit');
    const wanting = Array.from({ length: 3 }, () =>
      fork(holderScript, [folder], { execArgv: ['--import', 'tsx'] }),
    );
    try {
      const answers = await Promise.all(
        wanting.map(async (child) => (await once(child, 'message'))[0] as string),
      );
      expect(answers.sort()).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'locked']);
    } finally {
      for (const child of wanting) child.kill('SIGKILL');
    }
  });
});

function holderFile(holder: { pid: number; host: string; space: string }): string {
  return JSON.stringify({ ...holder, since: '2020-01-01T00:00:00Z' });
}

describe('a PostgreSQL that can not be used', () => {
  it('is told with its address and without its password', async () => {
    const opening = openDatabase({
      dataDirectory: tmpdir(),
      databaseUrl: 'postgres://someone:secret@127.0.0.1:1/none',
    });
    await expect(opening).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('127.0.0.1:1/none'),
    });
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
  });
});
