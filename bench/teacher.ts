/** Reviews a second of a teacher, of its int8 twin and of PyTorch with the same weights: the same batches, in turn in one run. */
import { loadavg } from 'node:os';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Table from 'cli-table3';
import { Command } from 'commander';
import { z } from 'zod';
import { readConfig } from '../src/config.ts';
import { DatasetCatalogue } from '../src/data/catalogue.ts';
import { DistilleryError } from '../src/errors.ts';
import { isLabelled, type LabelledReview } from '../src/evaluation/measure.ts';
import { classificationMetrics } from '../src/evaluation/metrics.ts';
import { batchesByLength, type Sequence } from '../src/evaluation/predict.ts';
import { modelFiles } from '../src/models/card.ts';
import { checkName, readCard } from '../src/models/modelFolder.ts';
import { Random } from '../src/nn/random.ts';
import { padBatch } from '../src/text/batch.ts';
import { readTokenizer } from '../src/text/tokenizer.ts';
import { findPython, howToNamePython } from './python.ts';
import { packageVersions, writeResult } from './results.ts';
import { largestDifference } from './teacherAgreement.ts';
import type { Contender, FoundModel, SetName, Sets, TimedSet } from './teacherEngines.ts';
import { batchSize, onnxContender, startPyTorch } from './teacherEngines.ts';

/** Thread pools of ONNX Runtime and OpenMP spin a while after their work; the next engine should not feel it. */
const pauseMs = 250;
const seed = 1;

export async function run(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  const { dataDirectory, threads, python } = options;
  if (python === null)
    throw new DistilleryError('BAD_USER_INPUT', `This comparison needs PyTorch. ${howToNamePython}`);
  const teacher = await findModel(dataDirectory, options.model);
  const twin = await findModel(dataDirectory, options.quantized ?? `${teacher.card.name}-int8`);
  const { spec, maxTokens } = teacher.card;
  if (spec?.kind !== 'bert' || spec.pooling === 'cls-relu' || twin.card.precision !== 'int8') {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `Expected a BERT teacher and its int8 twin, found ${teacher.reference} (${teacher.card.architecture}) and ${twin.reference} (${twin.card.precision}).`,
    );
  }
  const name = options.dataset ?? teacher.card.dataset?.name ?? 'imdb';
  const catalogue = new DatasetCatalogue({
    dataDirectory,
    ...(options.archive ? { imdbArchive: options.archive } : {}),
  });
  const reviews = (await (await catalogue.open(name)).reviews('test')).filter(isLabelled);
  const shuffled = new Random(seed).shuffle([...reviews]);
  const sets = await timedSets(teacher.folder, shuffled, options.timed, maxTokens);
  const measured = options.reviews === null ? reviews : shuffled.slice(0, options.reviews);
  const loadBefore = loadavg()[0] ?? 0;

  const versions = await packageVersions('onnxruntime-node');
  const pytorch = await startPyTorch(python, { spec, folder: teacher.folder, threads, sets });
  versions.pytorch = pytorch.version;
  const contenders = [
    await onnxContender(teacher, threads, sets, measured),
    await onnxContender(twin, threads, sets, measured),
    pytorch.contender,
  ];
  const seconds = await timings(contenders, Object.keys(sets) as SetName[], options.rounds);
  const expected = await contenders[0]!.logits('served');
  const rows = [];
  for (const contender of contenders)
    rows.push(await rowOf(contender, threads, sets, seconds.get(contender)!, expected));
  for (const contender of contenders) await contender.release();

  const ratios = ratiosOf(rows);
  console.log(tableOf(rows));
  console.log(ratios);
  const workload = {
    dataset: name,
    maxTokens,
    batchSize,
    timedReviews: options.timed,
    rounds: options.rounds,
  };
  const models = { float32: teacher.reference, int8: twin.reference };
  const command = `teacher --model ${teacher.reference} --quantized ${twin.reference} --dataset ${name} --threads ${threads} --timed ${options.timed} --rounds ${options.rounds}`;
  await writeResult('teacher', command, { versions, models, workload, loadBefore, rows, ratios });
}

function readOptions(args: readonly string[]) {
  const config = readConfig();
  const count = z.coerce.number().int().positive();
  const options = new Command('teacher')
    .requiredOption('--model <name>', 'the float32 teacher: a name (its newest version) or name@version')
    .option('--quantized <name>', 'its int8 twin (default: the name with -int8)')
    .option('--data-directory <folder>', 'where models and datasets are', config.dataDirectory)
    .option('--dataset <name>', 'whose test reviews are classified (default: the teacher’s own)')
    .option('--archive <path>', 'the archive of imdb (default: DISTILLERY_IMDB_ARCHIVE)', config.imdbArchive)
    .option('--python <path>', 'a Python with PyTorch and transformers (default: DISTILLERY_PYTHON)')
    .option('--threads <count>', 'threads of every engine', String(config.trainingThreads))
    .option('--reviews <count>', 'test reviews for the accuracy of the onnx engines (default: all)')
    .option('--timed <count>', 'reviews that are timed, of each kind of batches', '256')
    .option('--rounds <count>', 'turns of every engine', '5')
    .parse([...args], { from: 'user' })
    .opts<
      Record<'model' | 'dataDirectory' | 'threads' | 'timed' | 'rounds', string> &
        Partial<Record<'quantized' | 'dataset' | 'archive' | 'python' | 'reviews', string>>
    >();
  return {
    ...options,
    python: findPython(options.python),
    threads: count.parse(options.threads),
    reviews: options.reviews === undefined ? null : count.parse(options.reviews),
    timed: count.parse(options.timed),
    rounds: count.parse(options.rounds),
  };
}

async function findModel(dataDirectory: string, reference: string): Promise<FoundModel> {
  const [name = '', version] = reference.split('@');
  checkName(name, 'model name');
  const folder = join(dataDirectory, 'models', name);
  const versions = (await readdir(folder).catch(() => [])).map(Number).filter(Number.isInteger);
  const chosen = version === undefined ? Math.max(...versions) : Number(version);
  if (!versions.includes(chosen)) {
    throw new DistilleryError(
      'NOT_FOUND',
      `There is no ${reference} in ${folder}; versions there: ${versions.join(', ') || 'none'}.`,
    );
  }
  const card = await readCard(join(folder, String(chosen)));
  return { folder: join(folder, String(chosen)), card, reference: `${card.name}@${card.version}` };
}

async function timedSets(
  folder: string,
  reviews: readonly LabelledReview[],
  count: number,
  maxTokens: number,
): Promise<Sets> {
  const tokenizer = await readTokenizer(join(folder, modelFiles.tokenizer));
  const served: (Sequence & { label: 0 | 1 })[] = [];
  const full: typeof served = [];
  for (const [index, { text, label }] of reviews.entries()) {
    if (served.length >= count && full.length >= count) break;
    const ids = tokenizer.encode(text, maxTokens);
    if (served.length < count) served.push({ index, ids, label });
    if (full.length < count && ids.length === maxTokens) full.push({ index, ids, label });
  }
  const setOf = (sequences: typeof served): TimedSet => {
    const batches = batchesByLength(sequences, batchSize);
    const labels = batches.flat().map(({ index }) => reviews[index]!.label);
    return { batches: batches.map((batch) => padBatch(batch.map(({ ids }) => ids))), labels };
  };
  if (full.length === 0)
    console.log(`No review fills ${maxTokens} tokens: only batches by length are timed.`);
  return { served: setOf(served), ...(full.length > 0 ? { full: setOf(full) } : {}) };
}

/** Seconds of every turn, round by round, so that what else the machine does falls on all alike; the first is not counted. */
async function timings(
  contenders: readonly Contender[],
  sets: readonly SetName[],
  rounds: number,
): Promise<Map<Contender, Record<SetName, number[]>>> {
  const seconds = new Map(
    contenders.map((contender) => [contender, { served: [], full: [] } as Record<SetName, number[]>]),
  );
  for (let round = 0; round <= rounds; round += 1) {
    for (const set of sets) {
      for (const contender of contenders) {
        await pause(pauseMs);
        const taken = await contender.seconds(set);
        if (round > 0) seconds.get(contender)![set].push(taken);
      }
    }
    console.log(round === 0 ? 'Warmed up.' : `Round ${round} of ${rounds} done.`);
  }
  return seconds;
}

type Row = Awaited<ReturnType<typeof rowOf>>;

async function rowOf(
  { engine, precision, accuracy, logits }: Contender,
  threads: number,
  sets: Sets,
  seconds: Record<SetName, number[]>,
  /** The float32 model's logits. */
  expected: Float32Array,
) {
  const perSecond = (set: SetName) => {
    const times = [...seconds[set]].sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)];
    return median === undefined ? null : sets[set]!.labels.length / median;
  };
  const { labels } = sets.served!;
  const answers = await logits('served');
  const timedAccuracy = classificationMetrics(answers, labels).accuracy;
  return {
    engine,
    precision,
    threads,
    reviewsPerSecond: { served: perSecond('served'), full: perSecond('full') },
    seconds,
    accuracy: accuracy?.value ?? timedAccuracy,
    reviews: accuracy?.reviews ?? labels.length,
    accuracyOver: accuracy ? 'test reviews' : 'the timed reviews only',
    timedAccuracy,
    largestLogitDifference: largestDifference(expected, answers),
  };
}

function ratiosOf(rows: readonly Row[]) {
  const [float32, int8, pytorch] = rows as [Row, Row, Row];
  const ratio = (a: Row, b: Row) => {
    const of = (set: SetName) => {
      const [above, below] = [a.reviewsPerSecond[set], b.reviewsPerSecond[set]];
      return above === null || below === null ? null : above / below;
    };
    return { served: of('served'), full: of('full') };
  };
  return {
    'onnx float32 / pytorch float32': ratio(float32, pytorch),
    'onnx int8 / pytorch float32': ratio(int8, pytorch),
    'onnx int8 / onnx float32': ratio(int8, float32),
  };
}

function tableOf(rows: readonly Row[]): string {
  const table = new Table({
    style: { head: [], border: [] },
    head: ['engine', 'precision', 'reviews/s as served', 'reviews/s of full length', 'accuracy', 'over'],
  });
  for (const { engine, precision, reviewsPerSecond, accuracy, reviews, accuracyOver } of rows) {
    const { served, full } = reviewsPerSecond;
    table.push([
      engine,
      precision,
      served?.toFixed(1) ?? '',
      full?.toFixed(1) ?? '',
      accuracy.toFixed(4),
      `${reviews}: ${accuracyOver}`,
    ]);
  }
  return table.toString();
}
