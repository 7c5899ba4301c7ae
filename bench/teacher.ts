/** Reviews a second of an int8 teacher, of its weights in float32 and of PyTorch with these: the same batches, in turn in one run. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command } from 'commander';
import { z } from 'zod';
import { readConfig } from '../src/config.ts';
import { DatasetCatalogue } from '../src/data/catalogue.ts';
import { DistilleryError } from '../src/errors.ts';
import { isLabelled, type LabelledReview } from '../src/evaluation/labelledReviews.ts';
import { classificationMetrics } from '../src/evaluation/metrics.ts';
import { batchesByLength, type Sequence } from '../src/evaluation/predict.ts';
import { exists } from '../src/files.ts';
import { modelFiles, type ModelCard } from '../src/models/card.ts';
import { writeSafetensors } from '../src/models/checkpoint/safetensors.ts';
import { checkName, readCard, readNetwork } from '../src/models/modelFolder.ts';
import { buildModel } from '../src/models/networks/index.ts';
import { Random } from '../src/nn/random.ts';
import { padBatch } from '../src/text/batch.ts';
import { readTokenizer } from '../src/text/tokenizer.ts';
import { writeServed } from '../src/training/modelFolder.ts';
import { findPython, howToNamePython } from './python.ts';
import { packageVersions, writeResult } from './results.ts';
import { largestDifference } from './teacherAgreement.ts';
import type { Contender, SetName, Sets, TimedSet } from './teacherEngines.ts';
import { batchSize, onnxContender, startPyTorch } from './teacherEngines.ts';

/** Thread pools of ONNX Runtime and OpenMP spin a while after their work; the next engine should not feel it. */
const pauseMs = 250;
const seed = 1;

export async function run(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  const { dataDirectory, python } = options;
  if (python === null)
    throw new DistilleryError('BAD_USER_INPUT', `This comparison needs PyTorch. ${howToNamePython}`);
  const folder = await findModel(dataDirectory, options.model);
  const card = await readCard(folder);
  const reference = `${card.name}@${card.version}`;
  const { spec, maxTokens } = card;
  if (spec?.kind !== 'bert' || spec.pooling === 'cls-relu' || card.precision !== 'int8') {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `Expected an int8 BERT teacher, found ${reference} (${card.architecture}, ${card.precision}).`,
    );
  }
  const name = options.dataset ?? card.dataset?.name ?? 'imdb';
  const catalogue = new DatasetCatalogue({
    dataDirectory,
    ...(options.archive ? { imdbArchive: options.archive } : {}),
  });
  const reviews = (await (await catalogue.open(name)).reviews('test')).filter(isLabelled);
  const shuffled = new Random(seed).shuffle([...reviews]);
  const sets = await timedSets(folder, shuffled, options.timed, maxTokens, options.tokens);
  const loadBefore = loadavg()[0] ?? 0;

  const versions = await packageVersions('onnxruntime-node');
  const float32 = await float32Twin(folder, card);
  const rows: Row[] = [];
  const ratios: Record<string, ReturnType<typeof ratiosOf>> = {};
  for (const threads of options.threads) {
    const pytorch = await startPyTorch(python, { spec, folder: float32, threads, sets });
    versions.pytorch = pytorch.version;
    const contenders = [
      await onnxContender(float32, 'float32', threads, sets),
      await onnxContender(folder, 'int8', threads, sets),
      pytorch.contender,
    ];
    const seconds = await timings(contenders, Object.keys(sets) as SetName[], options.rounds);
    const expected = await contenders[0]!.logits('served');
    const measured: Row[] = [];
    for (const contender of contenders)
      measured.push(await rowOf(contender, threads, sets, seconds.get(contender)!, expected));
    for (const contender of contenders) await contender.release();
    rows.push(...measured);
    ratios[`${threads} threads`] = ratiosOf(measured);
  }
  await rm(float32, { recursive: true });

  console.log(tableOf(rows));
  console.log(ratios);
  const workload = {
    dataset: name,
    maxTokens,
    tokens: options.tokens,
    batchSize,
    timedReviews: options.timed,
    rounds: options.rounds,
  };
  const command = `teacher --model ${reference} --dataset ${name} --threads ${options.threads.join(',')} --tokens ${options.tokens} --timed ${options.timed} --rounds ${options.rounds}`;
  await writeResult('teacher', command, { versions, model: reference, workload, loadBefore, rows, ratios });
}

function readOptions(args: readonly string[]) {
  const config = readConfig();
  const count = z.coerce.number().int().positive();
  const options = new Command('teacher')
    .option(
      '--model <name>',
      'an int8 teacher, trained or released: a name or name@version',
      'imdb-teacher-int8',
    )
    .option('--data-directory <folder>', 'where models and datasets are', config.dataDirectory)
    .option('--dataset <name>', 'whose test reviews are classified (default: the teacher’s own)')
    .option('--archive <path>', 'the archive of imdb (default: DISTILLERY_IMDB_ARCHIVE)', config.imdbArchive)
    .option('--python <path>', 'a Python with PyTorch and transformers (default: DISTILLERY_PYTHON)')
    .option('--threads <counts>', 'threads of every engine, one measurement for each', '1,2')
    .option('--tokens <count>', 'tokens of the reviews of full length', '256')
    .option('--timed <count>', 'reviews that are timed, of each kind of batches', '256')
    .option('--rounds <count>', 'turns of every engine', '5')
    .parse([...args], { from: 'user' })
    .opts<
      Record<'model' | 'dataDirectory' | 'threads' | 'tokens' | 'timed' | 'rounds', string> &
        Partial<Record<'dataset' | 'archive' | 'python', string>>
    >();
  return {
    ...options,
    python: findPython(options.python),
    threads: options.threads.split(',').map((threads) => count.parse(threads)),
    tokens: count.parse(options.tokens),
    timed: count.parse(options.timed),
    rounds: count.parse(options.rounds),
  };
}

/** A version of a model that was trained here (the newest one without a version), or a released model. */
async function findModel(dataDirectory: string, reference: string): Promise<string> {
  const [name = '', version] = reference.split('@');
  checkName(name, 'model name');
  const trained = join(dataDirectory, 'models', name);
  const versions = (await readdir(trained).catch(() => [])).map(Number).filter(Number.isInteger);
  const chosen = version === undefined ? Math.max(...versions) : Number(version);
  if (versions.includes(chosen)) return join(trained, String(chosen));
  const released = fileURLToPath(new URL(`../models/${name}`, import.meta.url));
  if (await exists(released)) return released;
  throw new DistilleryError(
    'NOT_FOUND',
    `There is no ${reference} in ${trained} (versions there: ${versions.join(', ') || 'none'}) or in models/.`,
  );
}

/** The same weights in float32: a folder that ONNX Runtime and PyTorch read, for the caller to remove. */
async function float32Twin(folder: string, card: ModelCard): Promise<string> {
  const { spec, weights } = await readNetwork({ folder, card });
  const tokenizer = await readTokenizer(join(folder, modelFiles.tokenizer));
  const twin = await mkdtemp(join(tmpdir(), 'distillery-float32-'));
  await writeServed(twin, { model: buildModel(spec), weights, tokenizer }, card);
  await writeSafetensors(join(twin, modelFiles.weights), weights);
  return twin;
}

async function timedSets(
  folder: string,
  reviews: readonly LabelledReview[],
  count: number,
  maxTokens: number,
  fullTokens: number,
): Promise<Sets> {
  const tokenizer = await readTokenizer(join(folder, modelFiles.tokenizer));
  const served: (Sequence & { label: 0 | 1 })[] = [];
  const full: typeof served = [];
  for (const [index, { text, label }] of reviews.entries()) {
    if (served.length >= count && full.length >= count) break;
    const ids = tokenizer.encode(text, maxTokens);
    if (served.length < count) served.push({ index, ids, label });
    const cut = tokenizer.encode(text, fullTokens);
    if (full.length < count && cut.length === fullTokens) full.push({ index, ids: cut, label });
  }
  const setOf = (sequences: typeof served): TimedSet => {
    const batches = batchesByLength(sequences, batchSize);
    const labels = batches.flat().map(({ index }) => reviews[index]!.label);
    return { batches: batches.map((batch) => padBatch(batch.map(({ ids }) => ids))), labels };
  };
  if (full.length === 0)
    throw new DistilleryError('BAD_USER_INPUT', `No review fills ${fullTokens} tokens. Ask for fewer.`);
  return { served: setOf(served), full: setOf(full) };
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

interface Row {
  readonly engine: string;
  readonly precision: ModelCard['precision'];
  readonly threads: number;
  /** Of full length. */
  readonly reviewsPerSecond: number;
  /** In batches by length, as they come. */
  readonly servedPerSecond: number;
  readonly seconds: Record<SetName, number[]>;
  /** Of the answers to the reviews as they come, which are the same for every engine. */
  readonly accuracy: number;
  readonly reviews: number;
  /** To the float32 logits of ONNX Runtime. */
  readonly largestLogitDifference: number;
}

async function rowOf(
  { engine, precision, logits }: Contender,
  threads: number,
  sets: Sets,
  seconds: Record<SetName, number[]>,
  expected: Float32Array,
): Promise<Row> {
  const perSecond = (set: SetName) => {
    const times = [...seconds[set]].sort((a, b) => a - b);
    return sets[set].labels.length / times[Math.floor(times.length / 2)]!;
  };
  const { labels } = sets.served;
  const answers = await logits('served');
  return {
    engine,
    precision,
    threads,
    reviewsPerSecond: perSecond('full'),
    servedPerSecond: perSecond('served'),
    seconds,
    accuracy: classificationMetrics(answers, labels).accuracy,
    reviews: labels.length,
    largestLogitDifference: largestDifference(expected, answers),
  };
}

function ratiosOf(rows: readonly Row[]) {
  const [float32, int8, pytorch] = rows as [Row, Row, Row];
  const ratio = (a: Row, b: Row) => ({
    full: a.reviewsPerSecond / b.reviewsPerSecond,
    served: a.servedPerSecond / b.servedPerSecond,
  });
  return {
    'onnx float32 / pytorch float32': ratio(float32, pytorch),
    'onnx int8 / pytorch float32': ratio(int8, pytorch),
    'onnx int8 / onnx float32': ratio(int8, float32),
  };
}

function tableOf(rows: readonly Row[]): string {
  const table = new Table({
    style: { head: [], border: [] },
    head: ['engine', 'precision', 'threads', 'reviews/s of full length', 'as served', 'accuracy', 'over'],
  });
  for (const { engine, precision, threads, reviewsPerSecond, servedPerSecond, accuracy, reviews } of rows) {
    table.push([
      engine,
      precision,
      threads,
      reviewsPerSecond.toFixed(1),
      servedPerSecond.toFixed(1),
      accuracy.toFixed(4),
      reviews,
    ]);
  }
  return table.toString();
}
