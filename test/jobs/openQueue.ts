/** A run queue with everything that it needs, on a child script that does as it is told. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { sharedFolder, type ArtefactStore } from '../../src/artefacts/store.ts';
import { readConfig } from '../../src/config.ts';
import { RunQueue } from '../../src/jobs/runQueue.ts';
import type { QueueTiming } from '../../src/jobs/runQueue.ts';
import { ModelRegistry } from '../../src/models/registry.ts';
import type { Database } from '../../src/storage/database.ts';
import { ProgressLog } from '../../src/storage/progressLog.ts';
import { RunStore } from '../../src/storage/runs.ts';
import { SurveyStore } from '../../src/storage/surveys.ts';
import { childRunner } from '../../src/training/child.ts';
import { studentConfig } from '../../src/training/config.ts';
import type { StudentConfig } from '../../src/training/config.ts';

const script = fileURLToPath(new URL('./fakeTraining.ts', import.meta.url));

export interface OpenQueue {
  queue: RunQueue;
  runs: RunStore;
  surveys: SurveyStore;
  progress: ProgressLog;
  registry: ModelRegistry;
}

export interface QueueOptions {
  logger?: Logger;
  artefacts?: ArtefactStore;
  timing?: Partial<QueueTiming>;
  concurrentRuns?: number;
  gpu?: boolean;
  /** Before a child that does not end is killed. */
  killAfterMs?: number;
  keepCheckpointsHours?: number;
}

export async function openQueue(
  database: Database,
  dataDirectory: string,
  options: QueueOptions = {},
): Promise<OpenQueue> {
  const runs = new RunStore(database);
  const surveys = new SurveyStore(database);
  const progress = new ProgressLog(database);
  const artefacts = options.artefacts ?? sharedFolder(dataDirectory);
  const registry = new ModelRegistry(database, dataDirectory, join(dataDirectory, 'released'), artefacts);
  const config = {
    ...readConfig({ DISTILLERY_DATA_DIRECTORY: dataDirectory }),
    concurrentRuns: options.concurrentRuns ?? 2,
    keepCheckpointsHours: options.keepCheckpointsHours ?? 168,
  };
  const queue = new RunQueue({
    database,
    runs,
    surveys,
    progress,
    registry,
    artefacts,
    config,
    self: {
      host: 'here',
      release: '0',
      engine: 'onnx',
      gpu: options.gpu ?? false,
      threads: config.trainingThreads,
      concurrentRuns: config.concurrentRuns,
      memoryBytes: 1,
    },
    logger: options.logger ?? pino({ level: 'silent' }),
    runInChild: childRunner(script, options.killAfterMs),
    timing: { retryDelaySeconds: 0, pollMs: 200, ...options.timing },
  });
  await registry.start();
  await queue.start();
  return { queue, runs, surveys, progress, registry };
}

export function studentNamed(name: string): StudentConfig {
  return studentConfig.parse({ kind: 'student', name, dataset: 'sample', architecture: 'gru-8' });
}
