/** The tables, as Drizzle sees them. A change here needs a new numbered file in migrations/ (npm run migration). */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ErrorCode } from '../errors.ts';
import type { BenchmarkReport } from '../benchmark/report.ts';
import type { EpochMetrics } from '../evaluation/metrics.ts';
import type { Phase, RunState } from '../progress/progress.ts';
import type { ModelCard } from '../models/card.ts';
import type { SurveyReport } from '../survey/report.ts';
import type { SurveySpec } from '../survey/spec.ts';
import type { RunConfig } from '../training/config.ts';
import type { SurveyState } from './surveys.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
/** Insertion order: what keyset pagination goes by, since two rows can share a moment. */
const position = () => bigint('position', { mode: 'number' }).generatedAlwaysAsIdentity();

export const runs = pgTable(
  'runs',
  {
    id: uuid('id').primaryKey(),
    position: position().notNull().unique(),
    kind: text('kind').$type<RunConfig['kind']>().notNull(),
    config: jsonb('config').$type<RunConfig>().notNull(),
    /** Model versions that the run uses, pinned when it was submitted: a retry must not meet another teacher. */
    usedModels: jsonb('used_models').$type<string[]>().notNull().default([]),
    state: text('state').$type<RunState>().notNull().default('queued'),
    createdAt: moment('created_at').notNull().defaultNow(),
    startedAt: moment('started_at'),
    endedAt: moment('ended_at'),
    errorCode: text('error_code').$type<ErrorCode>(),
    errorMessage: text('error_message'),
    modelName: text('model_name'),
    modelVersion: integer('model_version'),
    report: jsonb('report').$type<BenchmarkReport>(),
    lastSequence: integer('last_sequence').notNull().default(0),
    /** The process that works on the run; its writes are refused once another process took the run over. */
    worker: text('worker'),
    /**
     * How often a worker has begun it: the fencing token. A write of an earlier attempt is refused, also where the same
     * process has taken the run up again.
     */
    attempt: integer('attempt').notNull().default(0),
    heartbeatAt: moment('heartbeat_at'),
    cancelRequested: boolean('cancel_requested').notNull().default(false),
  },
  (table) => [
    index('runs_state').on(table.state),
    check(
      'runs_state_known',
      sql`${table.state} in ('queued', 'running', 'succeeded', 'failed', 'cancelled')`,
    ),
  ],
);

export const runEpochs = pgTable(
  'run_epochs',
  {
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    /** 0-based over all phases of the run. */
    position: integer('position').notNull(),
    phase: text('phase').notNull(),
    epoch: integer('epoch').notNull(),
    loss: doublePrecision('loss').notNull(),
    validation: jsonb('validation').$type<EpochMetrics['validation']>(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.position] })],
);

export const progressEvents = pgTable(
  'progress_events',
  {
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    sequence: integer('sequence').notNull(),
    at: moment('at').notNull().defaultNow(),
    phase: text('phase').$type<Phase>().notNull(),
    state: text('state').$type<RunState>().notNull(),
    epoch: integer('epoch'),
    step: integer('step'),
    total: integer('total'),
    loss: doublePrecision('loss'),
    validationAccuracy: doublePrecision('validation_accuracy'),
    reviewsPerSecond: doublePrecision('reviews_per_second'),
    secondsLeft: doublePrecision('seconds_left'),
    message: text('message'),
  },
  (table) => [primaryKey({ columns: [table.runId, table.sequence] })],
);

/** One row a model name. `lastVersion` only grows, so that a version number is never given twice. */
export const models = pgTable('models', {
  name: text('name').primaryKey(),
  lastVersion: integer('last_version').notNull().default(0),
});

export const modelVersions = pgTable(
  'model_versions',
  {
    name: text('name')
      .notNull()
      .references(() => models.name),
    version: integer('version').notNull(),
    card: jsonb('card').$type<ModelCard>().notNull(),
    /** Which root `path` is relative to: the data directory's models/ or the folder of released models. */
    root: text('root').$type<'data' | 'released'>().notNull(),
    path: text('path').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    /** SHA-256 of each file of the folder by its path in it; null for versions of earlier releases. */
    files: jsonb('files').$type<Record<string, string>>(),
    /** The run that made it; a run publishes once, however often it is resumed. */
    runId: uuid('run_id').unique(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.name, table.version] }),
    check('model_versions_root_known', sql`${table.root} in ('data', 'released')`),
  ],
);

export const modelAliases = pgTable(
  'model_aliases',
  {
    alias: text('alias').primaryKey(),
    name: text('name').notNull(),
    version: integer('version').notNull(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [
    foreignKey({
      columns: [table.name, table.version],
      foreignColumns: [modelVersions.name, modelVersions.version],
    }),
  ],
);

/** The version that an alias tries beside its own. */
export const aliasCandidates = pgTable(
  'alias_candidates',
  {
    alias: text('alias')
      .primaryKey()
      .references(() => modelAliases.alias, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    version: integer('version').notNull(),
    /** Of the texts: answered by the candidate, or given to it as well where it is a shadow. */
    share: doublePrecision('share').notNull(),
    shadow: boolean('shadow').notNull(),
    since: moment('since').notNull().defaultNow(),
  },
  (table) => [
    foreignKey({
      columns: [table.name, table.version],
      foreignColumns: [modelVersions.name, modelVersions.version],
    }),
    check('alias_candidates_share', sql`${table.share} > 0 and ${table.share} <= 1`),
  ],
);

/** Which version an alias has served since when. Only added to: the database refuses changes. */
export const aliasHistory = pgTable(
  'alias_history',
  {
    position: position().primaryKey(),
    at: moment('at').notNull().defaultNow(),
    alias: text('alias').notNull(),
    name: text('name').notNull(),
    version: integer('version').notNull(),
    /** What it tries beside its own version from then on; null for nothing. */
    candidate: jsonb('candidate').$type<{ name: string; version: number; share: number; shadow: boolean }>(),
    reason: text('reason').$type<'set' | 'published' | 'trial' | 'rollback'>().notNull(),
    /** Who did it; null where the registry keeps the alias itself. */
    actor: text('actor'),
  },
  (table) => [
    index('alias_history_alias').on(table.alias, table.position),
    check('alias_history_reason_known', sql`${table.reason} in ('set', 'published', 'trial', 'rollback')`),
  ],
);

/** Processes that work runs off, as they describe themselves; one whose heartbeat is old is gone. */
export const workers = pgTable('workers', {
  /** As in `runs.worker`. */
  id: text('id').primaryKey(),
  host: text('host').notNull(),
  release: text('release').notNull(),
  engine: text('engine').notNull(),
  gpu: boolean('gpu').notNull(),
  /** Of one run, and runs at a time. */
  threads: integer('threads').notNull(),
  concurrentRuns: integer('concurrent_runs').notNull(),
  memoryBytes: bigint('memory_bytes', { mode: 'number' }).notNull(),
  startedAt: moment('started_at').notNull().defaultNow(),
  heartbeatAt: moment('heartbeat_at').notNull().defaultNow(),
});

export const surveys = pgTable(
  'surveys',
  {
    id: uuid('id').primaryKey(),
    position: position().notNull().unique(),
    name: text('name').notNull().unique(),
    /** Model references are pinned to the versions that they meant when it was started. */
    spec: jsonb('spec').$type<SurveySpec>().notNull(),
    state: text('state').$type<SurveyState>().notNull().default('running'),
    createdAt: moment('created_at').notNull().defaultNow(),
    endedAt: moment('ended_at'),
    errorCode: text('error_code').$type<ErrorCode>(),
    errorMessage: text('error_message'),
    /** The run that measures the models of all others; null until those have ended. */
    analysisRun: uuid('analysis_run').references(() => runs.id),
    report: jsonb('report').$type<SurveyReport>(),
  },
  (table) => [
    check('surveys_state_known', sql`${table.state} in ('running', 'succeeded', 'failed', 'cancelled')`),
  ],
);

/** Which run does what a survey has planned. One run may serve several surveys. */
export const surveyRuns = pgTable(
  'survey_runs',
  {
    surveyId: uuid('survey_id')
      .notNull()
      .references(() => surveys.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id),
    /** The run was there before, or belongs to another survey. */
    adopted: boolean('adopted').notNull(),
  },
  (table) => [primaryKey({ columns: [table.surveyId, table.key] }), index('survey_runs_run').on(table.runId)],
);
