/** Puts the parts of the process together: database, models, datasets, queue and serving. */
import type { Config } from './config.ts';
import { DatasetCatalogue } from './data/catalogue.ts';
import type { Services } from './graphql/context.ts';
import { RunQueue } from './jobs/runQueue.ts';
import { SurveyRunner } from './jobs/surveyRunner.ts';
import { createLogger, type Logger } from './log.ts';
import { ModelRegistry } from './models/registry.ts';
import { describeEngines } from './nn/runtime/engines.ts';
import { Routes } from './serving/routes.ts';
import { Serving } from './serving/serving.ts';
import { openDatabase } from './storage/database.ts';
import { ProgressLog } from './storage/progressLog.ts';
import { RunStore } from './storage/runs.ts';
import { SurveyStore } from './storage/surveys.ts';
import { Metrics } from './telemetry/metrics.ts';
import { observedRuns } from './telemetry/runs.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { runInChild, type RunInChild } from './training/child.ts';

export interface App extends Services {
  /** Lets running work come to rest, then closes everything. May be called twice. */
  stop(): Promise<void>;
}

export interface AppOptions {
  logger?: Logger;
  /** How runs are executed; for tests of other things than runs. */
  runInChild?: RunInChild;
}

/**
 * The models alone, for commands that need no server: nothing is served, and no run is worked off.
 * @throws DistilleryError UNAVAILABLE where another process holds the data directory
 */
export async function openRegistry(
  config: Config,
): Promise<{ registry: ModelRegistry; close: () => Promise<void> }> {
  const database = await openDatabase(config);
  const registry = new ModelRegistry(database, config.dataDirectory, config.releasedModels);
  try {
    await registry.start();
  } catch (error) {
    await database.close();
    throw error;
  }
  return { registry, close: () => database.close() };
}

/**
 * Opens everything that a server needs and starts working off runs.
 * @throws DistilleryError UNAVAILABLE where another process holds the data directory
 */
export async function startApp(config: Config, options: AppOptions = {}): Promise<App> {
  const { logger = createLogger(config.logLevel) } = options;
  const metrics = new Metrics();
  const tracing = await openTracing(config, logger);
  const database = await openDatabase(config);
  const runs = new RunStore(database);
  const surveys = new SurveyStore(database);
  const progress = new ProgressLog(database);
  const registry = new ModelRegistry(database, config.dataDirectory, config.releasedModels);
  const stores = { database, runs, surveys, progress, registry };
  const observed = observedRuns(options.runInChild ?? runInChild, { metrics, tracing });
  const queue = new RunQueue({ ...stores, config, logger, runInChild: observed });
  const catalogue = new DatasetCatalogue(config);
  const surveyRunner = new SurveyRunner({ ...stores, queue, catalogue, logger });
  const serving = new Serving(config, metrics.models);
  const routes = new Routes({ registry, serving, logger, config });

  const close = async () => {
    await surveyRunner.stop();
    await queue.stop();
    await routes.stop();
    await serving.stop();
    await progress.close();
    await database.close();
    await tracing?.stop();
  };
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= close());
  try {
    const engine = await describeEngines(config.engine);
    logger.info({ engine: engine.chosen, reason: engine.reason }, 'engine for training');
    const { registered, ignored } = await registry.start();
    if (registered.length > 0)
      logger.info({ models: registered }, 'models that were found have been registered');
    for (const { folder, reason } of ignored)
      logger.warn({ folder, reason }, 'a model folder was passed over');
    await routes.start();
    await queue.start();
    await surveyRunner.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...stores,
    config,
    logger,
    queue,
    surveyRunner,
    catalogue,
    serving,
    routes,
    metrics,
    tracing,
    stop,
  };
}

async function openTracing({ traceEndpoint }: Config, logger: Logger): Promise<Tracing | null> {
  if (traceEndpoint === undefined) return null;
  const { Tracing } = await import('./telemetry/tracing.ts');
  return new Tracing(traceEndpoint, logger);
}
