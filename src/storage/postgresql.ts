/** A PostgreSQL server: a pool for queries and one connection that listens, made anew when it breaks. */
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { DistilleryError, errorDetails } from '../errors.ts';
import { Channels } from './channels.ts';
import type { Database, Orm, Queries, Row } from './database.ts';
import { migrationLock } from './migrations.ts';
import { asOutage } from './outage.ts';

const longestReconnectMs = 10_000;
/**
 * A process that is stopped amidst a transaction holds its locks: others would wait for it. The longest that a
 * transaction of ours waits for anything but the database is for the files of a model that it moves into place.
 */
const longestIdleTransactionMs = 120_000;
const keptAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/** @param migrationsFolder null to leave the tables as they are */
export async function openPostgresql(
  databaseUrl: string,
  migrationsFolder: string | null,
  { connections, listens }: { connections: number; listens: boolean },
): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    application_name: 'distillery',
    connectionTimeoutMillis: 30_000,
    idle_in_transaction_session_timeout: longestIdleTransactionMs,
    ...keptAlive,
  });
  // The pool has already dropped the idle connection that broke; the next query opens another.
  pool.on('error', () => undefined);
  const listener = new Listener(databaseUrl);
  try {
    if (migrationsFolder) await migrateAlone(pool, migrationsFolder);
    if (listens) await listener.connect();
  } catch (error) {
    await listener.close();
    await pool.end();
    throw unreachable(databaseUrl, error);
  }
  let closing: Promise<void> | null = null;
  return {
    kind: 'postgresql',
    ...queriesOn(pool),
    transaction: (work) => inTransaction(pool, work),
    listen: (channel, handler) => listener.channels.add(channel, handler),
    close: () => (closing ??= listener.close().then(() => pool.end())),
  };
}

async function migrateAlone(pool: pg.Pool, migrationsFolder: string): Promise<void> {
  const client = await pool.connect();
  client.on('error', ignore);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    try {
      await migrate(drizzle({ client }), { migrationsFolder });
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [migrationLock]);
    }
  } finally {
    client.off('error', ignore);
    client.release();
  }
}

/** The query that goes on, or the next one, rejects with the same; unheard, it would end the process. */
const ignore = () => undefined;

async function inTransaction<T>(pool: pg.Pool, work: (queries: Queries) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch(rethrowOutage);
  client.on('error', ignore);
  let broken: Error | undefined;
  try {
    await client.query('BEGIN').catch(rethrowOutage);
    const result = await work(queriesOn(client));
    await client.query('COMMIT').catch(rethrowOutage);
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

function rethrowOutage(error: unknown): never {
  throw asOutage(error);
}

function queriesOn(client: pg.Pool | pg.PoolClient): Queries {
  const query = client.query.bind(client) as (...what: unknown[]) => Promise<pg.QueryResult<Row>>;
  const telling = { query: (...what: unknown[]) => query(...what).catch(rethrowOutage) };
  return {
    orm: drizzle({ client: telling as unknown as pg.Client }) as unknown as Orm,
    async executeSql(text, values) {
      if (values && values.length > 0) return telling.query(text, [...values]);
      const results: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await telling.query(text);
      const last = Array.isArray(results) ? results.at(-1) : results;
      return { rows: (last as pg.QueryResult<Row> | undefined)?.rows ?? [] };
    },
  };
}

class Listener {
  readonly channels = new Channels(
    // While there is no connection, reconnecting listens to all channels.
    async (channel) => void (await this.#client?.query(`LISTEN ${channel}`).catch(rethrowOutage)),
    // A connection that broke listens to nothing any more.
    async (channel) => void (await this.#client?.query(`UNLISTEN ${channel}`).catch(ignore)),
  );
  readonly #databaseUrl: string;
  #client: pg.Client | null = null;
  #retry: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
  }

  async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#databaseUrl,
      application_name: 'distillery-listen',
      ...keptAlive,
    });
    client.on('error', ignore); // 'end' follows
    client.on('notification', ({ channel, payload }) => this.channels.deliver(channel, payload ?? ''));
    await client.connect();
    client.once('end', () => {
      if (this.#client === client) this.#client = null;
      this.#reconnect(100);
    });
    for (const channel of this.channels.names) await client.query(`LISTEN ${channel}`);
    if (this.#closed) return void (await client.end());
    this.#client = client;
    // Channels that were added while the connection was being made.
    for (const channel of this.channels.names) await client.query(`LISTEN ${channel}`);
  }

  #reconnect(waitMs: number): void {
    if (this.#closed || this.#retry) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.connect().then(
        () => this.channels.deliverMissed(),
        () => this.#reconnect(Math.min(waitMs * 2, longestReconnectMs)),
      );
    }, waitMs);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry) clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = null;
    await client?.end();
  }
}

function unreachable(databaseUrl: string, cause: unknown): unknown {
  const code = errorDetails(cause).code ?? '';
  const connectionFailed = /^(ECONN|ENOTFOUND|ETIMEDOUT|EAI_|EHOSTUNREACH|28|3D000|57P03|53300)/.test(code);
  if (!connectionFailed) return cause;
  const address = URL.canParse(databaseUrl) ? new URL(databaseUrl) : null;
  const where = address ? `${address.host}${address.pathname}` : 'the given address';
  return new DistilleryError(
    'UNAVAILABLE',
    `PostgreSQL at ${where} can't be used (${code}). Check DATABASE_URL and that the server and its database exist.`,
    { host: address?.host ?? null, reason: code },
    { cause },
  );
}
