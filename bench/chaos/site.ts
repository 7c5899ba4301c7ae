/** The processes of one chaos test on this machine: servers behind proxies, workers, and their database. */
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../serverProcess.ts';
import { cuttableProxy } from './cuttableProxy.ts';
import type { Target } from './faults.ts';
import { KeptProcess } from './keptProcess.ts';

export interface SiteOptions {
  /** What follows `node` before the name of a command of ours. */
  readonly command: readonly string[];
  /** A new folder. */
  readonly dataDirectory: string;
  /** A new database; null for PGlite, which one server has to itself. */
  readonly databaseUrl: string | null;
  readonly servers: number;
  /** Beside the servers; without any, the servers train. */
  readonly workers: number;
  readonly leaseSeconds: number;
}

export interface Site {
  readonly target: Target;
  /** Of the servers' GraphQL endpoints, without a proxy in between. */
  readonly urls: readonly string[];
  close(): Promise<void>;
}

export async function openSite(options: SiteOptions): Promise<Site> {
  const { dataDirectory, databaseUrl, leaseSeconds } = options;
  const environment = {
    DATABASE_URL: databaseUrl ?? '',
    DISTILLERY_DATA_DIRECTORY: dataDirectory,
    DISTILLERY_RELEASED_MODELS: join(dataDirectory, 'none'),
    DISTILLERY_LOG_LEVEL: 'info',
    DISTILLERY_LEASE_SECONDS: String(leaseSeconds),
    // Each kill of a worker is a try of its run.
    DISTILLERY_RUN_TRIES: '1000',
    DISTILLERY_CHECKPOINT_SECONDS: '1',
    DISTILLERY_TRAINING_THREADS: '1',
    DISTILLERY_SERVING_WORKERS: '1',
    DISTILLERY_WORKER_PORT: '0',
  };
  const keep = (name: string, command: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    new KeptProcess({
      command: [...options.command, ...command],
      environment: { ...environment, ...more },
      log: join(dataDirectory, `${name}.log`),
    });
  // Each keeps its port when it is started again
  const ports = await Promise.all(numbers(options.servers).map(() => freePort()));
  const urls = ports.map((port) => `http://127.0.0.1:${port}/graphql`);
  const concurrentRuns = options.workers > 0 ? '0' : '1';
  const servers = ports.map((port, index) =>
    keep(`server-${index + 1}`, ['serve', '--port', String(port)], {
      DISTILLERY_CONCURRENT_RUNS: concurrentRuns,
    }),
  );
  const workers = numbers(options.workers).map((number) => keep(`worker-${number}`, ['worker']));
  const proxies = await Promise.all(urls.map((url) => cuttableProxy(url)));
  const connections = databaseUrl === null ? null : await connectionsOf(databaseUrl);
  return {
    target: {
      workers: options.workers > 0 ? workers : servers,
      servers,
      proxies,
      cutDatabase: connections && ((all) => connections.cut(all)),
      leaseMs: 1_000 * leaseSeconds,
    },
    urls,
    close: async () => {
      await Promise.all([...workers, ...servers].map((process) => process.stop()));
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await connections?.close();
    },
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

async function connectionsOf(
  databaseUrl: string,
): Promise<{ cut(all: boolean): Promise<number>; close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'chaos' });
  await client.connect();
  return {
    cut: async (all) => {
      const { rowCount } = await client.query(
        `SELECT pg_terminate_backend(pid) FROM
           (SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND application_name LIKE 'distillery%'
            ORDER BY random() LIMIT $1) AS connections`,
        [all ? null : 1],
      );
      return rowCount ?? 0;
    },
    close: () => client.end(),
  };
}
