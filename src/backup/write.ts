/** Writes a backup: rows of one moment, the files that they name, and at last what all of it should be. */
import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { DistilleryError, errorDetails } from '../errors.ts';
import type { Database } from '../storage/database.ts';
import { migrationLevel, migrationNames } from '../storage/migrations.ts';
import { version } from '../telemetry/version.ts';
import { filesToBackUp, namedFiles, type FileToBackUp, type NamedFiles } from './files.ts';
import { sharedFolder, type ArtefactStore } from '../artefacts/store.ts';
import { fileName, manifestName, rowsName, type Manifest } from './manifest.ts';
import { freeze, presentTables, writeRows, type Table } from './rows.ts';

export interface BackupSource {
  readonly database: Database;
  readonly dataDirectory: string;
  /** Where files are that are not in the data directory. */
  readonly store?: ArtefactStore | undefined;
  /** Whether the logits that models have given are backed up too; they are computed again where they are wanted. */
  readonly logits: boolean;
  /** Where the rows are kept until they are sent: the database must not wait for a slow reader. */
  readonly spoolIn: string;
}

/** A moment of the database, and what belongs to it. */
interface Snapshot {
  readonly level: number;
  readonly tables: readonly Table[];
  readonly named: NamedFiles;
}

/**
 * Streams a backup as a tar. It may be made while servers and workers go on.
 * @throws DistilleryError CONFLICT for a database of another release that is newer, or of none;
 *   NOT_FOUND where the folder of a model is not there; what `output` fails with
 */
export async function writeBackup(source: BackupSource, output: Writable): Promise<void> {
  const { database, dataDirectory, store = sharedFolder(dataDirectory), logits, spoolIn } = source;
  const spool = await mkdtemp(join(spoolIn, '.distillery-backup-'));
  try {
    const snapshot = await takeSnapshot(database, spool);
    const files = await filesToBackUp(snapshot.named, dataDirectory, store, { logits });
    const tar = pack();
    await Promise.all([
      fill(tar, dataDirectory, spool, snapshot, files),
      pipeline(Readable.from(tar), output),
    ]);
  } finally {
    await rm(spool, { recursive: true, force: true });
  }
}

function takeSnapshot(database: Database, spool: string): Promise<Snapshot> {
  return database.transaction(async (transaction) => {
    await freeze(transaction);
    const level = await knownLevel(transaction);
    const tables = await presentTables(transaction);
    for (const table of tables) await writeRows(transaction, table, join(spool, table));
    return { level, tables, named: await namedFiles(transaction, tables) };
  });
}

async function knownLevel(transaction: Parameters<typeof migrationLevel>[0]): Promise<number> {
  const level = await migrationLevel(transaction);
  if (level > 0 && level <= migrationNames().length) return level;
  const why =
    level === 0
      ? 'The database holds nothing of Distillery. Check DATABASE_URL and the data directory.'
      : 'The database is of a newer release of Distillery. Make the backup with that one.';
  throw new DistilleryError('CONFLICT', why, { migrations: level });
}

async function fill(
  tar: Pack,
  dataDirectory: string,
  spool: string,
  { level, tables }: Snapshot,
  files: readonly FileToBackUp[],
): Promise<void> {
  const members: Manifest['members'] = {};
  for (const table of tables) {
    const file = await open(join(spool, table));
    members[rowsName(table)] = await add(tar, rowsName(table), file);
  }
  for (const { path, fleeting } of files) {
    const file = await open(join(dataDirectory, path)).catch((error: unknown) => {
      if (fleeting && errorDetails(error).code === 'ENOENT') return null;
      throw error;
    });
    if (file) members[fileName(path)] = await add(tar, fileName(path), file);
  }
  const manifest: Manifest = {
    format: 1,
    release: version,
    createdAt: new Date().toISOString(),
    migration: migrationNames()[level - 1]!,
    members,
  };
  await new Promise<void>((resolve, reject) => {
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    tar.entry({ name: manifestName }, text, (error) => (error ? reject(error) : resolve()));
  });
  tar.finalize();
}

/** Closes the file. */
async function add(tar: Pack, name: string, file: FileHandle): Promise<Manifest['members'][string]> {
  try {
    const { size } = await file.stat();
    const hash = createHash('sha256');
    // As much as it was when it was opened: a tar tells the size first.
    const options = { autoClose: false, highWaterMark: 1 << 20, end: size - 1 };
    await pipeline(
      size === 0 ? Readable.from([]) : file.createReadStream(options),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      tar.entry({ name, size }),
    );
    return { bytes: size, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}
