/** The rows of all tables as lines of JSON, written and read by the database itself: every type survives as it is. */
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Queries, Transaction } from '../storage/database.ts';

/**
 * In an order in which each comes after those that it refers to. Left out: `workers`, which are processes of this moment,
 * and pg-boss' jobs, which a queue makes anew for runs that are queued.
 */
export const tables = [
  'models',
  'model_versions',
  'model_aliases',
  'alias_candidates',
  'alias_history',
  'runs',
  'run_epochs',
  'progress_events',
  'surveys',
  'survey_runs',
  'api_keys',
  'audit_entries',
] as const;
export type Table = (typeof tables)[number];

const rowsPerFetch = 200;
/** Of JSON in one statement; a single row may be larger. */
const charactersPerInsert = 1_000_000;

/** From now on the transaction sees one moment of the database. It must not have asked anything before. */
export async function freeze(transaction: Transaction): Promise<void> {
  await transaction.executeSql('set transaction isolation level repeatable read, read only');
}

/** Those that a database has: one of an earlier release lacks some. */
export async function presentTables(queries: Queries): Promise<Table[]> {
  const { rows } = await queries.executeSql(
    "select table_name from information_schema.tables where table_schema = 'public'",
  );
  const present = new Set(rows.map((row) => row.table_name));
  return tables.filter((table) => present.has(table));
}

/** One row a line. @param path a new file's */
export async function writeRows(transaction: Transaction, table: Table, path: string): Promise<void> {
  await transaction.executeSql(
    `declare backed_up no scroll cursor for select row_to_json(t)::text as line from "${table}" t`,
  );
  await pipeline(Readable.from(fetched(transaction)), createWriteStream(path, { flags: 'wx' }));
  await transaction.executeSql('close backed_up');
}

async function* fetched(transaction: Transaction): AsyncGenerator<string> {
  for (;;) {
    const { rows } = await transaction.executeSql(`fetch ${rowsPerFetch} from backed_up`);
    if (rows.length === 0) return;
    // JSON of the database has no line breaks of its own
    yield rows.map(({ line }) => `${String(line)}\n`).join('');
  }
}

/** Adds the rows to an empty table as they were, numbers that the database gives included. */
export async function loadRows(transaction: Transaction, table: Table, path: string): Promise<void> {
  const insert = (lines: readonly string[]) =>
    transaction.executeSql(
      `insert into "${table}" overriding system value
        select * from json_populate_recordset(null::"${table}", $1::json)`,
      [`[${lines.join(',')}]`],
    );
  const file = await open(path);
  let batch: string[] = [];
  let characters = 0;
  for await (const line of file.readLines()) {
    batch.push(line);
    characters += line.length;
    if (characters < charactersPerInsert) continue;
    await insert(batch);
    [batch, characters] = [[], 0];
  }
  if (batch.length > 0) await insert(batch);
}

/** New rows get numbers after those of the loaded ones. */
export async function continueNumbers(transaction: Transaction): Promise<void> {
  const { rows } = await transaction.executeSql(
    `select table_name as "table", column_name as "column" from information_schema.columns
      where table_schema = 'public' and is_identity = 'YES'`,
  );
  for (const { table, column } of rows) {
    await transaction.executeSql(
      `select setval(pg_get_serial_sequence('${String(table)}', '${String(column)}'),
        (select coalesce(max("${String(column)}"), 0) + 1 from "${String(table)}"), false)`,
    );
  }
}
