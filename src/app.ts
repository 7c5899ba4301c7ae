/** Puts the parts of a process together: database, models, datasets and queue; for a server also serving. */
import { hostname, totalmem } from 'node:os';
import { ApiKeys } from './access/apiKeys.ts';
import { AuditLog } from './access/auditLog.ts';
import { openArtefacts } from './artefacts/open.ts';
import type { Config } from './config.ts';
import { DatasetCatalogue } from './data/catalogue.ts';
import { DistilleryError } from './errors.ts';
import type { Services } from './graphql/context.ts';
import { RunQueue, type QueueTiming } from './jobs/runQueue.ts';
import { SurveyRunner } from './jobs/surveyRunner.ts';
import { createLogger, type Logger } from './log.ts';
import { ModelRegistry } from './models/registry.ts';
import { describeEngines, type EngineDescription } from './nn/runtime/engines.ts';
import { Routes } from './serving/routes.ts';
import { Serving } from './serving/serving.ts';
import { openDatabase, type Database } from './storage/database.ts';
import { ProgressLog } from './storage/progressLog.ts';
import { RunStore } from './storage/runs.ts';
import { SurveyStore } from './storage/surveys.ts';
import type { WorkerDescription } from './storage/workers.ts';
import { Metrics } from './telemetry/metrics.ts';
import { observedRuns } from './telemetry/runs.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { version } from './telemetry/version.ts';
import { runInChild, type RunInChild } from './training/child.ts';

export interface App extends Services {
  /** Lets running work come to rest, then closes everything. May be called twice. */
  stop(): Promise<void>;
}

/** A process that works runs off and serves nothing. */
export type WorkerApp = Omit<App, 'serving' | 'routes' | 'audit'>;

export interface AppOptions {
  logger?: Logger;
  /** How runs are executed; for tests of other things than runs. */
  runInChild?: RunInChild;
  timing?: Partial<QueueTiming>;
}

/**
 * All datasets, for commands that need no server.
 * @throws DistilleryError UNAVAILABLE where the artefact store can't be used
 */
export async function openCatalogue(config: Config): Promise<DatasetCatalogue> {
  const store = await openArtefacts(config);
  await store.requireUsable();
  return new DatasetCatalogue({ ...config, store });
}

/**
 * The models alone, for commands that need no server: nothing is served, and no run is worked off.
 * @throws DistilleryError UNAVAILABLE where another process holds the data directory, or the artefact store can't be used
 */
export async function openRegistry(
  config: Config,
): Promise<{ registry: ModelRegistry; close: () => Promise<void> }> {
  const store = await openArtefacts(config);
  await store.requireUsable();
  const database = await openDatabase(config);
  const registry = new ModelRegistry(database, config.dataDirectory, config.releasedModels, store);
  try {
    await registry.start();
  } catch (error) {
    await database.close();
    throw error;
  }
  return { registry, close: () => database.close() };
}

/**
 * The API keys alone, for commands that need no server.
 * @throws DistilleryError UNAVAILABLE where another process holds the data directory
 */
export async function openKeys(config: Config): Promise<{ keys: ApiKeys; close: () => Promise<void> }> {
  const database = await openDatabase(config);
  return { keys: new ApiKeys(database), close: () => database.close() };
}

/**
 * Opens everything that a server needs and starts working off runs.
 * @throws DistilleryError BAD_USER_INPUT where nobody could ever work runs off; UNAVAILABLE where another process holds
 *   the data directory, or the artefact store can't be used
 */
export async function startApp(config: Config, options: AppOptions = {}): Promise<App> {
  if (config.concurrentRuns === 0) {
    requireSharedDatabase(config, 'DISTILLERY_CONCURRENT_RUNS=0 leaves all runs to other processes');
  }
  const work = await openWork(config, options);
  const { registry, logger, metrics } = work.services;
  const serving = new Serving(config, metrics.models, (model) => registry.requireFiles(model));
  const routes = new Routes({ registry, serving, logger, config });
  const audit = new AuditLog(work.services.database, logger, config);
  const stop = once(async () => {
    await work.rest();
    await routes.stop();
    await serving.stop();
    audit.stop();
    await work.close();
  });
  await startOrStop(stop, async () => {
    await work.findModels();
    await audit.start();
    await routes.start();
    await work.start();
  });
  return { ...work.services, audit, serving, routes, stop };
}

/**
 * Opens what working off runs needs, and starts it.
 * @throws DistilleryError BAD_USER_INPUT without a database that other processes share
 */
export async function startWorker(config: Config, options: AppOptions = {}): Promise<WorkerApp> {
  requireSharedDatabase(config, 'A worker takes the runs that servers queue');
  const { concurrentRuns, databaseConnections = 3, workerListens } = config;
  const own = { ...config, concurrentRuns: Math.max(1, concurrentRuns), databaseConnections };
  const work = await openWork({ ...own, listens: workerListens }, options);
  const stop = once(async () => {
    await work.rest();
    await work.close();
  });
  await startOrStop(stop, async () => {
    await work.findModels();
    await work.start();
  });
  return { ...work.services, stop };
}

/** What all processes have in common: opened, but not started. */
interface Work {
  services: Omit<WorkerApp, 'stop'>;
  findModels(): Promise<void>;
  /** Begins with runs and surveys. */
  start(): Promise<void>;
  /** Puts running work back into the queue. */
  rest(): Promise<void>;
  close(): Promise<void>;
}

async function openWork(config: Config & { listens?: boolean }, options: AppOptions): Promise<Work> {
  const { logger = createLogger(config.logLevel) } = options;
  const engine = await describeEngines(config.engine);
  logger.info({ engine: engine.chosen, reason: engine.reason }, 'engine for training');
  const metrics = new Metrics();
  const tracing = await openTracing(config, logger);
  const artefacts = await openArtefacts(config);
  await artefacts.requireUsable();
  const database: Database = await openDatabase(config);
  const runs = new RunStore(database);
  const surveys = new SurveyStore(database);
  const progress = new ProgressLog(database);
  const registry = new ModelRegistry(database, config.dataDirectory, config.releasedModels, artefacts);
  const keys = new ApiKeys(database);
  const stores = { database, runs, surveys, progress, registry, artefacts, keys };
  const observed = observedRuns(options.runInChild ?? runInChild, { metrics, tracing });
  const self = describeSelf(config, engine);
  const { timing = {} } = options;
  const queue = new RunQueue({ ...stores, config, self, logger, runInChild: observed, timing });
  const catalogue = new DatasetCatalogue({ ...config, store: artefacts });
  const surveyRunner = new SurveyRunner({ ...stores, queue, catalogue, logger });
  return {
    services: { ...stores, config, logger, queue, surveyRunner, catalogue, metrics, tracing },
    findModels: async () => {
      const { registered, ignored } = await registry.start();
      if (registered.length > 0)
        logger.info({ models: registered }, 'models that were found have been registered');
      for (const { folder, reason } of ignored)
        logger.warn({ folder, reason }, 'a model folder was passed over');
    },
    start: async () => {
      await keys.start();
      await queue.start();
      await surveyRunner.start();
    },
    rest: async () => {
      await surveyRunner.stop();
      await queue.stop();
    },
    close: async () => {
      await progress.close();
      await keys.stop();
      await database.close();
      await tracing?.stop();
    },
  };
}

function describeSelf(config: Config, { chosen, available }: EngineDescription): WorkerDescription {
  return {
    host: hostname(),
    release: version,
    engine: chosen,
    // ONNX Runtime is asked for its processor alone.
    gpu: chosen === 'tfjs-node-gpu' && available.some((one) => one.name === chosen && one.available),
    threads: config.trainingThreads,
    concurrentRuns: config.concurrentRuns,
    memoryBytes: totalmem(),
  };
}

function requireSharedDatabase({ databaseUrl }: Config, why: string): void {
  if (databaseUrl) return;
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `${why}, so they need a database that several processes can open: the embedded one is held by one process. Set DATABASE_URL to the address of a PostgreSQL server, the same for all of them.`,
  );
}

const once = (work: () => Promise<void>): (() => Promise<void>) => {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
};

async function startOrStop(stop: () => Promise<void>, start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openTracing({ traceEndpoint }: Config, logger: Logger): Promise<Tracing | null> {
  if (traceEndpoint === undefined) return null;
  const { Tracing } = await import('./telemetry/tracing.ts');
  return new Tracing(traceEndpoint, logger);
}
