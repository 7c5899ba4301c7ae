/** A whole server on a data directory of its own, and what tests ask it with. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type ExecutionResult } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startApp, type App } from '../../src/app.ts';
import { DistilleryClient } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import { DistilleryError } from '../../src/errors.ts';
import type { Logger } from '../../src/log.ts';
import type { ModelCard } from '../../src/models/card.ts';
import type { ModelVersion } from '../../src/models/registry.ts';
import { startServer } from '../../src/server.ts';
import type { RunInChild } from '../../src/training/child.ts';
import { wordSpotter } from '../serving/tinyModel.ts';

export interface TestServer {
  readonly app: App;
  readonly url: string;
  readonly client: DistilleryClient;
  stop(): Promise<void>;
}

interface TestOptions {
  /** DISTILLERY_… variables. */
  environment?: Record<string, string>;
  runInChild?: RunInChild;
  logger?: Logger;
}

export async function startTestServer({
  environment = {},
  ...options
}: TestOptions = {}): Promise<TestServer> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'distillery-graphql-'));
  const config = readConfig({
    DISTILLERY_DATA_DIRECTORY: dataDirectory,
    DISTILLERY_PORT: '0',
    DISTILLERY_LOG_LEVEL: 'silent',
    // None: a test counts on its own models alone, unless it names the released ones.
    DISTILLERY_RELEASED_MODELS: join(dataDirectory, 'none'),
    DISTILLERY_SERVING_THREADS: '1',
    ...environment,
  });
  const app = await startApp(config, options);
  const server = await startServer(app);
  return {
    app,
    url: server.url,
    client: new DistilleryClient({ url: server.url, apiKey: config.apiKey }),
    stop: async () => {
      await server.stop();
      await app.stop();
      await rm(dataDirectory, { recursive: true });
    },
  };
}

/** Publishes a model that looks for the words "good" and "bad". */
export async function publishSpotter(
  { app }: TestServer,
  name: string,
  facts: Partial<ModelCard> = {},
): Promise<ModelVersion> {
  const { folder, card } = await wordSpotter(await mkdtemp(join(app.config.dataDirectory, 'prepared-')));
  return app.registry.publish(folder, { ...card, ...facts, name });
}

/** A run that goes on until it is told to stop. */
export const untilCancelled: RunInChild = (_job, { signal }) =>
  new Promise((_resolve, reject) => {
    const stop = () => reject(new DistilleryError('CANCELLED', 'stopped'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });

/** All results of one operation over a WebSocket, or what refused it. */
export async function overWebSocket(
  url: string,
  query: string,
  {
    variables = {},
    extensions = {},
    apiKey,
  }: {
    variables?: Record<string, unknown>;
    extensions?: Record<string, unknown>;
    apiKey?: string;
  } = {},
): Promise<ExecutionResult[]> {
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(apiKey === undefined ? {} : { connectionParams: { apiKey } }),
  });
  try {
    const results: ExecutionResult[] = [];
    for await (const result of client.iterate({ query, variables, extensions }))
      results.push(result as ExecutionResult);
    return results;
  } finally {
    await client.dispose();
  }
}
