/** The tables of README.md and docs/: what a result file holds, and how it is told. */
import { z } from 'zod';
import { whole } from '../src/cli/tables.ts';
import { defaultTailMargin, samplesNeeded } from '../src/evaluation/samples.ts';
import type { ModelCard } from '../src/models/card.ts';
import { markdownTable } from '../src/survey/export/markdownTable.ts';
import type { MarkdownColumn } from '../src/survey/export/markdownTable.ts';

export const comparisonResult = z.object({
  machine: z.string(),
  /** Results of earlier releases are of one session outside of serving, and lack them. */
  workers: z.number().optional(),
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
      latency: z.object({
        samples: z.number().optional(),
        p50Ms: z.number(),
        p90Ms: z.number().nullish(),
        p95Ms: z.number().nullable(),
        p99Ms: z.number().nullish(),
      }),
      reviewsPerSecond: z.number(),
      accuracyOfReference: z.number().nullish(),
      valid: z.boolean().optional(),
      survey: z.number().nullish(),
    }),
  ),
  /** Results of earlier releases lack them. */
  comparisons: z
    .array(
      z.object({
        model: z.string(),
        other: z.string(),
        difference: z.number(),
        low: z.number(),
        high: z.number(),
        pValue: z.number(),
        agreement: z.number(),
      }),
    )
    .default([]),
});

export const trainingResult = z.object({
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

export const studentsResult = z.object({
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
      survey: z.object({ scratch: z.number(), distilled: z.number() }),
    }),
  ),
});

const kinds = ['plain', 'negation', 'mixed', 'irony'] as const;
const countOfKind = z.record(z.enum(kinds), z.number());
export const shortReviewsResult = z.object({
  reviews: countOfKind,
  rows: z.array(
    z.object({
      model: z.string(),
      right: countOfKind,
      wrong: z.array(z.object({ text: z.string(), positive: z.number() })),
    }),
  ),
});

export const teacherResult = z.object({
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

export type ShortReviewsResult = z.infer<typeof shortReviewsResult>;
export type TeacherResult = z.infer<typeof teacherResult>;
export type StudentsResult = z.infer<typeof studentsResult>;
export type ComparisonResult = z.infer<typeof comparisonResult>;
export type TrainingResult = z.infer<typeof trainingResult>;

type Entry = ComparisonResult['entries'][number];

const comparisonColumns: readonly MarkdownColumn<Entry>[] = [
  { head: 'model', cell: ({ model, version }) => `${model}@${version}`, left: true },
  { head: 'network', cell: ({ architecture }) => architecture, left: true },
  { head: 'method', cell: ({ method }) => method.toLowerCase(), left: true },
  { head: 'accuracy', cell: ({ metrics }) => metrics.accuracy.toFixed(4) },
  {
    head: '95 % interval',
    cell: ({ metrics }) => metrics.accuracyInterval && rangeOf(metrics.accuracyInterval),
  },
  {
    head: 'of its reference',
    cell: ({ accuracyOfReference: share, valid }) =>
      share == null ? undefined : `${(100 * share).toFixed(1)} %${valid === false ? ', invalid' : ''}`,
  },
  { head: 'the survey’s', cell: ({ survey }) => survey?.toFixed(2) },
  { head: 'F1', cell: ({ metrics }) => metrics.f1.toFixed(4) },
  { head: 'calibration error', cell: ({ metrics }) => metrics.calibrationError.toFixed(4) },
  { head: 'p50 ms', cell: ({ latency }) => latency.p50Ms.toFixed(2) },
  { head: 'p90 ms', cell: ({ latency }) => latency.p90Ms?.toFixed(2) },
  { head: 'p95 ms', cell: ({ latency }) => latency.p95Ms?.toFixed(2) },
  // Earlier releases told it of any number of samples
  {
    head: 'p99 ms',
    cell: ({ latency: { samples = 0, p99Ms } }) =>
      samples < samplesNeeded(99, defaultTailMargin) ? undefined : p99Ms?.toFixed(2),
  },
  { head: 'reviews/s', cell: ({ reviewsPerSecond }) => whole(reviewsPerSecond) },
  { head: 'parameters', cell: ({ parameters }) => whole(parameters) },
  { head: 'file MB', cell: ({ fileBytes }) => (fileBytes / 1e6).toFixed(2) },
];

const rangeOf = ({ low, high }: { low: number; high: number }, digits = 4) =>
  `${low.toFixed(digits)} to ${high.toFixed(digits)}`;

export function comparisonSection(result: ComparisonResult): string {
  const { reviews, split, dataset, machine, workers, threads, date } = result;
  const served =
    workers === undefined ? `${threads} threads` : `serving with ${workers} workers of ${threads} threads`;
  const caption = `${whole(reviews)} ${split.toLowerCase()} reviews of \`${dataset}\`; latency of one review at a time, tokenising included. ${machine}; ${served}; ${day(date)}.`;
  // A column that nobody has filled is left out
  const columns = comparisonColumns.filter(({ cell }) => result.entries.some((entry) => cell(entry)));
  return `${markdownTable(columns, result.entries)}\n\n${caption}`;
}

type Comparison = ComparisonResult['comparisons'][number];

const differenceColumns: readonly MarkdownColumn<Comparison>[] = [
  { head: 'model', cell: ({ model }) => model, left: true },
  { head: 'against', cell: ({ other }) => other, left: true },
  { head: 'difference, points', cell: ({ difference }) => (100 * difference).toFixed(2) },
  { head: '95 % interval', cell: ({ low, high }) => rangeOf({ low: 100 * low, high: 100 * high }, 2) },
  { head: 'p, corrected', cell: ({ pValue }) => (pValue < 0.0001 ? '< 0.0001' : pValue.toFixed(4)) },
  { head: 'same answers', cell: ({ agreement }) => `${(100 * agreement).toFixed(1)} %` },
];

/** Every model against one of them, whichever of the two came first. */
export function differencesSection({ comparisons, reviews }: ComparisonResult, against: string): string {
  const rows = comparisons
    .filter(({ model, other }) => model === against || other === against)
    .map((row) => (row.other === against ? row : turned(row)))
    .sort((a, b) => b.difference - a.difference);
  const caption = `On the same ${whole(reviews)} reviews; McNemar's exact test, corrected for ${comparisons.length} comparisons (Holm).`;
  return `${markdownTable(differenceColumns, rows)}\n\n${caption}`;
}

const turned = ({ model, other, difference, low, high, ...rest }: Comparison): Comparison => ({
  ...rest,
  model: other,
  other: model,
  difference: -difference,
  low: -high,
  high: -low,
});

const studentColumns: readonly MarkdownColumn<StudentsResult['sizes'][number]>[] = [
  { head: 'network', cell: ({ architecture }) => architecture, left: true },
  { head: 'from scratch', cell: ({ scratch }) => scratch.toFixed(4) },
  { head: 'distilled', cell: ({ distilled }) => distilled.toFixed(4) },
  { head: 'difference, points', cell: ({ difference }) => (100 * difference).toFixed(2) },
  {
    head: '95 % interval',
    cell: ({ low, high }) => rangeOf({ low: 100 * low, high: 100 * high }, 2),
  },
  { head: 'the survey: scratch', cell: ({ survey }) => survey.scratch.toFixed(2) },
  { head: 'distilled', cell: ({ survey }) => survey.distilled.toFixed(2) },
];

/** Pairs of students with the same initial weights, means over seeds. */
export function studentsSection({ sizes, reviews, date }: StudentsResult): string {
  const seeds = Math.min(...sizes.map((size) => size.seeds));
  const caption = `Accuracy on ${whole(reviews)} test reviews, means over ${seeds} seeds; the interval is Student's t over the paired differences. ${day(date)}.`;
  return `${markdownTable(studentColumns, sizes)}\n\n${caption}`;
}

/** How many of each kind every model gets right, and what most of them get wrong. */
export function shortReviewsSection({ reviews, rows }: ShortReviewsResult): string {
  const columns: MarkdownColumn<ShortReviewsResult['rows'][number]>[] = [
    { head: 'model', cell: ({ model }) => model, left: true },
    ...kinds.map((kind) => ({
      head: `${kind}, of ${reviews[kind]}`,
      cell: ({ right }: ShortReviewsResult['rows'][number]) => String(right[kind]),
    })),
  ];
  const failing = new Map<string, number>();
  for (const { text } of rows.flatMap(({ wrong }) => wrong)) failing.set(text, (failing.get(text) ?? 0) + 1);
  const hardest = [...failing].filter(([, models]) => 2 * models > rows.length).sort((a, b) => b[1] - a[1]);
  const list = hardest.map(([text, models]) => `- ${text} (${models} of ${rows.length})`).join('\n');
  return `${markdownTable(columns, rows)}\n\nWrong in more than half of the models:\n\n${list}`;
}

/** Of the row's reviews a second to PyTorch's with as many threads. */
const toPyTorch = ({ rows }: TeacherResult, row: TeacherResult['rows'][number]) => {
  const same = rows.find(({ engine, threads }) => engine === 'pytorch' && threads === row.threads);
  return same && same !== row ? `${(row.reviewsPerSecond / same.reviewsPerSecond).toFixed(2)} ×` : '';
};

const teacherColumns = (result: TeacherResult): MarkdownColumn<TeacherResult['rows'][number]>[] => [
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
  const columns: MarkdownColumn<string>[] = [
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

const day = (date: string) => date.slice(0, 10);
