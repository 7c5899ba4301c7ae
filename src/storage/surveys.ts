/** Surveys: what was asked for, which runs do it, and what they showed. */
import { randomUUID } from 'node:crypto';
import { and, desc, eq, inArray, lt, or, sql } from 'drizzle-orm';
import { DistilleryError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { SurveyReport } from '../survey/report.ts';
import type { SurveySpec } from '../survey/spec.ts';
import type { RunConfig } from '../training/config.ts';
import type { Database, Transaction } from './database.ts';
import { checkFirst, decodePosition, encodeCursor, pageOf } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { surveyRuns, surveys } from './tables.ts';

export const surveyStates = ['running', 'succeeded', 'failed', 'cancelled'] as const;
export type SurveyState = (typeof surveyStates)[number];

/** Told with a survey's id when its state has changed. */
export const surveyChannel = 'distillery_survey';

export interface Survey {
  id: string;
  name: string;
  spec: SurveySpec;
  state: SurveyState;
  createdAt: Date;
  endedAt: Date | null;
  error: { code: ErrorCode; message: string } | null;
  analysisRun: string | null;
}

/** A planned run that a run of the queue does. */
export interface SurveyRun {
  key: string;
  runId: string;
  /** The run was there before, or belongs to another survey. */
  adopted: boolean;
}

const columns = {
  id: surveys.id,
  position: surveys.position,
  name: surveys.name,
  spec: surveys.spec,
  state: surveys.state,
  createdAt: surveys.createdAt,
  endedAt: surveys.endedAt,
  errorCode: surveys.errorCode,
  errorMessage: surveys.errorMessage,
  analysisRun: surveys.analysisRun,
};

export class SurveyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws DistilleryError CONFLICT where there is one of that name, with its id among the facts */
  async create(spec: SurveySpec): Promise<Survey> {
    const [row] = await this.#database.orm
      .insert(surveys)
      .values({ id: randomUUID(), name: spec.name, spec })
      .onConflictDoNothing()
      .returning(columns);
    if (row) return surveyOf(row);
    const { id } = await this.get(spec.name);
    throw new DistilleryError(
      'CONFLICT',
      `There is a survey "${spec.name}" already. Add to it with extendSurvey, or choose another name.`,
      { surveyId: id, name: spec.name },
    );
  }

  /** @param reference a survey's id, or its name @throws DistilleryError NOT_FOUND */
  async get(reference: string): Promise<Survey> {
    const [row] = await this.#database.orm
      .select(columns)
      .from(surveys)
      .where(or(sql`${surveys.id}::text = ${reference}`, eq(surveys.name, reference)));
    if (row) return surveyOf(row);
    const shown = reference.slice(0, 100);
    throw new DistilleryError('NOT_FOUND', `There is no survey "${shown}".`, { survey: shown });
  }

  /** Newest first. */
  async list({ first, after }: PageRequest): Promise<Page<Survey>> {
    checkFirst(first);
    const rows = await this.#database.orm
      .select(columns)
      .from(surveys)
      .where(after ? lt(surveys.position, decodePosition('survey', after)) : undefined)
      .orderBy(desc(surveys.position))
      .limit(first + 1);
    return pageOf(rows, first, (row) => ({
      ...surveyOf(row),
      cursor: encodeCursor('survey', row.position),
    }));
  }

  async running(): Promise<Survey[]> {
    const rows = await this.#database.orm.select(columns).from(surveys).where(eq(surveys.state, 'running'));
    return rows.map(surveyOf);
  }

  async report(id: string): Promise<SurveyReport | null> {
    const [row] = await this.#database.orm
      .select({ report: surveys.report })
      .from(surveys)
      .where(eq(surveys.id, id));
    return row?.report ?? null;
  }

  async runsOf(surveyId: string): Promise<SurveyRun[]> {
    return this.#database.orm
      .select({ key: surveyRuns.key, runId: surveyRuns.runId, adopted: surveyRuns.adopted })
      .from(surveyRuns)
      .where(eq(surveyRuns.surveyId, surveyId));
  }

  /** Whether the run does what some survey has planned. */
  async uses(runId: string): Promise<boolean> {
    const found = await this.#database.orm
      .select({ key: surveyRuns.key })
      .from(surveyRuns)
      .where(eq(surveyRuns.runId, runId))
      .limit(1);
    return found.length > 0;
  }

  /** The survey that made the run, and goes on with it itself; null where it is anyone's. */
  async ownerOf(
    transaction: Transaction,
    runId: string,
    config: RunConfig,
  ): Promise<Pick<Survey, 'id' | 'name'> | null> {
    const owned =
      config.kind === 'survey'
        ? eq(surveys.id, config.survey)
        : inArray(
            surveys.id,
            transaction.orm
              .select({ id: surveyRuns.surveyId })
              .from(surveyRuns)
              .where(and(eq(surveyRuns.runId, runId), eq(surveyRuns.adopted, false))),
          );
    const [survey] = await transaction.orm
      .select({ id: surveys.id, name: surveys.name })
      .from(surveys)
      .where(owned);
    return survey ?? null;
  }

  /**
   * Says which run does a planned one; within the transaction that makes the run, so that no two processes make it.
   * @throws DistilleryError CONFLICT where another run has it, or the survey is not running any more
   */
  async claim(transaction: Transaction, surveyId: string, run: SurveyRun): Promise<void> {
    await lockRunning(transaction, surveyId);
    const [claimed] = await transaction.orm
      .insert(surveyRuns)
      .values({ surveyId, ...run })
      .onConflictDoNothing()
      .returning();
    if (!claimed)
      throw new DistilleryError('CONFLICT', `Another run does ${run.key} of this survey already.`);
  }

  /** @throws DistilleryError CONFLICT where the survey has its analysis already, or is not running any more */
  async claimAnalysis(transaction: Transaction, surveyId: string, runId: string): Promise<void> {
    const { analysisRun } = await lockRunning(transaction, surveyId);
    if (analysisRun !== null) throw new DistilleryError('CONFLICT', 'This survey is being analysed already.');
    await transaction.orm.update(surveys).set({ analysisRun: runId }).where(eq(surveys.id, surveyId));
  }

  /** The planned runs are without a run again. */
  async release(
    surveyId: string,
    keys: readonly string[],
    { orm }: Pick<Transaction, 'orm'> = this.#database,
  ): Promise<void> {
    if (keys.length === 0) return;
    await orm
      .delete(surveyRuns)
      .where(and(eq(surveyRuns.surveyId, surveyId), inArray(surveyRuns.key, [...keys])));
  }

  /** Stores what the analysis found, with the end of its run. A survey that was cancelled meanwhile stays so. */
  async succeed(transaction: Transaction, surveyId: string, report: SurveyReport): Promise<void> {
    await transaction.orm
      .update(surveys)
      .set({ state: 'succeeded', endedAt: sql`now()`, report })
      .where(and(eq(surveys.id, surveyId), eq(surveys.state, 'running')));
    await announce(transaction, surveyId);
  }

  /** @throws DistilleryError CONFLICT where it is not running */
  async end(
    surveyId: string,
    state: 'failed' | 'cancelled',
    error: { code: ErrorCode; message: string },
  ): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await lockRunning(transaction, surveyId);
      await transaction.orm
        .update(surveys)
        .set({ state, endedAt: sql`now()`, errorCode: error.code, errorMessage: error.message })
        .where(eq(surveys.id, surveyId));
      await announce(transaction, surveyId);
    });
  }

  /**
   * Starts a survey that has ended once more, with what was added to it. Its last report stays until there is a new one.
   * @param also what else is stored in the same transaction
   * @throws DistilleryError CONFLICT where it is running
   */
  async restart(
    surveyId: string,
    spec: SurveySpec,
    also?: (transaction: Transaction) => Promise<void>,
  ): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const { state } = await lock(transaction, surveyId);
      if (state === 'running') {
        throw new DistilleryError(
          'CONFLICT',
          'The survey is still running. Wait for its end, or cancel it first.',
          { surveyId },
        );
      }
      await transaction.orm
        .update(surveys)
        .set({
          spec,
          state: 'running',
          endedAt: null,
          errorCode: null,
          errorMessage: null,
          analysisRun: null,
        })
        .where(eq(surveys.id, surveyId));
      await also?.(transaction);
      await announce(transaction, surveyId);
    });
  }
}

async function lock(
  { orm }: Transaction,
  surveyId: string,
): Promise<Pick<typeof surveys.$inferSelect, 'state' | 'analysisRun'>> {
  const [row] = await orm
    .select({ state: surveys.state, analysisRun: surveys.analysisRun })
    .from(surveys)
    .where(eq(surveys.id, surveyId))
    .for('update');
  if (!row) throw new DistilleryError('NOT_FOUND', `There is no survey ${surveyId}.`, { survey: surveyId });
  return row;
}

async function lockRunning(transaction: Transaction, surveyId: string): ReturnType<typeof lock> {
  const row = await lock(transaction, surveyId);
  if (row.state === 'running') return row;
  throw new DistilleryError('CONFLICT', `The survey is not running: it ${verbs[row.state]}.`, {
    surveyId,
    state: row.state,
  });
}

const verbs = {
  running: 'runs',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
} as const;

async function announce(transaction: Transaction, surveyId: string): Promise<void> {
  await transaction.executeSql('SELECT pg_notify($1, $2)', [surveyChannel, surveyId]);
}

function surveyOf({
  errorCode,
  errorMessage,
  position: _position,
  ...row
}: Omit<typeof surveys.$inferSelect, 'report'>): Survey {
  return { ...row, error: errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' } };
}
