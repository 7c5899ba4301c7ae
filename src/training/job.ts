/** Carries out one job: opens what it needs, and hands it to the training or the measurement that its configuration names. */
import { openArtefacts } from '../artefacts/open.ts';
import { benchmark } from '../benchmark/benchmark.ts';
import type { Report } from '../progress/progress.ts';
import { DatasetCatalogue } from '../data/catalogue.ts';
import type { Dataset } from '../data/dataset.ts';
import { trainBaseline } from './baseline.ts';
import { importModel } from './importModel.ts';
import { modelLogits } from '../evaluation/modelLogits.ts';
import { createEngine } from '../nn/runtime/engines.ts';
import { loadingReport } from './loadingReport.ts';
import type { RunJob, RunOutcome, TrainedModel } from './messages.ts';
import { quantizeModel } from './quantize.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';
import { progressOf } from '../progress/progress.ts';
import type { RunContext } from './runContext.ts';
import { analyseSurvey } from '../survey/analysis.ts';
import { writeSurveyFiles } from '../survey/folder.ts';
import { trainStudent } from './student.ts';
import { trainTeacher } from './teacher.ts';

export async function carryOut(
  job: RunJob,
  report: Report,
  news: Pick<RunContext, 'onEpoch' | 'onCheckpoint'>,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const { config, dataDirectory, threads } = job;
  const store = await openArtefacts({ dataDirectory, ...job.artefacts });
  const catalogue = new DatasetCatalogue({
    dataDirectory,
    store,
    ...(job.imdbArchive ? { imdbArchive: job.imdbArchive } : {}),
    onProgress: loadingReport(report),
  });
  const open = (name: string) => {
    report(progressOf('loading-data', { message: name }));
    return catalogue.open(name, { signal });
  };
  const folders = {
    store,
    checkpointDirectory: job.checkpointDirectory,
    ...(job.hubHosts ? { hubHosts: job.hubHosts } : {}),
    runFolder: job.runFolder,
  };
  if (config.kind === 'import') {
    const dataset = config.dataset === null ? null : await open(config.dataset);
    return importModel(config, dataset, { ...folders, threads, report, signal });
  }
  const dataset = await open(config.dataset);

  if (config.kind === 'benchmark') {
    return {
      kind: 'benchmark',
      report: await benchmark({
        models: job.models,
        dataset,
        config,
        serving: job.serving,
        runFolder: folders.runFolder,
        report,
        signal,
      }),
    };
  }

  if (config.kind === 'survey') {
    if (!job.survey) throw new Error('the analysis of a survey was given no runs');
    const context = { store, threads, report, signal };
    const found = await analyseSurvey(job.survey, job.models, dataset, context);
    // With its charts it takes half a second to load, which no training should wait for
    const { surveyFiles } = await import('../survey/export/files.ts');
    await writeSurveyFiles(store, config.survey, surveyFiles(found.report), found.answers);
    return { kind: 'survey', report: found.report };
  }

  const [used = null] = job.models;
  if (config.kind === 'quantization') {
    return quantizeModel(config, used!, dataset, { ...folders, threads, report, signal });
  }
  if (config.kind === 'baseline') {
    return trainBaseline(config, dataset, { ...folders, threads, report, signal });
  }

  const context: RunContext = {
    engine: await createEngine(job.engine, { threads }),
    ...folders,
    checkpointSeconds: job.checkpointSeconds,
    threads,
    report,
    ...news,
    signal,
  };
  if (config.kind === 'teacher') return trainTeacher(config, dataset, used, context);
  const outcome = await trainStudent(config, dataset, job.models, context);
  if (job.forSurvey) await answerTestReviews(outcome.model, dataset, context);
  return outcome;
}

/** Its logits are kept, so that the analysis of a survey with hundreds of runs has them all when it starts. */
async function answerTestReviews(
  { preparedFolder: folder, card }: TrainedModel,
  dataset: Dataset,
  { store, threads, report, signal }: RunContext,
): Promise<void> {
  const reviews = dataset.counts.test;
  const reporter = new PhaseReporter(report, 'evaluating', reviews);
  const onProgress = (done: number) => void reporter.advance(done);
  await modelLogits(
    { store, model: { folder, card }, dataset, threads, onProgress, signal },
    'test',
    Array.from({ length: reviews }, (_, index) => index),
  );
}
