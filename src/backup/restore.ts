/**
 * Puts a backup into an empty place, whole or not at all. Everything is gathered and checked in a folder aside; then the
 * files are moved into place, and the database follows last: on PostgreSQL by the commit of the one transaction that
 * holds all rows, embedded by the renaming of its folder. As long as the folder aside is there no server starts, and
 * another restore finds out how far the one before came.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { exists } from '../files.ts';
import {
  openUnmigrated,
  restoringFolder,
  type Database,
  type DatabaseOptions,
  type Transaction,
} from '../storage/database.ts';
import { lockFolder } from '../storage/folderLock.ts';
import { applyMigrations, migrationLevel, migrationLock, migrationNames } from '../storage/migrations.ts';
import { checkEmpty } from './emptyPlace.ts';
import { artefactsOf } from './files.ts';
import { sharedFolder, type ArtefactStore } from '../artefacts/store.ts';
import { fileName, folders, manifest as manifestSchema, rowsName, type Manifest } from './manifest.ts';
import { readBackup } from './read.ts';
import { continueNumbers, loadRows, tables } from './rows.ts';

/**
 * @param store where other machines find the files
 * @returns what was restored
 * @throws DistilleryError CONFLICT for a place that is not empty or a backup of a newer release, CORRUPT_ARCHIVE,
 *   NOT_FOUND for the file, UNAVAILABLE where the data directory is in use or PostgreSQL does not answer
 */
export async function restoreBackup(
  file: string,
  place: DatabaseOptions,
  store: ArtefactStore = sharedFolder(place.dataDirectory),
): Promise<Manifest> {
  const { dataDirectory } = place;
  // The one of an embedded database: a server that is there keeps this out, and is kept out meanwhile.
  const lock = await lockFolder(join(dataDirectory, 'database.lock'), dataDirectory);
  try {
    const before = await settle(place, store);
    if (before) return before;
    await checkEmpty(place, store);
    try {
      return await restoreInto(place, store, file);
    } catch (error) {
      // The database may have been changed for good just before something failed.
      const after = await settle(place, store);
      if (after) return after;
      throw error;
    }
  } finally {
    await lock.release();
  }
}

async function restoreInto(place: DatabaseOptions, store: ArtefactStore, file: string): Promise<Manifest> {
  const aside = asideOf(place);
  await mkdir(aside.folder);
  const manifest = await readBackup(file, async (name, content) => {
    const path = join(aside.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(content, createWriteStream(path, { flags: 'wx', flush: true }));
  });
  await writeFile(aside.manifest, JSON.stringify(manifest), { flush: true });
  if (place.databaseUrl === undefined) {
    await withDatabase({ dataDirectory: aside.folder }, (database) =>
      database.transaction((transaction) => load(transaction, aside.folder, manifest)),
    );
    await moveFiles(place, store, manifest);
    await rename(aside.database, join(place.dataDirectory, 'database'));
  } else {
    await withDatabase(place, (database) =>
      database.transaction(async (transaction) => {
        await load(transaction, aside.folder, manifest);
        const { rows } = await transaction.executeSql('select txid_current()::text as id');
        await writeFile(aside.transaction, String(rows[0]?.id), { flush: true });
        await moveFiles(place, store, manifest);
      }),
    );
  }
  await rm(aside.folder, { recursive: true });
  return manifest;
}

function asideOf({ dataDirectory }: DatabaseOptions) {
  const folder = restoringFolder(dataDirectory);
  return {
    folder,
    /** There once the whole backup has been read and found right. */
    manifest: join(folder, 'checked.json'),
    /** The transaction of PostgreSQL that loads the rows. */
    transaction: join(folder, 'transaction'),
    /** The embedded database until it is whole. */
    database: join(folder, 'database'),
    files: join(folder, 'files'),
  };
}

async function withDatabase<T>(place: DatabaseOptions, use: (database: Database) => Promise<T>): Promise<T> {
  const database = await openUnmigrated(place);
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}

/** Makes the tables of the backup's release, fills them, and brings them up to this one. */
async function load(transaction: Transaction, folder: string, manifest: Manifest): Promise<void> {
  const names = migrationNames();
  const level = names.indexOf(manifest.migration) + 1;
  // Files are moved before it ends, and brought to where other machines find them.
  await transaction.executeSql('set local idle_in_transaction_session_timeout = 0');
  // A server that is started now waits, and then finds everything.
  await lockMigrations(transaction);
  await applyMigrations(transaction, 0, level);
  for (const table of tables) {
    if (Object.hasOwn(manifest.members, rowsName(table)))
      await loadRows(transaction, table, join(folder, rowsName(table)));
  }
  await continueNumbers(transaction);
  // Nobody works on them here: they are taken up as those of a process that died.
  await transaction.executeSql("update runs set heartbeat_at = null where state = 'running'");
  await applyMigrations(transaction, level, names.length);
}

/** Into place, and to where other machines find them. */
async function moveFiles(place: DatabaseOptions, store: ArtefactStore, manifest: Manifest): Promise<void> {
  const { files } = asideOf(place);
  for (const name of folders) {
    if (!(await exists(join(files, name)))) continue;
    const target = join(place.dataDirectory, name);
    // It is empty, or checkEmpty would have refused; not every system renames over a folder.
    if (await exists(target)) await rmdir(target);
    await rename(join(files, name), target);
  }
  for (const artefact of artefactsOf(pathsIn(manifest))) await store.push(artefact);
}

/**
 * Finds out what became of a restore that was broken off, and leaves nothing of it, or all.
 * @returns what it restored, where it had come so far that nothing was left to do
 */
async function settle(place: DatabaseOptions, store: ArtefactStore): Promise<Manifest | null> {
  const aside = asideOf(place);
  if (!(await exists(aside.folder))) return null;
  const manifest = await readFile(aside.manifest, 'utf8').then(
    (content) => manifestSchema.parse(JSON.parse(content)),
    () => null,
  );
  const isDone = manifest !== null && (await databaseIsInPlace(place));
  if (manifest && !isDone) await takeBackFiles(place, store, manifest);
  await rm(aside.folder, { recursive: true });
  return isDone ? manifest : null;
}

async function databaseIsInPlace(place: DatabaseOptions): Promise<boolean> {
  if (place.databaseUrl === undefined) return exists(join(place.dataDirectory, 'database'));
  const id = await readFile(asideOf(place).transaction, 'utf8').catch(() => null);
  if (id === null) return false;
  return withDatabase(place, (database) =>
    database.transaction(async (transaction) => {
      // Held by that transaction: the commit of a process that was killed may be on its way yet.
      await lockMigrations(transaction);
      // Another server's transactions have other ids, but nothing was restored there.
      if ((await migrationLevel(transaction)) === 0) return false;
      const { rows } = await transaction.executeSql('select txid_status($1::bigint) as status', [id]);
      return rows[0]?.status === 'committed';
    }),
  );
}

/** Until the transaction ends. */
async function lockMigrations(transaction: Transaction): Promise<void> {
  await transaction.executeSql(`select pg_advisory_xact_lock(${migrationLock})`);
}

/** Removes what had been moved into place, and nothing that came there by other hands. */
async function takeBackFiles(
  place: DatabaseOptions,
  store: ArtefactStore,
  manifest: Manifest,
): Promise<void> {
  const { dataDirectory } = place;
  const moved: string[] = [];
  for (const name of folders) {
    if (await exists(join(asideOf(place).files, name))) continue;
    moved.push(...pathsIn(manifest).filter((path) => path.startsWith(`${name}/`)));
  }
  for (const artefact of artefactsOf(moved)) await store.remove(artefact);
  for (const path of moved) await rm(join(dataDirectory, path), { force: true });
  for (const folder of foldersOf(moved)) await rmdir(join(dataDirectory, folder)).catch(() => undefined); // something else is in it
}

/** Of the files of a backup, in the data directory. */
function pathsIn({ members }: Manifest): string[] {
  const start = fileName('');
  return Object.keys(members).flatMap((name) => (name.startsWith(start) ? name.slice(start.length) : []));
}

/** The folders above the files, the deepest first. */
function foldersOf(paths: readonly string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) found.add(folder);
  }
  return [...found].sort((a, b) => b.length - a.length);
}
