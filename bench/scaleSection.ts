/** The figures of `bench -- scale` and `bench -- chaos` as docs/limits.md tells them. */
import { z } from 'zod';
import { whole } from '../src/cli/tables.ts';
import { markdownTable } from '../src/survey/export/markdownTable.ts';
import type { MarkdownColumn } from '../src/survey/export/markdownTable.ts';
import { faultKinds } from './chaos/faults.ts';
import { aim, habits, limitsOf, type Limit } from './scale/limits.ts';

const stamp = { machine: z.string(), date: z.string(), cores: z.number(), command: z.string() };

/** Parts that were not measured yet are missing. */
export const scaleResult = z.object({
  workers: z
    .looseObject({
      ...stamp,
      ratio: z.number(),
      runs: z.number(),
      architecture: z.string(),
      runsPerHour: z.object({ oneWorker: z.number(), twoWorkers: z.number() }),
    })
    .optional(),
  database: z
    .looseObject({
      ...stamp,
      emptyPollMs: z.number(),
      runHeartbeatMs: z.number(),
      workerHeartbeatMs: z.number(),
      eventMs: z.number(),
      eventPerListenerMs: z.number(),
      followerReadMs: z.number(),
      lookPerRunMs: z.number(),
      eventsPerSecond: z.number(),
      eventBytes: z.number(),
      connectionMb: z.number(),
      maxConnections: z.number(),
    })
    .optional(),
  subscribers: z
    .looseObject({
      ...stamp,
      subscribers: z.number(),
      subscriberKb: z.number(),
      deliveryMs: z.number(),
      medianDelayMs: z.number(),
    })
    .optional(),
});
export type ScaleResult = z.infer<typeof scaleResult>;

interface Row extends Limit {
  /** The same where workers do not listen. */
  quietReachedAt: number;
}

const amount = (value: number, unit: string) =>
  `${value < 10 ? value.toFixed(1) : whole(value)}${unit && ` ${unit}`}`;

const columns: readonly MarkdownColumn<Row>[] = [
  { head: 'what', cell: ({ what }) => what, left: true },
  { head: 'needed', cell: ({ needed, unit }) => amount(needed, unit) },
  { head: 'there is', cell: ({ available, unit }) => amount(available, unit) },
  { head: 'reached at', cell: ({ reachedAt, of }) => `${whole(reachedAt)} ${of}` },
  { head: 'where workers do not listen', cell: ({ quietReachedAt }) => whole(quietReachedAt) },
];

/** What breaks first, calculated from what was measured. */
export function limitsSection({ database, subscribers }: ScaleResult): string {
  if (!database || !subscribers) return 'Not measured yet: `npm run bench -- scale` writes these figures.';
  const { cores } = database;
  const quiet = limitsOf(database, subscribers, { cores, workersListen: false });
  const rows = limitsOf(database, subscribers, { cores, workersListen: true }).map((limit) => ({
    ...limit,
    quietReachedAt: quiet.find(({ what }) => what === limit.what)!.reachedAt,
  }));
  const dayGb = (aim.workers * habits.eventsPerSecond * database.eventBytes * 86_400) / 1e9;
  const ms = (value: number) => `${value.toFixed(3)} ms`;
  const costs = [
    `an event ${ms(database.eventMs)}, and ${ms(database.eventPerListenerMs)} more for each connection that listens`,
    `a poll of the empty queue ${ms(database.emptyPollMs)}`,
    `the heartbeats of a worker and of its run ${ms(database.runHeartbeatMs + database.workerHeartbeatMs)}`,
    `what followers of a run read together ${ms(database.followerReadMs)}`,
    `a look for interrupted runs ${ms(database.lookPerRunMs)} a run that goes on`,
  ].join('; ');
  return `${markdownTable(columns, rows)}

For ${whole(aim.workers)} workers with a run each that tells ${habits.eventsPerSecond} events a second, and ${whole(aim.subscribers)} subscribers of ${aim.servers} servers; calculated from measured costs. Of PostgreSQL's processors: ${costs}. A connection holds ${database.connectionMb.toFixed(1)} MB. A server spends ${ms(subscribers.deliveryMs)} on an event for one of ${whole(subscribers.subscribers)} subscribers, who have it after ${subscribers.medianDelayMs.toFixed(0)} ms (median), and ${whole(subscribers.subscriberKb)} kB on each. Events of so many runs fill ${whole(dayGb)} GB a day. ${database.machine}; ${database.date.slice(0, 10)}.`;
}

export function workersSection({ workers }: ScaleResult): string {
  if (!workers) return 'Not measured yet: `npm run bench -- scale --only workers` writes these figures.';
  const { ratio, runs, architecture, runsPerHour, machine, date } = workers;
  return `Two workers of one thread each do ${ratio.toFixed(2)} times as many runs as one: ${whole(runsPerHour.twoWorkers)} an hour and ${whole(runsPerHour.oneWorker)}, in alternating rounds of ${runs} equal runs of a ${architecture}. ${machine}; ${date.slice(0, 10)}.`;
}

const storm = z.object({
  kills: z.number(),
  faults: z.record(z.enum(faultKinds), z.number()),
  runs: z.number(),
  runsLost: z.number(),
  runsDoubled: z.number(),
  subscribers: z.number(),
  events: z.number(),
  eventsLost: z.number(),
  eventsDoubled: z.number(),
  weightsEqual: z.boolean(),
  seconds: z.number(),
});
export const chaosResult = z.object({
  machine: z.string(),
  date: z.string(),
  seed: z.number(),
  postgresql: storm.optional(),
  pglite: storm.optional(),
});
export type ChaosResult = z.infer<typeof chaosResult>;

type Storm = z.infer<typeof storm> & { where: string };

const stormColumns: readonly MarkdownColumn<Storm>[] = [
  { head: 'database', cell: ({ where }) => where, left: true },
  { head: 'runs', cell: ({ runs }) => String(runs) },
  { head: 'processes killed', cell: ({ kills }) => String(kills) },
  { head: 'frozen', cell: ({ faults }) => String(faults['freeze-worker']) },
  {
    head: 'connections cut',
    cell: ({ faults }) => `${faults['cut-database']} + ${faults['cut-subscribers']}`,
  },
  { head: 'runs lost, doubled', cell: ({ runsLost, runsDoubled }) => `${runsLost}, ${runsDoubled}` },
  { head: 'events seen', cell: ({ events }) => whole(events) },
  { head: 'lost, doubled', cell: ({ eventsLost, eventsDoubled }) => `${eventsLost}, ${eventsDoubled}` },
  { head: 'weights', cell: ({ weightsEqual }) => (weightsEqual ? 'equal' : 'not equal') },
];

export function chaosSection({ postgresql, pglite, machine, date, seed }: ChaosResult): string {
  const rows: Storm[] = [
    ...(postgresql ? [{ ...postgresql, where: 'PostgreSQL' }] : []),
    ...(pglite ? [{ ...pglite, where: 'PGlite' }] : []),
  ];
  return `${markdownTable(stormColumns, rows)}

Weights are compared byte by byte with those of the same runs in calm; connections cut are those to the database and those of subscribers. Seed ${seed}. ${machine}; ${date.slice(0, 10)}.`;
}
