/** Which files a backup holds: those of the data directory that can't be made or fetched again. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetCatalogue } from '../data/catalogue.ts';
import { DistilleryError } from '../errors.ts';
import { exists } from '../files.ts';
import type { Queries } from '../storage/database.ts';
import type { ArtefactStore } from '../artefacts/store.ts';
import type { Table } from './rows.ts';

/** What the rows of one moment name. */
export interface NamedFiles {
  /** Folders below models/. */
  readonly models: readonly string[];
  /** Ids of surveys, and of runs that may go on. */
  readonly surveys: readonly string[];
  readonly runs: readonly string[];
}

export interface FileToBackUp {
  /** In the data directory, with slashes. */
  readonly path: string;
  /** It may vanish while the backup is made: its run has ended meanwhile. */
  readonly fleeting: boolean;
}

/** Complete at any time, since they are written aside and renamed; what else a run prepares is made again. */
const ofRun = /^(\d+\/)?(checkpoint\.safetensors|measurements\/[^/]+\.json)$/;

/** @param tables that the database has: one of an earlier release may have no surveys */
export async function namedFiles({ executeSql }: Queries, tables: readonly Table[]): Promise<NamedFiles> {
  const column = async (name: string, from: string) =>
    (await executeSql(`select ${name} as value from ${from}`)).rows.map(({ value }) => String(value));
  return {
    // Released models come with the code.
    models: await column('path', "model_versions where root = 'data' order by name, version"),
    surveys: tables.includes('surveys') ? await column('id', 'surveys order by position') : [],
    runs: await column('id', "runs where state <> 'succeeded' order by position"),
  };
}

/**
 * The files of what is named, and of all imported datasets; what is elsewhere alone is brought here.
 * @throws DistilleryError NOT_FOUND where the folder of a model is nowhere; what the store fails with
 */
export async function filesToBackUp(
  named: NamedFiles,
  dataDirectory: string,
  store: ArtefactStore,
  { logits }: { logits: boolean },
): Promise<FileToBackUp[]> {
  const bring = async (artefact: string) => {
    if (!(await exists(join(dataDirectory, artefact)))) await store.pull(artefact);
  };
  const bringAll = async (under: string) => {
    for (const artefact of await store.list(under)) await bring(artefact);
  };
  const inside = async (folder: string, wanted = /^/) =>
    (await filesBelow(join(dataDirectory, folder)))
      .filter((name) => wanted.test(name))
      .map((name) => `${folder}/${name}`);

  const lasting: string[] = [];
  for (const path of named.models) {
    await bring(`models/${path}`);
    const files = await inside(`models/${path}`);
    if (files.length === 0) throw lacksModel(dataDirectory, path);
    lasting.push(...files);
  }
  await bringAll('datasets/');
  for (const name of await new DatasetCatalogue({ dataDirectory }).imported())
    lasting.push(...(await inside(`datasets/${name}`)));
  const fleeting: string[] = [];
  for (const id of named.surveys) {
    await bring(`surveys/${id}`);
    fleeting.push(...(await inside(`surveys/${id}`)));
  }
  for (const id of named.runs) {
    await bringAll(`runs/${id}/`);
    fleeting.push(...(await inside(`runs/${id}`, ofRun)));
  }
  if (logits) {
    await bringAll('logits/');
    fleeting.push(...(await inside('logits', /\.f32$/)));
  }
  return [
    ...lasting.map((path) => ({ path, fleeting: false })),
    ...fleeting.map((path) => ({ path, fleeting: true })),
  ];
}

/**
 * What other machines look for of the files of a backup.
 * @param paths in the data directory
 * @returns the artefacts that they are parts of, each once
 */
export function artefactsOf(paths: readonly string[]): string[] {
  const found = paths.flatMap((path) => {
    const parts = path.split('/');
    if (parts[0] === 'models') return parts.slice(0, 3).join('/');
    if (parts[0] === 'datasets' || parts[0] === 'surveys') return parts.slice(0, 2).join('/');
    // Of a run its checkpoint alone: measurements count where they were made.
    return parts[0] === 'logits' || path.endsWith('.safetensors') ? path : [];
  });
  return [...new Set(found)];
}

function lacksModel(dataDirectory: string, path: string): DistilleryError {
  const folder = join(dataDirectory, 'models', path);
  return new DistilleryError(
    'NOT_FOUND',
    `The database names a model that is not here: there is no folder ${folder}. Make the backup where the models are.`,
    { folder },
  );
}

/** Paths of the files below a folder, with slashes, in order; none where there is no such folder. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    if (entry.isFile()) found.push(entry.name);
    if (entry.isDirectory())
      found.push(...(await filesBelow(join(folder, entry.name))).map((below) => `${entry.name}/${below}`));
  }
  return found.sort();
}
