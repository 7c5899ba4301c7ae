/** The embedded database: PGlite in `<dataDirectory>/database`, held by one process at a time. */
import { execFile } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { exists } from '../files.ts';
import { Channels } from './channels.ts';
import type { Database, Orm, Queries, Row } from './database.ts';
import { lockFolder } from './folderLock.ts';

/**
 * One connection and few rows: PostgreSQL's default of 128 MB of shared buffers and 100 connections
 * costs 140 MB of resident memory here and makes nothing faster.
 */
const settings = ['shared_buffers=8MB', 'max_connections=5', 'jit=off'];

type Client = Pick<PGlite, 'query' | 'exec'>;

/** @param migrationsFolder null to leave the tables as they are */
export async function openPglite(dataDirectory: string, migrationsFolder: string | null): Promise<Database> {
  const folder = join(dataDirectory, 'database');
  const lock = await lockFolder(join(dataDirectory, 'database.lock'), folder);
  try {
    await createCluster(folder);
    const client = await PGlite.create(folder, {
      startParams: [...PGlite.defaultStartParams, ...settings.flatMap((setting) => ['-c', setting])],
    });
    if (migrationsFolder) await migrate(drizzle({ client }), { migrationsFolder });
    return databaseOn(client, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Lays the database's files out in a process of its own: initdb and the servers that it starts take
 * 700 MB, which this process would keep. Made aside and renamed, so that a crash leaves no half a database.
 */
async function createCluster(folder: string): Promise<void> {
  if (await exists(folder)) return;
  const aside = `${folder}.new`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  const script =
    'require(process.argv[1]).PGlite.create(process.argv[2]).then((database) => database.close())';
  const library = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  await promisify(execFile)(process.execPath, ['-e', script, library, aside]);
  await rename(aside, folder);
}

function databaseOn(client: PGlite, released: () => Promise<void>): Database {
  const stops = new Map<string, () => Promise<void>>();
  const channels = new Channels(
    async (channel) => {
      if (stops.has(channel)) return;
      stops.set(channel, await client.listen(channel, (payload) => channels.deliver(channel, payload)));
    },
    async (channel) => {
      const stop = stops.get(channel);
      stops.delete(channel);
      if (!client.closed) await stop?.();
    },
  );
  let closing: Promise<void> | null = null;
  return {
    kind: 'pglite',
    ...queriesOn(client),
    transaction: (work) => client.transaction((transaction) => work(queriesOn(transaction))),
    listen: (channel, handler) => channels.add(channel, handler),
    close: () => (closing ??= client.close().then(released)),
  };
}

function queriesOn(client: Client): Queries {
  return {
    // Drizzle asks a client for `query` alone, and a PGlite transaction has the same one.
    orm: drizzle({ client: client as PGlite }) as unknown as Orm,
    async executeSql(text, values) {
      if (values && values.length > 0) return client.query<Row>(text, [...values]);
      try {
        const results = await client.exec(text);
        return { rows: (results.at(-1)?.rows ?? []) as Row[] };
      } catch (error) {
        // A text that opens a transaction of its own and fails leaves it open, on the only connection there is.
        if (/^\s*begin\b/i.test(text)) await client.exec('ROLLBACK');
        throw error;
      }
    },
  };
}
