/** `distillery demo`: teacher, student from scratch, student distilled, and a comparison; all through the public API. */
import { startApp } from '../app.ts';
import { DistilleryClient } from '../client.ts';
import { startServer } from '../server.ts';
import { asDistilleryError } from './clientErrors.ts';
import { demoPresets, type DemoPreset } from './demoPresets.ts';
import { trainTeacher, type TeacherWishes } from './demoTeacher.ts';
import { FollowedRuns } from './followedRuns.ts';
import { readSettings, type SettingOptions } from './settings.ts';
import {
  comparisonTable,
  differenceLines,
  reportTable,
  type ComparisonRow,
  type Difference,
  type ReportEntry,
} from './tables.ts';

interface DemoOptions extends SettingOptions {
  dataset: string;
  checkpoint?: string;
  student?: string;
}

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
    const runs = new FollowedRuns(client, process.stdout);
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

interface Wishes extends TeacherWishes {
  readonly student?: string;
}

async function distilAndCompare(client: DistilleryClient, runs: FollowedRuns, wishes: Wishes): Promise<void> {
  const { dataset, teacher } = await trainTeacher(client, runs, wishes, say);
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
  say(
    `${report.machine}; ${report.workers} workers, threads of each: ${report.threads}.\n${reportTable(report.entries)}\n`,
  );
  say(`${differenceLines(report.comparisons)}\n`);
}

interface BenchmarkAnswer {
  dataset: string;
  split: string;
  reviews: number;
  machine: string;
  workers: number;
  threads: number;
  entries: ReportEntry[];
  comparisons: Difference[];
}

/** The wire has the enum's name where the configuration has a word. */
function enums({ split, ...rest }: DemoPreset['benchmark']): Record<string, unknown> {
  return split === undefined ? rest : { ...rest, split: split.toUpperCase() };
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
