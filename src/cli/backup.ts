/** `distillery backup` and `distillery restore`: everything that is kept, as one file. */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openArtefacts } from '../artefacts/open.ts';
import type { ArtefactStore } from '../artefacts/store.ts';
import type { Manifest } from '../backup/manifest.ts';
import { readBackup } from '../backup/read.ts';
import { restoreBackup } from '../backup/restore.ts';
import { writeBackup } from '../backup/write.ts';
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';
import { exists } from '../files.ts';
import { openUnmigrated, refuseHalfRestored } from '../storage/database.ts';
import { readSettings, type SettingOptions } from './settings.ts';

interface BackupOptions extends SettingOptions {
  logits?: boolean;
  url?: string;
}

/**
 * Writes aside, reads all of it again, and renames.
 * @param place the file to write, or a folder for one that is named by the time
 * @throws DistilleryError CONFLICT for a file that exists, UNAVAILABLE where another process holds an embedded database
 */
export async function backup(place: string, options: BackupOptions): Promise<void> {
  const config = readSettings(options);
  const file = await fileFor(place);
  await mkdir(dirname(file), { recursive: true });
  const aside = `${file}.partial`;
  try {
    // Hashes of keys are in it, and people's reviews.
    const output = createWriteStream(aside, { flush: true, mode: 0o600 });
    if (options.url === undefined) await writeHere(config, options.logits ?? false, dirname(file), output);
    else await download(options.url, config.apiKey, options.logits ?? false, output);
    const manifest = await readBackup(aside);
    await rename(aside, file);
    process.stdout.write(`${file}: ${described(manifest)}\n`);
  } finally {
    await rm(aside, { force: true });
  }
}

/** @throws DistilleryError as {@link restoreBackup} */
export async function restore(file: string, options: SettingOptions): Promise<void> {
  const config = readSettings(options);
  const { dataDirectory } = config;
  const manifest = await restoreBackup(file, config, await usableStore(config));
  process.stdout.write(`${dataDirectory}: ${described(manifest)}\n`);
}

async function fileFor(place: string): Promise<string> {
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const moment = new Date().toISOString().replace(/\..*$/, 'Z').replaceAll(':', '-');
  const file = resolve(isFolder ? join(place, `distillery-${moment}.tar`) : place);
  if (!(await exists(file))) return file;
  throw new DistilleryError('CONFLICT', `${file} exists. Name a new file.`, { file });
}

async function writeHere(config: Config, logits: boolean, spoolIn: string, output: Writable): Promise<void> {
  const { dataDirectory, databaseUrl } = config;
  await refuseHalfRestored(dataDirectory);
  if (databaseUrl === undefined && !(await exists(join(dataDirectory, 'database'))))
    throw new DistilleryError('NOT_FOUND', `There is no database in ${dataDirectory}.`, { dataDirectory });
  const database = await openUnmigrated({ dataDirectory, databaseUrl }).catch((error: unknown) => {
    if (!(error instanceof DistilleryError) || databaseUrl !== undefined) throw error;
    const message = `${error.message} A server that runs makes a backup of itself: add --url with its address.`;
    throw new DistilleryError(error.code, message, error.facts, { cause: error });
  });
  try {
    const store = await usableStore(config);
    await writeBackup({ database, dataDirectory, store, logits, spoolIn }, output);
  } finally {
    await database.close();
  }
}

async function usableStore(config: Config): Promise<ArtefactStore> {
  const store = await openArtefacts(config);
  await store.requireUsable();
  return store;
}

/** @param url of the server, with or without the path of its GraphQL endpoint */
async function download(
  url: string,
  apiKey: string | undefined,
  logits: boolean,
  output: Writable,
): Promise<void> {
  const address = new URL(`/backup.tar${logits ? '?logits=1' : ''}`, url);
  const response = await fetch(address, {
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
  }).catch((cause: unknown) => {
    throw new DistilleryError('UNAVAILABLE', `No server answers at ${address.origin}.`, {}, { cause });
  });
  if (!response.ok || !response.body) {
    const { errors = [] } = (await response.json().catch(() => ({}))) as { errors?: { message: string }[] };
    throw new DistilleryError(
      response.status === 401 ? 'UNAUTHENTICATED' : 'UNAVAILABLE',
      `The server at ${address.origin} gives no backup: ${errors[0]?.message ?? `it answers ${response.status}.`}`,
      { status: response.status },
    );
  }
  await pipeline(Readable.fromWeb(response.body), output);
}

function described({ release, createdAt, members }: Manifest): string {
  const sizes = Object.values(members).map(({ bytes }) => bytes);
  const megabytes = sizes.reduce((sum, bytes) => sum + bytes, 0) / 1e6;
  return `the backup of ${createdAt} by release ${release}, ${sizes.length} members, ${megabytes.toFixed(1)} MB`;
}
