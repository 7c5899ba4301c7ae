/**
 * `npm run bench -- main-job`: the whole job on IMDB as a client would do it. A server runs as a process of its own;
 * the teacher, four students and the comparison on every test review are started with mutations and followed through
 * the subscription. What an interrupted bench has done already stays done: models that exist are not trained again.
 */
import { parseArgs } from 'node:util';
import type { Progress } from '../src/progress/progress.ts';
import type { DistilleryClient } from '../src/client.ts';
import { reportTable, type ReportEntry } from '../src/cli/tables.ts';
import { FollowedRuns } from '../src/cli/followedRuns.ts';
import { DistilleryError } from '../src/errors.ts';
import { packageVersions, writeResult } from './results.ts';
import { startServerProcess, trainOnce } from './serverProcess.ts';
import { survey } from './zooRecipe.ts';

/** A small pretrained encoder and a part of the labels: about half an hour of fine-tuning on two cores. */
const teacher = {
  name: 'imdb-teacher',
  epochs: 2,
  batchSize: 16,
  learningRate: 8e-5,
  maxTokens: 256,
  trainReviews: 5_000,
  seed: 1,
};

/** The survey's epochs: 4 for recurrent students, 3 for convolutional ones. Both of a pair share seed and settings. */
const students = [
  { architecture: 'gru-64', epochs: 4 },
  { architecture: 'cnn-64', epochs: 3 },
].map((student) => ({
  ...student,
  vocabularySize: 20_000,
  embeddingSize: 64,
  maxTokens: 256,
  batchSize: 64,
  learningRate: 1e-3,
  dropout: 0.2,
  seed: 1,
}));

/** The survey's own: soft targets alone, T = 2. And what more there is to use: the labels too, and reviews without one. */
const distillations = {
  distilled: { teacher: 'imdb-teacher', temperature: 2, hardLabelWeight: 0 },
  'distilled-more': {
    teacher: 'imdb-teacher',
    temperature: 2,
    hardLabelWeight: 0.5,
    unlabelledReviews: 25_000,
  },
};

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      archive: { type: 'string', default: process.env.DISTILLERY_IMDB_ARCHIVE ?? '' },
      checkpoint: { type: 'string' },
      'data-directory': { type: 'string', default: '.distillery/main-job' },
    },
  });
  if (!values.archive || !values.checkpoint) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      'usage: npm run bench -- main-job --archive PATH --checkpoint NAME, with the checkpoint folder in DISTILLERY_CHECKPOINT_DIRECTORY',
    );
  }
  const server = await startServerProcess(values['data-directory'], {
    DISTILLERY_IMDB_ARCHIVE: values.archive,
  });
  try {
    const { client } = server;
    const runs = new FollowedRuns(client, process.stdout);
    const models = [
      await trainOnce(client, 'startTeacherTraining', {
        ...teacher,
        dataset: 'imdb',
        checkpoint: values.checkpoint,
      }),
    ];
    for (const student of students) {
      const input = { ...student, dataset: 'imdb' };
      models.push(
        await trainOnce(client, 'startStudentTraining', {
          ...input,
          name: `imdb-${student.architecture}-scratch`,
        }),
      );
      for (const [suffix, distillation] of Object.entries(distillations)) {
        const name = `imdb-${student.architecture}-${suffix}`;
        models.push(await trainOnce(client, 'startDistillation', { ...input, ...distillation, name }));
      }
    }
    const runId = await runs.run('benchmark', 'startBenchmark', {
      models,
      dataset: 'imdb',
      split: 'TEST',
    });
    const report = await client.call<{ entries: ReportEntry[]; [key: string]: unknown }>('benchmark', {
      runId,
    });
    const entries = report.entries.map((entry) => ({ ...entry, survey: surveyFigure(entry) }));
    console.log(reportTable(report.entries));
    const runsTold = await configurations(client);
    await writeResult('main-job', 'main-job --archive PATH --checkpoint NAME', {
      versions: await packageVersions('onnxruntime-node'),
      ...report,
      entries,
      runs: runsTold,
    });
  } finally {
    await server.stop();
  }
}

/** The survey's accuracy for the same student, where it has one. */
function surveyFigure({ model, architecture, method }: ReportEntry): number | null {
  if (method === 'TEACHER') return 0.87;
  if (model.endsWith('-more')) return null;
  return survey[architecture]?.[method === 'DISTILLED' ? 'distilled' : 'scratch'] ?? null;
}

interface RunTold {
  kind: string;
  configuration: Record<string, unknown>;
  startedAt: string;
  endedAt: string;
  state: Progress['state'];
}

/** Every run's configuration and duration, oldest first. */
async function configurations(client: DistilleryClient): Promise<object[]> {
  const { edges } = await client.call<{ edges: { node: RunTold }[] }>('runs', { first: 100 });
  return edges
    .map(({ node }) => ({
      kind: node.kind,
      state: node.state,
      seconds: Math.round((Date.parse(node.endedAt) - Date.parse(node.startedAt)) / 1000),
      configuration: node.configuration,
    }))
    .reverse();
}
