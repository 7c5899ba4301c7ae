/** Runs one suite against every database: PGlite always, PostgreSQL where one answers, in databases of the suite's own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { createDatabase as createOn, runStatement, type OwnDatabase } from '../../bench/chaos/database.ts';
import { openDatabase } from '../../src/storage/database.ts';
import type { Database } from '../../src/storage/database.ts';

const server = process.env.DISTILLERY_TEST_POSTGRESQL ?? 'postgres://postgres@127.0.0.1:5432/test';

export interface Place {
  readonly kind: Database['kind'];
  readonly database: Database;
  readonly dataDirectory: string;
  /** undefined for PGlite */
  readonly databaseUrl: string | undefined;
  /** Another connection pool on PostgreSQL; on PGlite the one that is open, since there can't be a second. */
  another(): Promise<Database>;
  /** Closes the database as a clean stop does, then opens it again. */
  reopen(): Promise<Database>;
}

/** Whether one answers. */
export const postgresql = await answers();
if (!postgresql)
  process.stderr.write(
    'Tests on PostgreSQL are skipped, since none answers: set DISTILLERY_TEST_POSTGRESQL to the address of one where databases may be created.\n',
  );

/** @param name the test file's, from which its own PostgreSQL database is named */
export function onEachDatabase(name: string, suite: (place: Place) => void): void {
  describe('on PGlite', () => {
    suite(prepare('pglite', async () => ({ url: undefined, drop: async () => undefined })));
  });
  const describeOrSkip = postgresql ? describe : describe.skip;
  describeOrSkip('on PostgreSQL', () => {
    suite(prepare('postgresql', () => createDatabase(name)));
  });
}

function prepare(
  kind: Database['kind'],
  create: () => Promise<{ url: string | undefined; drop: () => Promise<void> }>,
): Place {
  let dataDirectory = '';
  let created: Awaited<ReturnType<typeof create>>;
  let database: Database;
  const others: Database[] = [];
  const open = () => openDatabase({ dataDirectory, databaseUrl: created.url });
  beforeAll(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'distillery-test-'));
    created = await create();
    database = await open();
  });
  afterAll(async () => {
    await Promise.all(others.map((other) => other.close()));
    await database?.close();
    await created?.drop();
    await rm(dataDirectory, { recursive: true, force: true });
  });
  return {
    kind,
    get database() {
      return database;
    },
    get dataDirectory() {
      return dataDirectory;
    },
    get databaseUrl() {
      return created.url;
    },
    async another() {
      if (database.kind === 'pglite') return database;
      const other = await open();
      others.push(other);
      return other;
    },
    async reopen() {
      await database.close();
      database = await open();
      return database;
    },
  };
}

/** A new database; on a server that may hold others, nothing but databases from here is touched. */
export function createDatabase(name: string): Promise<OwnDatabase> {
  return createOn(server, `test_${name}`);
}

/** Outside of any suite's own database. */
export function onServer(statement: string): Promise<void> {
  return runStatement(server, statement);
}

async function answers(): Promise<boolean> {
  return onServer('SELECT 1').then(
    () => true,
    () => false,
  );
}
