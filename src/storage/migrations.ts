/** The numbered migrations: which there are, how far a database has come, and single steps of the way. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type { Queries, Transaction } from './database.ts';

/** The same depth below the repository's root in src/ and in dist/. */
export const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Any fixed number: processes that start together migrate one after another. */
export const migrationLock = 7_303_115_207;

/** Names of the migrations in their order; a database at level n has had the first n of them. */
export function migrationNames(): string[] {
  const journal = JSON.parse(readFileSync(join(migrationsFolder, 'meta', '_journal.json'), 'utf8')) as {
    entries: { tag: string }[];
  };
  return journal.entries.map(({ tag }) => tag);
}

/** How many migrations the database has had; 0 where it is none of Distillery's yet. */
export async function migrationLevel(queries: Queries): Promise<number> {
  const { rows } = await queries.executeSql(
    "select to_regclass('drizzle.__drizzle_migrations') is not null as there",
  );
  if (rows[0]?.there !== true) return 0;
  const counted = await queries.executeSql('select count(*)::int as level from drizzle.__drizzle_migrations');
  return Number(counted.rows[0]?.level);
}

/** Brings a database from one level to a higher one, as the migrations that are applied at start would. */
export async function applyMigrations(transaction: Transaction, from: number, to: number): Promise<void> {
  await transaction.executeSql(`create schema if not exists drizzle;
    create table if not exists drizzle.__drizzle_migrations
      (id serial primary key, hash text not null, created_at bigint)`);
  for (const { sql, hash, folderMillis } of readMigrationFiles({ migrationsFolder }).slice(from, to)) {
    for (const statement of sql) await transaction.executeSql(statement);
    await transaction.executeSql(
      'insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)',
      [hash, folderMillis],
    );
  }
}
