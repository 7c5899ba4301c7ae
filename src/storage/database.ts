/** The database: PGlite inside the data directory, or a PostgreSQL server. The rest of the code can't tell them apart. */
import { join } from 'node:path';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { DistilleryError } from '../errors.ts';
import { exists } from '../files.ts';
import { migrationsFolder } from './migrations.ts';
import { openPglite } from './pglite.ts';
import { openPostgresql } from './postgresql.ts';

export type Row = Record<string, unknown>;
export type Orm = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/** What runs queries: the database itself, or one transaction on it. */
export interface Queries {
  readonly orm: Orm;
  /** Text with $1, $2, … and their values. Without values the text may hold several statements; the last one's rows return. */
  executeSql(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
}

export type Transaction = Queries;

export interface Database extends Queries {
  readonly kind: 'pglite' | 'postgresql';
  /** Commits when `work` resolves, rolls back when it rejects. Inside, use the transaction's queries only. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /**
   * Calls `handler` with the payload of each notification on `channel` (lower-case letters and "_").
   * However many handlers a channel has, this process listens once. After a lost connection came back,
   * every handler is called with an empty payload: something may have been missed.
   * @returns removes the handler
   */
  listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** PGlite keeps its files in `<dataDirectory>/database`. */
  dataDirectory: string;
  /** A PostgreSQL address; without one PGlite is used. */
  databaseUrl?: string | undefined;
  /** Of PostgreSQL: the most connections, beside the one that listens. */
  databaseConnections?: number | undefined;
  /** False: on PostgreSQL no notification comes, and no connection waits for any. */
  listens?: boolean | undefined;
}

/** Where a restore gathers everything. As long as it is there, the data directory and its database are not whole. */
export const restoringFolder = (dataDirectory: string): string => join(dataDirectory, 'restoring');

/**
 * Opens the database and brings its tables up to date.
 * @throws DistilleryError UNAVAILABLE where another process holds the data directory or PostgreSQL does not answer,
 *   CONFLICT where a restore was broken off
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  await refuseHalfRestored(options.dataDirectory);
  return open(options, migrationsFolder);
}

/** Opens the database as it is. @throws DistilleryError UNAVAILABLE as {@link openDatabase} */
export async function openUnmigrated(options: DatabaseOptions): Promise<Database> {
  return open(options, null);
}

async function open(options: DatabaseOptions, migrations: string | null): Promise<Database> {
  const { databaseUrl, databaseConnections: connections = 10, listens = true } = options;
  if (databaseUrl) return openPostgresql(databaseUrl, migrations, { connections, listens });
  return openPglite(options.dataDirectory, migrations);
}

/** @throws DistilleryError CONFLICT */
export async function refuseHalfRestored(dataDirectory: string): Promise<void> {
  const folder = restoringFolder(dataDirectory);
  if (!(await exists(folder))) return;
  throw new DistilleryError(
    'CONFLICT',
    `A restore into ${dataDirectory} is under way, or was broken off. Wait for its end, or run "distillery restore" again: it begins anew.`,
    { folder },
  );
}
