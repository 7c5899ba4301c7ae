/** Carries out one job: opens what it needs, and hands it to the training or the benchmark that its configuration names. */
import type { Report } from '../progress/progress.ts';
import { DatasetCatalogue } from '../data/catalogue.ts';
import { benchmark } from '../evaluation/benchmark.ts';
import { createEngine } from '../nn/runtime/engines.ts';
import { loadingReport } from './loadingReport.ts';
import type { RunJob, RunOutcome } from './messages.ts';
import { progressOf } from '../progress/progress.ts';
import type { EpochReport, RunContext } from './runContext.ts';
import { runFolder } from './runFolder.ts';
import { trainStudent } from './student.ts';
import { trainTeacher } from './teacher.ts';

export async function carryOut(
  job: RunJob,
  report: Report,
  onEpoch: EpochReport,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const { config, dataDirectory, threads } = job;
  const catalogue = new DatasetCatalogue({
    dataDirectory,
    ...(job.imdbArchive ? { imdbArchive: job.imdbArchive } : {}),
    onProgress: loadingReport(report),
  });
  report(progressOf('loading-data', { message: config.dataset }));
  const dataset = await catalogue.open(config.dataset, { signal });

  if (config.kind === 'benchmark') {
    return {
      kind: 'benchmark',
      report: await benchmark({
        models: job.models,
        dataset,
        config,
        threads,
        report,
        signal,
      }),
    };
  }

  const context: RunContext = {
    engine: await createEngine(job.engine, { threads }),
    threads,
    dataDirectory,
    checkpointDirectory: job.checkpointDirectory,
    runFolder: runFolder(dataDirectory, job.runId),
    report,
    onEpoch,
    signal,
  };
  return config.kind === 'teacher'
    ? trainTeacher(config, dataset, context)
    : trainStudent(config, dataset, job.teacher, context);
}
