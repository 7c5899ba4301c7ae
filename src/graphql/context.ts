/** What every resolver is given: the services of the process, and loaders that live for one request. */
import type { Logger } from 'pino';
import type { Actor } from '../access/actor.ts';
import type { ApiKeys } from '../access/apiKeys.ts';
import type { AuditLog } from '../access/auditLog.ts';
import type { ArtefactStore } from '../artefacts/store.ts';
import type { Config } from '../config.ts';
import type { DatasetCatalogue } from '../data/catalogue.ts';
import type { RunQueue } from '../jobs/runQueue.ts';
import type { SurveyRunner } from '../jobs/surveyRunner.ts';
import type { ModelRegistry } from '../models/registry.ts';
import type { Routes } from '../serving/routes.ts';
import type { Serving } from '../serving/serving.ts';
import type { Database } from '../storage/database.ts';
import type { ProgressLog } from '../storage/progressLog.ts';
import type { RunStore } from '../storage/runs.ts';
import type { SurveyStore } from '../storage/surveys.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Operation } from '../telemetry/operation.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { createLoaders, type Loaders } from './loaders.ts';

export interface Services {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: Database;
  readonly keys: ApiKeys;
  readonly audit: AuditLog;
  readonly runs: RunStore;
  readonly surveys: SurveyStore;
  readonly progress: ProgressLog;
  readonly artefacts: ArtefactStore;
  readonly registry: ModelRegistry;
  readonly queue: RunQueue;
  readonly surveyRunner: SurveyRunner;
  readonly catalogue: DatasetCatalogue;
  readonly serving: Serving;
  readonly routes: Routes;
  readonly metrics: Metrics;
  /** null where traces go nowhere. */
  readonly tracing: Tracing | null;
}

export interface RequestFacts {
  readonly actor: Actor;
  /** Told how the operation goes, for metrics, log and trace. */
  readonly operation: Operation;
  /** Tells when the client is gone or wants no answer any more. */
  readonly signal: Pick<AbortSignal, 'aborted'>;
}

export interface GraphqlContext extends RequestFacts {
  readonly services: Services;
  readonly loaders: Loaders;
}

/** A context for one request, or for one event of a subscription: loaders must not remember longer. */
export function createContext(services: Services, facts: RequestFacts): GraphqlContext {
  return { services, loaders: createLoaders(services), ...facts };
}
