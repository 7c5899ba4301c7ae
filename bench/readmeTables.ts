/** `npm run bench -- readme`: writes README.md's tables from bench/results/; with --check only says whether they fit. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { whole } from '../src/cli/tables.ts';
import { DistilleryError, errorDetails } from '../src/errors.ts';
import type { ModelCard } from '../src/models/card.ts';
import { readCard } from '../src/models/modelFolder.ts';

const comparisonResult = z.object({
  machine: z.string(),
  threads: z.number(),
  date: z.string(),
  dataset: z.string(),
  split: z.string(),
  reviews: z.number(),
  entries: z.array(
    z.object({
      model: z.string(),
      version: z.number(),
      architecture: z.string(),
      method: z.string(),
      parameters: z.number(),
      fileBytes: z.number(),
      metrics: z.object({
        accuracy: z.number(),
        accuracyInterval: z.object({ low: z.number(), high: z.number() }).optional(),
        f1: z.number(),
        calibrationError: z.number(),
      }),
      latency: z.object({ p50Ms: z.number(), p95Ms: z.number() }),
      reviewsPerSecond: z.number(),
      survey: z.number().nullish(),
    }),
  ),
});

const trainingResult = z.object({
  machine: z.string(),
  date: z.string(),
  versions: z.record(z.string(), z.string()),
  workload: z.object({
    vocabularySize: z.number(),
    embeddingSize: z.number(),
    batchSize: z.number(),
    tokens: z.number(),
    optimiser: z.string(),
  }),
  rows: z.array(
    z.object({ model: z.string(), engine: z.string(), threads: z.number(), msPerStep: z.number() }),
  ),
});

const studentsResult = z.object({
  machine: z.string(),
  date: z.string(),
  reviews: z.number(),
  sizes: z.array(
    z.object({
      architecture: z.string(),
      seeds: z.number(),
      scratch: z.number(),
      distilled: z.number(),
      difference: z.number(),
      low: z.number(),
      high: z.number(),
    }),
  ),
});

const teacherResult = z.object({
  machine: z.string(),
  date: z.string(),
  versions: z.record(z.string(), z.string()),
  workload: z.object({ maxTokens: z.number(), tokens: z.number(), batchSize: z.number() }),
  rows: z.array(
    z.object({
      engine: z.string(),
      precision: z.string(),
      threads: z.number(),
      reviewsPerSecond: z.number(),
      servedPerSecond: z.number(),
      accuracy: z.number(),
      reviews: z.number(),
    }),
  ),
});

export type TeacherResult = z.infer<typeof teacherResult>;
export type StudentsResult = z.infer<typeof studentsResult>;
export type ComparisonResult = z.infer<typeof comparisonResult>;
export type TrainingResult = z.infer<typeof trainingResult>;

interface Column<Row> {
  readonly head: string;
  /** Nothing where it is not known. */
  readonly cell: (row: Row) => string | undefined;
  readonly left?: boolean;
}

type Entry = ComparisonResult['entries'][number];

const comparisonColumns: readonly Column<Entry>[] = [
  { head: 'model', cell: ({ model, version }) => `${model}@${version}`, left: true },
  { head: 'network', cell: ({ architecture }) => architecture, left: true },
  { head: 'method', cell: ({ method }) => method.toLowerCase(), left: true },
  { head: 'accuracy', cell: ({ metrics }) => metrics.accuracy.toFixed(4) },
  {
    head: '95 % interval',
    cell: ({ metrics }) => metrics.accuracyInterval && rangeOf(metrics.accuracyInterval),
  },
  { head: 'the survey’s', cell: ({ survey }) => survey?.toFixed(2) },
  { head: 'F1', cell: ({ metrics }) => metrics.f1.toFixed(4) },
  { head: 'calibration error', cell: ({ metrics }) => metrics.calibrationError.toFixed(4) },
  { head: 'p50 ms', cell: ({ latency }) => latency.p50Ms.toFixed(2) },
  { head: 'p95 ms', cell: ({ latency }) => latency.p95Ms.toFixed(2) },
  { head: 'reviews/s', cell: ({ reviewsPerSecond }) => whole(reviewsPerSecond) },
  { head: 'parameters', cell: ({ parameters }) => whole(parameters) },
  { head: 'file MB', cell: ({ fileBytes }) => (fileBytes / 1e6).toFixed(2) },
];

const rangeOf = ({ low, high }: { low: number; high: number }, digits = 4) =>
  `${low.toFixed(digits)} to ${high.toFixed(digits)}`;

export function comparisonSection(result: ComparisonResult): string {
  const { reviews, split, dataset, machine, threads, date } = result;
  const caption = `${whole(reviews)} ${split.toLowerCase()} reviews of \`${dataset}\`; latency of one review at a time, tokenising included. ${machine}; ${threads} threads; ${day(date)}.`;
  // A column that nobody has filled is left out
  const columns = comparisonColumns.filter(({ cell }) => result.entries.some((entry) => cell(entry)));
  return `${markdownTable(columns, result.entries)}\n\n${caption}`;
}

const studentColumns: readonly Column<StudentsResult['sizes'][number]>[] = [
  { head: 'network', cell: ({ architecture }) => architecture, left: true },
  { head: 'from scratch', cell: ({ scratch }) => scratch.toFixed(4) },
  { head: 'distilled', cell: ({ distilled }) => distilled.toFixed(4) },
  { head: 'difference, points', cell: ({ difference }) => (100 * difference).toFixed(2) },
  {
    head: '95 % interval',
    cell: ({ low, high }) => rangeOf({ low: 100 * low, high: 100 * high }, 2),
  },
];

/** Pairs of students with the same initial weights, means over seeds. */
export function studentsSection({ sizes, reviews, date }: StudentsResult): string {
  const seeds = Math.min(...sizes.map((size) => size.seeds));
  const caption = `Accuracy on ${whole(reviews)} test reviews, means over ${seeds} seeds; the interval is Student's t over the paired differences. ${day(date)}.`;
  return `${markdownTable(studentColumns, sizes)}\n\n${caption}`;
}

/** Of the row's reviews a second to PyTorch's with as many threads. */
const toPyTorch = ({ rows }: TeacherResult, row: TeacherResult['rows'][number]) => {
  const same = rows.find(({ engine, threads }) => engine === 'pytorch' && threads === row.threads);
  return same && same !== row ? `${(row.reviewsPerSecond / same.reviewsPerSecond).toFixed(2)} ×` : '';
};

const teacherColumns = (result: TeacherResult): Column<TeacherResult['rows'][number]>[] => [
  { head: 'engine', cell: ({ engine }) => engine, left: true },
  { head: 'precision', cell: ({ precision }) => precision, left: true },
  { head: 'threads', cell: ({ threads }) => String(threads) },
  { head: 'reviews/s', cell: ({ reviewsPerSecond }) => reviewsPerSecond.toFixed(1) },
  { head: 'to PyTorch', cell: (row) => toPyTorch(result, row) },
  { head: 'as they come', cell: ({ servedPerSecond }) => servedPerSecond.toFixed(1) },
  { head: 'accuracy', cell: ({ accuracy }) => accuracy.toFixed(4) },
];

type Cost = NonNullable<ModelCard['quantization']>;

/** The teacher in both precisions and in PyTorch. @param cost from the card of the int8 one */
export function teacherSection(
  result: TeacherResult,
  { accuracyBefore, accuracyAfter, reviews, agreement }: Cost,
): string {
  const { rows, workload, versions, machine, date } = result;
  const caption = `The same batches of ${workload.batchSize} for each engine, in turn: reviews of ${workload.tokens} tokens; and ${whole(rows[0]?.reviews ?? 0)} as they come, of up to ${workload.maxTokens} tokens, sorted by length, which the accuracies are of. onnxruntime-node ${versions['onnxruntime-node'] ?? 'of unknown version'}, ${versions.pytorch ?? 'PyTorch'}. ${machine}; ${day(date)}.`;
  const told = `When the model was quantised, on ${whole(reviews)} validation reviews: accuracy ${accuracyBefore.toFixed(4)} in float32, ${accuracyAfter.toFixed(4)} in int8; ${(100 * agreement).toFixed(1)} % of the answers are the same.`;
  return `${markdownTable(teacherColumns(result), rows)}

${caption} ${told}`;
}

/** One line a model, one column an engine, and how many times as long each other engine takes as onnx. */
export function trainingSection({ rows, workload, versions, machine, date }: TrainingResult): string {
  const models = [...new Set(rows.map(({ model }) => model))];
  const threads = new Map(rows.map((row) => [row.engine, row.threads]));
  const ms = (model: string, engine: string) =>
    rows.find((row) => row.model === model && row.engine === engine)?.msPerStep;
  const ratio = (model: string, engine: string) => {
    const [other, onnx] = [ms(model, engine), ms(model, 'onnx')];
    return other === undefined || onnx === undefined ? '' : `${(other / onnx).toFixed(1)} ×`;
  };
  const engines = [...threads.keys()];
  const others = threads.has('onnx') ? engines.filter((engine) => engine !== 'onnx') : [];
  const columns: Column<string>[] = [
    { head: 'ms a step', cell: (model) => model, left: true },
    ...engines.map((engine) => ({
      head: engine,
      cell: (model: string) => ms(model, engine)?.toFixed(1) ?? '',
    })),
    ...others.map((engine) => ({
      head: `${engine} / onnx`,
      cell: (model: string) => ratio(model, engine),
    })),
  ];
  const { vocabularySize, embeddingSize, batchSize, tokens, optimiser } = workload;
  const told = engines.map((engine) => {
    const count = threads.get(engine) ?? 0;
    return `${engine}: ${versions[engine] ?? 'unknown version'}, ${count} ${count === 1 ? 'thread' : 'threads'}`;
  });
  const caption = `A whole training step, the median: ${batchSize} reviews × ${tokens} tokens, ${whole(vocabularySize)} words, embedding ${embeddingSize}; ${optimiser}. ${told.join('; ')}. ${machine}; ${day(date)}.`;
  return `${markdownTable(columns, models)}\n\n${caption}`;
}

/** Padded as prettier would, so that the file passes its check. */
function markdownTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const filled = columns.map(({ head, cell, left = false }) => {
    const cells = [head, ...rows.map((row) => cell(row) ?? '')];
    const width = Math.max(3, ...cells.map(({ length }) => length));
    const pad = (text: string) => (left ? text.padEnd(width) : text.padStart(width));
    const rule = left ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`;
    const [first = '', ...rest] = cells.map(pad);
    return [first, rule, ...rest];
  });
  const lines = Array.from({ length: rows.length + 2 }, (_, line) =>
    filled.map((column) => column[line] ?? '').join(' | '),
  );
  return lines.map((line) => `| ${line} |`).join('\n');
}

const day = (date: string) => date.slice(0, 10);

/**
 * @param sections what may come between `<!-- results:NAME -->` and `<!-- /results -->`, by name
 * @throws DistilleryError BAD_USER_INPUT where a section of the text is unknown or has no end
 */
export function fillReadme(readme: string, sections: Readonly<Record<string, string>>): string {
  const end = '<!-- /results -->';
  let filled = readme;
  for (const [start, name = ''] of readme.matchAll(/<!-- results:([a-z-]+) -->/g)) {
    const section = sections[name];
    const from = filled.indexOf(start);
    const to = filled.indexOf(end, from);
    const next = filled.indexOf('<!-- results:', from + start.length);
    if (section === undefined || to < 0 || (next >= 0 && next < to)) {
      throw new DistilleryError(
        'BAD_USER_INPUT',
        `README.md has ${start}: expected one of ${Object.keys(sections).join(', ')}, and ${end} after it.`,
        { section: name },
      );
    }
    filled = `${filled.slice(0, from + start.length)}\n\n${section}\n\n${filled.slice(to)}`;
  }
  return filled;
}

/** What stands in place of figures that were not measured. */
export function notMeasured(name: string): string {
  return `Not measured yet: \`npm run bench -- ${name}\` writes the figures that belong here.`;
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { check: { type: 'boolean', default: false } } });
  const path = fileURLToPath(new URL('../README.md', import.meta.url));
  const present = await readFile(path, 'utf8');
  const { quantization } = await readCard(
    fileURLToPath(new URL('../models/imdb-teacher-int8', import.meta.url)),
  );
  if (!quantization)
    throw new DistilleryError('INTERNAL', 'The card of the int8 teacher lacks what it cost.');
  const wanted = fillReadme(present, {
    'main-job': await sectionOf('main-job', comparisonResult, comparisonSection),
    zoo: await sectionOf('zoo', comparisonResult, comparisonSection),
    teacher: await sectionOf('teacher', teacherResult, (result) => teacherSection(result, quantization)),
    students: await sectionOf('students', studentsResult, studentsSection),
    training: await sectionOf('training', trainingResult, trainingSection),
  });
  if (wanted === present) return;
  if (values.check) {
    console.error("README.md's tables differ from bench/results/. Run: npm run bench -- readme");
    process.exitCode = 1;
    return;
  }
  await writeFile(path, wanted);
  console.log('Written: README.md');
}

async function sectionOf<Result>(
  name: string,
  shape: z.ZodType<Result>,
  section: (result: Result) => string,
): Promise<string> {
  let text: string;
  try {
    text = await readFile(new URL(`results/${name}.json`, import.meta.url), 'utf8');
  } catch (error) {
    if (errorDetails(error).code === 'ENOENT') return notMeasured(name);
    throw error;
  }
  return section(shape.parse(JSON.parse(text)));
}
