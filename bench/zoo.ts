/**
 * `npm run bench -- zoo`: rebuilds the released models from the archive of IMDB and a pretrained checkpoint, through
 * the public API: the teacher and its int8 twin, a linear baseline, every student from scratch and distilled. What is
 * there already is not trained again. Then it measures on the test reviews, once, and writes `models/`.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reportTable } from '../src/cli/tables.ts';
import { FollowedRuns } from '../src/cli/followedRuns.ts';
import type { DistilleryClient } from '../src/client.ts';
import { DatasetCatalogue } from '../src/data/catalogue.ts';
import { DistilleryError } from '../src/errors.ts';
import { pairedDifference } from '../src/evaluation/intervals.ts';
import { accuracyOf, bySize, rightAnswers, type PairResult } from './pairedResults.ts';
import { releaseModels, type TestReport } from './releaseModels.ts';
import { packageVersions, writeResult } from './results.ts';
import { findModel, startServerProcess, trainOnce } from './serverProcess.ts';
import {
  baselineStep,
  pairOf,
  releasedTeacher,
  releaseStep,
  strongSteps,
  survey,
  surveyArchitectures,
  teacherSteps,
  type Pair,
} from './zooRecipe.ts';

const parts = ['teacher', 'students', 'pairs', 'release'] as const;
type Part = (typeof parts)[number];

interface Options {
  archive: string;
  checkpoint: string;
  dataDirectory: string;
  seeds: number;
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      archive: { type: 'string', default: process.env.DISTILLERY_IMDB_ARCHIVE ?? '' },
      checkpoint: { type: 'string', default: 'sentence-transformers/all-MiniLM-L6-v2' },
      'data-directory': { type: 'string', default: '.distillery/zoo' },
      seeds: { type: 'string', default: '3' },
      part: { type: 'string', multiple: true, default: [...parts] },
    },
  });
  const unknown = values.part.find((part) => !parts.some((known) => known === part));
  if (unknown !== undefined || !(Number(values.seeds) >= 1)) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `usage: npm run bench -- zoo [--archive PATH] [--checkpoint NAME] [--seeds N] [--part ${parts.join('|')}]…`,
    );
  }
  const options: Options = {
    archive: values.archive,
    checkpoint: values.checkpoint,
    dataDirectory: values['data-directory'],
    seeds: Number(values.seeds),
  };
  for (const part of parts) if (values.part.includes(part)) await carryOut[part](options);
}

const carryOut: Readonly<Record<Part, (options: Options) => Promise<void>>> = {
  teacher: (options) =>
    withServer(options, 1, async (client) => {
      for (const { operation, input } of teacherSteps(options.checkpoint)) {
        await trainOnce(client, operation, input);
      }
    }),

  /** What is released: one student of each size, and the strong ones. */
  students: (options) =>
    trainStudents(options, [...strongSteps, ...releasedPairs.map(({ distilled }) => distilled)]),

  /** The same students from scratch, and both with other seeds. */
  pairs: async (options) => {
    const pairs = allPairs(options.seeds);
    await trainStudents(
      options,
      pairs.flatMap(({ scratch, distilled }) => [scratch, distilled]),
    );
    await measurePairs(options, pairs);
  },

  /** Of what is there: a part of the zoo can be released before all of it is trained. */
  release: (options) =>
    withServer(options, 1, async (client) => {
      const models = [releasedTeacher];
      for (const { input } of [...releasedPairs.map(({ distilled }) => distilled), ...strongSteps]) {
        if ((await findModel(client, input.name)) === null) continue;
        const release = releaseStep(input.name);
        await trainOnce(client, release.operation, release.input);
        models.push(release.input.name);
      }
      models.push(baselineStep.input.name);
      const report = await benchmarkOnTest(client, models);
      await writeResult('zoo', 'zoo', { versions: await packageVersions('onnxruntime-node'), ...report });
      await releaseModels(options.dataDirectory, models, report);
    }),
};

const releasedPairs = surveyArchitectures.map((architecture) => pairOf(architecture, 1));

function allPairs(seeds: number): Pair[] {
  const numbers = Array.from({ length: seeds }, (_, i) => i + 1);
  return numbers.flatMap((seed) => surveyArchitectures.map((architecture) => pairOf(architecture, seed)));
}

/** Small students use a core each better than all cores together. */
async function trainStudents(options: Options, steps: readonly Pair['scratch'][]): Promise<void> {
  const atOnce = availableParallelism();
  await withServer(options, atOnce, async (client) => {
    await trainOnce(client, baselineStep.operation, baselineStep.input);
    const waiting = steps.values();
    const work = async () => {
      for (const { operation, input } of waiting) await trainOnce(client, operation, input);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  });
}

async function withServer(
  { dataDirectory, archive }: Options,
  runsAtOnce: number,
  work: (client: DistilleryClient) => Promise<void>,
): Promise<void> {
  const threads = Math.max(1, Math.floor(availableParallelism() / runsAtOnce));
  const server = await startServerProcess(dataDirectory, {
    DISTILLERY_IMDB_ARCHIVE: archive,
    DISTILLERY_CONCURRENT_RUNS: String(runsAtOnce),
    DISTILLERY_TRAINING_THREADS: String(threads),
  });
  try {
    await work(server.client);
  } finally {
    await server.stop();
  }
}

async function benchmarkOnTest(client: DistilleryClient, models: readonly string[]): Promise<TestReport> {
  const runId = await new FollowedRuns(client, process.stdout).run('benchmark', 'startBenchmark', {
    models,
    dataset: 'imdb',
    split: 'TEST',
  });
  const report = await client.call<TestReport>('benchmark', { runId });
  console.log(reportTable(report.entries));
  return report;
}

async function measurePairs({ dataDirectory }: Options, pairs: readonly Pair[]): Promise<void> {
  const dataset = await new DatasetCatalogue({ dataDirectory }).open('imdb', {
    signal: new AbortController().signal,
  });
  const cache = join(dataDirectory, 'right-answers');
  const right = (name: string) =>
    rightAnswers(join(dataDirectory, 'models', name, '1'), dataset, cache, availableParallelism());
  const results: PairResult[] = [];
  for (const { architecture, seed, scratch, distilled } of pairs) {
    const [fromScratch, fromTeacher] = [await right(scratch.input.name), await right(distilled.input.name)];
    results.push({
      architecture,
      seed,
      scratch: accuracyOf(fromScratch),
      distilled: accuracyOf(fromTeacher),
      ...pairedDifference(fromScratch, fromTeacher),
    });
  }
  const { scratch, distilled } = pairOf('gru-64', 1);
  await writeResult('students', 'zoo --part pairs', {
    dataset: dataset.name,
    split: 'test',
    reviews: dataset.counts.test,
    configurations: { scratch: scratch.input, distilled: distilled.input },
    sizes: bySize(results).map((size) => ({ ...size, survey: survey[size.architecture] })),
    pairs: results,
  });
}
