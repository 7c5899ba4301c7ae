/** Which files a backup holds: those of the data directory that can't be made or fetched again. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetCatalogue } from '../data/catalogue.ts';
import { DistilleryError } from '../errors.ts';
import type { Queries } from '../storage/database.ts';
import type { Table } from './rows.ts';

export interface FileToBackUp {
  /** In the data directory, with slashes. */
  readonly path: string;
  /** It may vanish while the backup is made: its run has ended meanwhile. */
  readonly fleeting: boolean;
}

/** Complete at any time, since they are written aside and renamed; what else a run prepares is made again. */
const ofRun = /^(checkpoint\.safetensors|measurements\/[^/]+\.json)$/;

/**
 * Of the models, surveys and runs that the rows name, and all imported datasets.
 * @param queries at the moment whose rows are backed up
 * @param tables that the database has
 * @throws DistilleryError NOT_FOUND where the folder of a model is not there
 */
export async function filesToBackUp(
  queries: Queries,
  tables: readonly Table[],
  dataDirectory: string,
  { logits }: { logits: boolean },
): Promise<FileToBackUp[]> {
  const inside = async (folder: string, wanted = /^/) =>
    (await filesBelow(join(dataDirectory, folder)))
      .filter((name) => wanted.test(name))
      .map((name) => `${folder}/${name}`);
  const lasting: string[] = [];
  for (const path of await modelPaths(queries)) {
    const files = await inside(`models/${path}`);
    if (files.length === 0) throw lacksModel(dataDirectory, path);
    lasting.push(...files);
  }
  for (const name of await new DatasetCatalogue({ dataDirectory }).imported())
    lasting.push(...(await inside(`datasets/${name}`)));
  const fleeting: string[] = [];
  // A database of an earlier release may have none.
  const surveys = tables.includes('surveys') ? await idsOf(queries, 'surveys', 'true') : [];
  for (const id of surveys) fleeting.push(...(await inside(`surveys/${id}`)));
  for (const id of await idsOf(queries, 'runs', "state <> 'succeeded'"))
    fleeting.push(...(await inside(`runs/${id}`, ofRun)));
  if (logits) fleeting.push(...(await inside('logits', /\.f32$/)));
  return [
    ...lasting.map((path) => ({ path, fleeting: false })),
    ...fleeting.map((path) => ({ path, fleeting: true })),
  ];
}

/** Released models come with the code. */
async function modelPaths({ executeSql }: Queries): Promise<string[]> {
  const { rows } = await executeSql(
    "select path from model_versions where root = 'data' order by name, version",
  );
  return rows.map(({ path }) => String(path));
}

function lacksModel(dataDirectory: string, path: string): DistilleryError {
  const folder = join(dataDirectory, 'models', path);
  return new DistilleryError(
    'NOT_FOUND',
    `The database names a model that is not here: there is no folder ${folder}. Make the backup where the models are.`,
    { folder },
  );
}

async function idsOf({ executeSql }: Queries, table: string, condition: string): Promise<string[]> {
  const { rows } = await executeSql(`select id from ${table} where ${condition} order by position`);
  return rows.map(({ id }) => String(id));
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
