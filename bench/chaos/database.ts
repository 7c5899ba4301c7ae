/** A database of a measurement's own on a PostgreSQL server that may hold others. */
import pg from 'pg';

export interface OwnDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** @param purpose a part of its name: lower-case letters */
export async function createDatabase(server: string, purpose: string): Promise<OwnDatabase> {
  const name = `distillery_${purpose}_${process.pid}_${Date.now().toString(36)}`;
  await runStatement(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runStatement(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** One statement, by a connection that is closed at once. */
export async function runStatement(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
