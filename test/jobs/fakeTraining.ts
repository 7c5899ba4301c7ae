/** A run's child process that trains nothing: it behaves as the name of the model that it should make says. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BenchmarkReport } from '../../src/benchmark/report.ts';
import type { Progress } from '../../src/progress/progress.ts';
import type { SurveyReport } from '../../src/survey/report.ts';
import type { FromChild, RunJob, ToChild } from '../../src/training/messages.ts';
import { exampleCard } from '../models/exampleCard.ts';

let job: RunJob | null = null;
const send = (message: FromChild) => process.send?.(message);

process.on('disconnect', () => process.exit(1));
process.on('message', (message: ToChild) => {
  if (message.type === 'start') {
    job = message.job;
    run(job);
  } else if (job) {
    cancel(job);
  }
});

function run(job: RunJob): void {
  const folder = job.runFolder;
  // Beside the run's own folder, which is removed when the run ends.
  mkdirSync(join(job.dataDirectory, 'starts'), { recursive: true });
  const started = join(job.dataDirectory, 'starts', job.runId);
  const starts = existsSync(started) ? readFileSync(started, 'utf8').length + 1 : 1;
  writeFileSync(started, 'x'.repeat(starts));
  writeFileSync(`${started}.worker`, String(process.ppid));
  if (job.config.kind === 'benchmark') {
    const report: BenchmarkReport = {
      dataset: 'sample',
      split: 'test',
      reviews: job.models.length,
      machine: job.models.map(({ card }) => `${card.name}@${card.version}`).join(),
      workers: 1,
      threads: 1,
      percentile: 99,
      latencyBoundMs: null,
      entries: [],
      comparisons: [],
    };
    send({ type: 'done', outcome: { kind: 'benchmark', report } });
    return;
  }
  if (job.config.kind === 'survey') {
    send({ type: 'done', outcome: { kind: 'survey', report: emptySurveyReport(job) } });
    return;
  }
  const { name, dataset, kind } = job.config;
  if (name === 'fails' || dataset === 'fails-always') {
    fail();
  } else if (dataset === 'fails-once' && kind === 'distillation' && isFirst(job, dataset)) {
    fail();
  } else if (dataset === 'waits-first' && isFirst(job, name)) {
    progress({ step: 1 });
    setInterval(() => undefined, 1_000);
  } else if (name === 'waits-for-leave') {
    // Which attempt may end is said by a file; how it is called tells the attempt.
    const attempt = basename(folder);
    const look = setInterval(() => {
      progress({ message: `attempt ${attempt}` });
      if (!existsSync(join(job.dataDirectory, `leave-${attempt}`))) return;
      clearInterval(look);
      succeed(job, folder, `attempt ${attempt}`);
    }, 50);
  } else if (name === 'tells-much') {
    let step = 0;
    const tell = setInterval(() => {
      progress({ step: ++step, total: 300 });
      if (step < 300) return;
      clearInterval(tell);
      succeed(job, folder, 'graph', 0);
    }, 20);
  } else if (name === 'takes-seconds') {
    setTimeout(() => succeed(job, folder), 2_500);
  } else if (name === 'kills-its-worker') {
    process.kill(process.ppid, 'SIGKILL');
  } else if (name === 'is-killed-twice' && starts <= 2) {
    progress({ step: starts });
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 20);
  } else if (name === 'exits') {
    process.stderr.write('something is broken\n', () => process.exit(7));
  } else if (name.startsWith('waits') && !existsSync(join(folder, 'checkpoint'))) {
    if (name === 'waits-for-the-kill') writeFileSync(join(folder, 'checkpoint'), '1');
    epoch(1);
    progress({ step: 1 });
    setInterval(() => undefined, 1_000);
  } else {
    succeed(job, folder);
  }
}

function fail(): void {
  send({ type: 'failed', code: 'INVALID_DATASET', message: 'one class only', facts: { classes: 1 } });
}

/** Whether no run of this data directory has asked for `what` before. */
function isFirst({ dataDirectory }: RunJob, what: string): boolean {
  const mark = join(dataDirectory, 'starts', what);
  if (existsSync(mark)) return false;
  writeFileSync(mark, '');
  return true;
}

/** As if it had measured nothing but which runs there were. */
function emptySurveyReport({ survey, models }: RunJob): SurveyReport {
  if (!survey) throw new Error('no survey');
  const result = {
    model: models[0] ? `${models[0].card.name}@${models[0].card.version}` : '',
    architecture: '',
    method: 'teacher' as const,
    parameters: 0,
    fileBytes: 0,
    sha256: '',
    metrics: exampleCard().metrics.validation!,
    latency: { samples: 0, p50Ms: null, p90Ms: null, p95Ms: null, p99Ms: null, meanMs: 0 },
    teacher: { agreement: 1, onlyTeacherRight: 0, onlyModelRight: 0 },
  };
  return {
    spec: survey.spec,
    dataset: {
      name: 'sample',
      fingerprint: '',
      trainReviews: 0,
      validationReviews: 0,
      testReviews: 0,
      unlabelledReviews: 0,
    },
    machine: '',
    threads: 1,
    createdAt: '',
    teacher: result,
    beside: [],
    runs: survey.runs.map(({ key, runId, model, seconds }) => ({
      ...result,
      model,
      key,
      runId,
      cell: '',
      seed: 1,
      parent: null,
      epochs: [],
      seconds,
    })),
    cells: [],
    grids: [],
    missing: survey.missing,
    divided: [],
  };
}

function cancel(job: RunJob): void {
  const name = 'name' in job.config ? job.config.name : '';
  if (name === 'waits-deaf') return;
  mkdirSync(job.runFolder, { recursive: true });
  writeFileSync(join(job.runFolder, 'checkpoint'), '1');
  if (name === 'waits-and-succeeds') succeed(job, job.runFolder);
  else send({ type: 'failed', code: 'CANCELLED', message: 'told to stop', facts: {} });
}

function succeed(job: RunJob, folder: string, graph = 'graph', steps = 30): void {
  for (let step = 1; step <= steps; step++) progress({ step, total: 30, loss: 1 / step });
  const preparedFolder = join(folder, 'prepared');
  mkdirSync(preparedFolder, { recursive: true });
  writeFileSync(join(preparedFolder, 'model.onnx'), graph);
  writeFileSync(join(preparedFolder, 'tokenizer.json'), '{}');
  const [teacher] = job.models;
  const card = exampleCard({
    name: 'name' in job.config ? job.config.name : 'none',
    method: job.config.kind === 'teacher' ? 'teacher' : 'distilled',
    parentTeacher: teacher ? `${teacher.card.name}@${teacher.card.version} in ${teacher.folder}` : null,
  });
  epoch(1);
  epoch(2);
  send({ type: 'done', outcome: { kind: 'model', model: { preparedFolder, card } } });
}

function epoch(number: number): void {
  const { validation } = exampleCard().metrics;
  send({
    type: 'epoch',
    position: number - 1,
    epoch: { phase: 'training', epoch: number, loss: 1 / number, validation },
  });
}

function progress(values: Partial<Progress>): void {
  const nothing = {
    epoch: 1,
    step: null,
    total: null,
    loss: null,
    validationAccuracy: null,
    reviewsPerSecond: null,
    secondsLeft: null,
    message: null,
  };
  send({ type: 'progress', progress: { phase: 'training', state: 'running', ...nothing, ...values } });
}
