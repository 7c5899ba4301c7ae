/** The figures of `bench -- serving` as docs/ tell them. */
import { z } from 'zod';
import { whole } from '../src/cli/tables.ts';
import { markdownTable } from '../src/survey/export/markdownTable.ts';
import type { MarkdownColumn } from '../src/survey/export/markdownTable.ts';
import { median } from './serving/turns.ts';
import { counted } from './serving/wording.ts';

const stamp = { machine: z.string(), date: z.string(), dataset: z.string() };
const p99 = z.object({ p99Ms: z.number() });
const turn = z.object({ perSecond: z.number(), latency: p99.nullable() });

const compared = z.object({
  ratio: z.number(),
  unit: z.enum(['requests', 'reviews']),
  ours: z.string(),
  other: z.string(),
  rounds: z.record(z.string(), z.array(turn)),
  counts: z.boolean().default(true),
});
const comparison = compared.extend({
  ...stamp,
  others: z.record(z.string(), z.object({ ratio: z.number() })).default({}),
  fastapiTwoWorkers: compared.optional(),
  versions: z.record(z.string(), z.string()).default({}),
});

const eventLoop = z.object({
  ...stamp,
  ratePerSecond: z.number(),
  training: z.object({ architecture: z.string() }),
  calm: z.object({ latency: p99 }),
  whileTraining: z.object({
    latency: p99,
    eventLoopMs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }).nullable(),
  }),
});

const overloaded = z.object({
  model: z.string(),
  boundMs: z.number(),
  seconds: z.number(),
  sustainablePerSecond: z.number(),
  offeredPerSecond: z.number(),
  answeredPerSecond: z.number(),
  rejectedPerSecond: z.number(),
  answered: p99,
  rejected: p99,
  failed: z.number(),
  memory: z.array(z.object({ mb: z.number() })),
  recovery: z.object({ seconds: z.number().nullable() }),
});

const soak = z.object({
  ...stamp,
  seconds: z.number(),
  ratePerSecond: z.number(),
  requests: z.number(),
  failed: z.number(),
  rejected: z.number(),
  versionsReplaced: z.number(),
  memory: z.array(z.object({ seconds: z.number(), mb: z.number() })),
  growth: z.object({ slope: z.number().nullable(), standardError: z.number().nullable() }),
});

/** Parts that were not measured yet are missing. */
export const servingResult = z.object({
  comparisons: z.record(z.string(), comparison).default({}),
  eventLoop: eventLoop.optional(),
  overload: z.object({ ...stamp, models: z.array(overloaded) }).optional(),
  soak: soak.optional(),
});

export type ServingResult = z.infer<typeof servingResult>;

export function servingSection({ comparisons, eventLoop, overload, soak }: ServingResult): string {
  const parts = [
    Object.keys(comparisons).length > 0 && comparisonsTold(comparisons),
    eventLoop && eventLoopTold(eventLoop),
    overload && overloadTold(overload),
    soak && soakTold(soak),
  ];
  return parts.filter(Boolean).join('\n\n');
}

type Compared = z.infer<typeof compared>;

const rateOf = ({ rounds, unit }: Compared, side: string) =>
  `${whole(median((rounds[side] ?? []).map(({ perSecond }) => perSecond)))} ${unit}`;

function p99Of({ rounds }: Compared, side: string): string | undefined {
  const measured = (rounds[side] ?? []).flatMap(({ latency }) => latency?.p99Ms ?? []);
  return measured.length > 0 ? median(measured).toFixed(1) : undefined;
}

const comparisonColumns: readonly MarkdownColumn<Compared>[] = [
  { head: 'ours', cell: ({ ours }) => ours, left: true },
  { head: 'a second', cell: (row) => rateOf(row, row.ours) },
  { head: 'p99 ms', cell: (row) => p99Of(row, row.ours) },
  { head: 'beside', cell: ({ other }) => other, left: true },
  { head: 'a second', cell: (row) => rateOf(row, row.other) },
  { head: 'p99 ms', cell: (row) => p99Of(row, row.other) },
  { head: 'ratio', cell: ({ ratio, counts }) => `${ratio.toFixed(2)}${counts ? '' : ', p99 higher'}` },
];

function comparisonsTold(comparisons: ServingResult['comparisons']): string {
  const all = Object.values(comparisons);
  const rows = all.flatMap((row) => [row, ...(row.fastapiTwoWorkers ? [row.fastapiTwoWorkers] : [])]);
  const { machine, date, dataset } = all[0]!;
  const versions = Object.entries(
    Object.assign({}, ...all.map((row) => row.versions)) as Record<string, string>,
  );
  const peers = versions.map(([name, version]) => ` ${name} ${version}`).join(',');
  const caption = `Over HTTP from another process on the same machine, by clients that wait for their answers; the sides in turn, medians over rounds; test reviews of \`${dataset}\`.${peers && ` Peers:${peers}.`} ${machine}; ${day(date)}.`;
  const { classifyOverTypename } = comparisons;
  const others = Object.entries(classifyOverTypename?.others ?? {})
    .filter(([name]) => name !== classifyOverTypename?.ours)
    .map(([name, { ratio }]) => `${name} ${ratio.toFixed(2)}`);
  const more = others.length > 0 ? `\n\nAgainst \`__typename\`, too: ${others.join('; ')}.` : '';
  return `${markdownTable(comparisonColumns, rows)}\n\n${caption}${more}`;
}

function eventLoopTold({ ratePerSecond, training, calm, whileTraining }: z.infer<typeof eventLoop>): string {
  const { latency, eventLoopMs } = whileTraining;
  const delay = eventLoopMs
    ? ` A timer of 10 ms in the server's event loop then fires after ${eventLoopMs.p99.toFixed(1)} ms at the 99th percentile (median ${eventLoopMs.p50.toFixed(1)}, longest ${eventLoopMs.max.toFixed(1)}).`
    : '';
  return `While a ${training.architecture} is trained beside it, ${ratePerSecond} requests a second have a p99 of ${latency.p99Ms.toFixed(1)} ms, and of ${calm.latency.p99Ms.toFixed(1)} ms without.${delay}`;
}

type Overloaded = z.infer<typeof overloaded>;

const overloadColumns: readonly MarkdownColumn<Overloaded>[] = [
  { head: 'model', cell: ({ model }) => model, left: true },
  { head: 'sustainable/s', cell: (row) => row.sustainablePerSecond.toFixed(1) },
  { head: 'within ms', cell: ({ boundMs }) => String(boundMs) },
  { head: 'offered/s', cell: (row) => row.offeredPerSecond.toFixed(1) },
  { head: 'answered/s', cell: (row) => row.answeredPerSecond.toFixed(1) },
  { head: 'p99 ms', cell: ({ answered }) => answered.p99Ms.toFixed(0) },
  { head: 'rejected/s', cell: (row) => row.rejectedPerSecond.toFixed(1) },
  { head: 'p99 ms', cell: ({ rejected }) => rejected.p99Ms.toFixed(0) },
  { head: 'failed', cell: ({ failed }) => String(failed) },
  { head: 'most MB', cell: ({ memory }) => whole(Math.max(...memory.map(({ mb }) => mb))) },
  { head: 'calm after s', cell: ({ recovery }) => recovery.seconds?.toString() ?? 'not' },
];

function overloadTold({ models, machine, date }: NonNullable<ServingResult['overload']>): string {
  const seconds = Math.max(...models.map((model) => model.seconds));
  const caption = `Arrivals as a Poisson process, ten times the sustainable rate for ${seconds} s, or as much of that as one load generator on the same machine can send; calm again is a second whose p99 is below twice that of before. ${machine}; ${day(date)}.`;
  return `${markdownTable(overloadColumns, models)}\n\n${caption}`;
}

function soakTold(result: z.infer<typeof soak>): string {
  const { seconds, ratePerSecond, requests, failed, rejected, versionsReplaced, memory, growth } = result;
  const [first, last] = [memory[0], memory.at(-1)];
  const load = `${counted(Math.round(seconds / 60), 'minute')} of mixed requests, ${ratePerSecond} a second, while one model got ${counted(versionsReplaced, 'new version')}: of ${whole(requests)} requests ${failed} failed and ${rejected} were turned away.`;
  if (!first || !last || growth.slope === null || growth.standardError === null) return load;
  const slope = `${growth.slope.toFixed(2)} ± ${(2 * growth.standardError).toFixed(2)} MB a minute after the first`;
  return `${load} Resident memory went from ${whole(first.mb)} to ${whole(last.mb)} MB, by ${slope}. ${result.machine}; ${day(result.date)}.`;
}

const day = (date: string) => date.slice(0, 10);
