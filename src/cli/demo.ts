/** `distillery demo`: teacher, student from scratch, student distilled, and a comparison; all through the public API. */
import { startApp } from '../app.ts';
import { ClientError, DistilleryClient } from '../client.ts';
import { DistilleryError, errorCodes } from '../errors.ts';
import { startServer } from '../server.ts';
import type { TeacherConfig } from '../training/config.ts';
import { demoPresets, teacherWithoutCheckpoint, type DemoPreset } from './demoPresets.ts';
import { DemoRuns, RunFailure } from './demoRuns.ts';
import { comparisonTable, reportTable, whole, type ComparisonRow, type ReportEntry } from './demoTables.ts';
import { readSettings, type SettingOptions } from './settings.ts';

interface DemoOptions extends SettingOptions {
  dataset: string;
  checkpoint?: string;
  student?: string;
}

type DemoDataset = keyof typeof demoPresets;

/** For the first bytes of a download. */
const patienceMs = 30_000;

/**
 * Starts a server of its own on a free port and is its client over HTTP and WebSocket.
 * @throws DistilleryError CANCELLED after Ctrl-C, and what ended a run otherwise
 */
export async function demo(options: DemoOptions): Promise<void> {
  const settings = readSettings(options);
  const quiet = process.env.DISTILLERY_LOG_LEVEL === undefined ? { logLevel: 'error' as const } : {};
  const config = { ...settings, ...quiet, host: '127.0.0.1', port: 0 };
  const started = performance.now();
  say(`Starting a server on ${config.dataDirectory} …`);
  const app = await startApp(config);
  try {
    const server = await startServer(app);
    const client = new DistilleryClient({ url: server.url, apiKey: config.apiKey });
    say(`Serving ${server.url}; everything below goes through it.`);
    const runs = new DemoRuns(client, process.stdout);
    const interrupt = () => void runs.interrupt().catch(reportFault);
    process.once('SIGINT', interrupt);
    try {
      await distilAndCompare(client, runs, { ...options, imdbGiven: config.imdbArchive !== undefined });
    } finally {
      process.off('SIGINT', interrupt);
      await server.stop();
    }
  } catch (error) {
    throw asDistilleryError(error);
  } finally {
    await app.stop();
  }
  say(
    `Done in ${Math.round((performance.now() - started) / 1000)} s. The models stay in ${config.dataDirectory}.`,
  );
  say(`Serve them with:  ${serveCommand(options)}`);
}

interface Wishes extends DemoOptions {
  readonly imdbGiven: boolean;
}

async function distilAndCompare(client: DistilleryClient, runs: DemoRuns, wishes: Wishes): Promise<void> {
  const { dataset, teacher } = await trainTeacher(client, runs, wishes);
  const preset = demoPresets[dataset];
  const architecture = wishes.student ?? preset.student.architecture;
  const student = { ...preset.student, architecture, dataset };
  const name = `demo-${dataset}-${architecture}`;
  const scratch = await runs.train('student from scratch', 'startStudentTraining', {
    ...student,
    name: `${name}-scratch`,
  });
  const distilled = await runs.train('student distilled', 'startDistillation', {
    ...student,
    ...preset.distillation,
    name: `${name}-distilled`,
    teacher,
  });
  const models = [teacher, scratch, distilled];
  const runId = await runs.run('benchmark', 'startBenchmark', {
    ...enums(preset.benchmark),
    models,
    dataset,
  });

  const { example } = preset;
  const compare = () => client.call<ComparisonRow[]>('compare', { text: example, models });
  // The first call opens the models' files, which would be taken for their latency.
  await compare();
  const compared = await compare();
  say(`\n"${example}"\n${comparisonTable(compared)}\n`);
  const report = await client.call<BenchmarkAnswer>('benchmark', { runId });
  say(`${report.reviews} ${report.split} reviews of ${report.dataset}; latency of one review at a time.`);
  say(`${report.machine}; ${report.threads} threads.\n${reportTable(report.entries)}\n`);
}

interface BenchmarkAnswer {
  dataset: string;
  split: string;
  reviews: number;
  machine: string;
  threads: number;
  entries: ReportEntry[];
}

interface Teacher {
  readonly dataset: DemoDataset;
  readonly teacher: string;
}

/** On imdb with a pretrained checkpoint, if both can be had; else what comes next without the one or the other. */
async function trainTeacher(client: DistilleryClient, runs: DemoRuns, wishes: Wishes): Promise<Teacher> {
  const dataset = wishes.dataset === 'auto' ? 'imdb' : known(wishes.dataset);
  const mayBeSample = wishes.dataset === 'auto' && !wishes.imdbGiven;
  const state = await stateOf(client, dataset);
  const download = state === 'ABSENT' && !wishes.imdbGiven && dataset === 'imdb';
  say(plan(dataset, download, download && mayBeSample));

  const attempt = async (dataset: DemoDataset, training: Partial<TeacherConfig>): Promise<Teacher> => {
    const input = { ...training, dataset, name: `demo-${dataset}-teacher` };
    const options = dataset === 'imdb' ? { patienceMs } : {};
    return { dataset, teacher: await runs.train('teacher', 'startTeacherTraining', input, options) };
  };
  const given = wishes.checkpoint === undefined ? {} : { checkpoint: wishes.checkpoint };
  try {
    return await attempt(dataset, { ...demoPresets[dataset].teacher, ...given });
  } catch (error) {
    if (!(error instanceof RunFailure) || error.trainingHadBegun || runs.interrupted) throw error;
    const { checkpoint } = demoPresets[dataset].teacher;
    if (dataset === 'imdb' && (await stateOf(client, dataset)) === 'READY') {
      // The reviews are there, so it was the checkpoint.
      if (wishes.checkpoint !== undefined) throw error;
      say(`The checkpoint ${checkpoint} can't be had: ${error.message}`);
      say('Going on with a smaller teacher that starts from random weights.');
      return attempt(dataset, teacherWithoutCheckpoint);
    }
    if (!mayBeSample) throw error;
    say(`IMDB can't be had: ${error.message}`);
    say(`Going on with sample, reviews generated from a grammar; ${demoPresets.sample.takes}.`);
    return attempt('sample', { ...demoPresets.sample.teacher, ...given });
  }
}

/** What is going to happen, said before it does. */
function plan(dataset: DemoDataset, download: boolean, mayBeSample: boolean): string {
  const { takes, student, teacher, distillation } = demoPresets[dataset];
  const lines = [
    `To come on ${dataset}: a teacher, a ${student.architecture} from scratch, the same distilled from the teacher, and all three compared.`,
    `This takes ${takes}${download ? ', and the time to download the reviews (80 MB)' : ''}.`,
  ];
  lines.push(
    `Labelled reviews: the teacher learns from ${howMany(teacher.trainReviews)}, both students from ${howMany(student.trainReviews)}.`,
  );
  if (distillation.unlabelledReviews > 0)
    lines.push(
      `The distilled one learns from the teacher's answers to these and to ${whole(distillation.unlabelledReviews)} more, whose labels it never sees.`,
    );
  if (teacher.checkpoint)
    lines.push(`Unless --checkpoint names another, the teacher starts from ${teacher.checkpoint} (90 MB).`);
  if (mayBeSample) lines.push('Without network it goes on with sample, reviews generated from a grammar.');
  if (dataset !== 'sample')
    lines.push(`Quicker: npm run demo -- --dataset sample (${demoPresets.sample.takes}).`);
  return `${lines.join('\n')}\n`;
}

function howMany(reviews: number | null | undefined): string {
  return reviews ? whole(reviews) : 'all of them';
}

type DatasetState = 'READY' | 'AVAILABLE' | 'ABSENT';

async function stateOf(client: DistilleryClient, name: string): Promise<DatasetState> {
  const { edges } = await client.call<{ edges: { node: { name: string; state: DatasetState } }[] }>(
    'datasets',
    { first: 100 },
  );
  return edges.find(({ node }) => node.name === name)?.node.state ?? 'ABSENT';
}

function known(dataset: string): DemoDataset {
  if (dataset === 'imdb' || dataset === 'sample') return dataset;
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `The demo knows no dataset "${dataset}"; expected imdb, sample or auto.`,
  );
}

/** The wire has the enum's name where the configuration has a word. */
function enums({ split, ...rest }: DemoPreset['benchmark']): Record<string, unknown> {
  return split === undefined ? rest : { ...rest, split: split.toUpperCase() };
}

function asDistilleryError(error: unknown): unknown {
  if (!(error instanceof ClientError)) return error;
  const code = errorCodes.find((known) => known === error.code) ?? 'INTERNAL';
  return new DistilleryError(code, error.message, {}, { cause: error });
}

function serveCommand({ dataDirectory }: SettingOptions): string {
  return dataDirectory === undefined ? 'npm run serve' : `npm run serve -- --data-directory ${dataDirectory}`;
}

function reportFault(error: unknown): void {
  process.stderr.write(`The run could not be cancelled: ${String(error)}\n`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
