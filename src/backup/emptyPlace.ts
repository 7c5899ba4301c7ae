/** Whether a backup may be restored into a place: nothing there may be lost or mixed up with it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DistilleryError } from '../errors.ts';
import { openUnmigrated, type DatabaseOptions } from '../storage/database.ts';
import { migrationLevel } from '../storage/migrations.ts';
import type { ArtefactStore } from '../artefacts/store.ts';
import { folders } from './manifest.ts';

/** Downloads and pretrained checkpoints may be there. @throws DistilleryError CONFLICT saying what is in the way */
export async function checkEmpty(place: DatabaseOptions, store: ArtefactStore): Promise<void> {
  const { dataDirectory, databaseUrl } = place;
  for (const name of databaseUrl === undefined ? [...folders, 'database'] : folders) {
    const folder = join(dataDirectory, name);
    const entries = await readdir(folder).catch(() => []);
    if (entries.length > 0)
      throw occupied(`${folder} is not empty. Name a new data directory, or move the old one away.`, folder);
  }
  for (const name of folders) {
    const [first] = await store.list(`${name}/`);
    if (first !== undefined)
      throw occupied(`The artefact store has ${first} already. Name another bucket or prefix.`, null);
  }
  if (databaseUrl === undefined) return;
  const database = await openUnmigrated(place);
  try {
    if ((await migrationLevel(database)) > 0)
      throw occupied('The database in DATABASE_URL has been used by Distillery. Make a new one.', null);
  } finally {
    await database.close();
  }
}

function occupied(what: string, folder: string | null): DistilleryError {
  return new DistilleryError('CONFLICT', `A backup is restored into an empty place only. ${what}`, {
    folder,
  });
}
