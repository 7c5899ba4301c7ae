/** How far a survey is: as a whole, and each of its runs that goes on. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ProgressEvent, RunState } from '../progress/progress.ts';
import { runStates } from '../progress/progress.ts';
import type { Database } from '../storage/database.ts';
import { following, WakeUp } from '../storage/following.ts';
import { overOutages } from '../storage/outage.ts';
import { isFinal, progressChannel, type ProgressLog } from '../storage/progressLog.ts';
import type { RunStore } from '../storage/runs.ts';
import { surveyChannel, type Survey, type SurveyState, type SurveyStore } from '../storage/surveys.ts';
import type { Cell } from '../survey/plan.ts';
import { finishedRun, runsOfSurvey, type PlannedAndDone } from './surveyMaterial.ts';

export interface SurveyProgress {
  surveyId: string;
  state: SurveyState;
  /** Planned runs by where they stand; `waiting` ones have no run yet, since they go on from another. */
  counts: Record<RunState | 'waiting', number> & { planned: number };
  /** All runs have ended, and their models are being measured. */
  analysing: boolean;
  /** Estimated seconds until the last run ends; null until some have. */
  secondsLeft: number | null;
  /** Runs that go on, and those whose state has changed since the message before. */
  runs: SurveyRunProgress[];
}

export interface SurveyRunProgress {
  key: string;
  runId: string;
  /** What is trained, for a person: `gru-64 soft, seed 1`. */
  title: string;
  state: RunState;
  /** The run's newest event. */
  latest: ProgressEvent | null;
}

interface Stores {
  database: Database;
  surveys: SurveyStore;
  runs: RunStore;
  progress: ProgressLog;
}

/** Messages are whole, so that many changes in a short time make one. */
const millisecondsBetweenMessages = 1_000;

/**
 * How far the survey is now, then whenever that changes, until it ends. A follower that was cut off begins anew and
 * misses nothing.
 * @throws DistilleryError NOT_FOUND (at the first `next`)
 */
export function followSurvey(stores: Stores, reference: string): AsyncGenerator<SurveyProgress> {
  return following((stop) => messages(stores, reference, stop));
}

async function* messages(
  stores: Stores,
  reference: string,
  stop: AbortSignal,
): AsyncGenerator<SurveyProgress> {
  const { id } = await stores.surveys.get(reference);
  const wakeUp = new WakeUp(stop);
  const states = new Map<string, RunState>();
  const unlisten = await Promise.all(
    [progressChannel, surveyChannel].map((channel) => stores.database.listen(channel, wakeUp.wake)),
  );
  const look = async () => surveyProgress(stores, await stores.surveys.get(id), states);
  try {
    while (!stop.aborted) {
      const message = await overOutages(look, { patienceMs: Infinity, signal: stop });
      yield message;
      if (message.state !== 'running') return;
      await pause(millisecondsBetweenMessages, undefined, { signal: stop }).catch(() => undefined);
      await wakeUp.wait();
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    wakeUp.close();
    await Promise.all(unlisten.map((end) => end()));
  }
}

/** @param states of the runs in the message before; those of this one are put in */
export async function surveyProgress(
  { surveys, runs, progress }: Omit<Stores, 'database'>,
  survey: Survey,
  states = new Map<string, RunState>(),
): Promise<SurveyProgress> {
  const all = await runsOfSurvey(survey, surveys, runs);
  const analysis = survey.analysisRun === null ? null : await runs.get(survey.analysisRun);
  const told = [
    ...all.flatMap(({ planned, cell, run }) =>
      run ? [{ key: planned.key, run, title: titleOf(cell, planned.seed) }] : [],
    ),
    ...(analysis ? [{ key: 'analysis', run: analysis, title: 'analysis' }] : []),
  ].filter(({ run }) => run.state === 'running' || states.get(run.id) !== run.state);
  const latest = new Map(
    (await progress.latest(told.map(({ run }) => run.id))).map((event) => [event.runId, event]),
  );
  for (const { run } of told) states.set(run.id, run.state);
  return {
    surveyId: survey.id,
    state: survey.state,
    counts: countsOf(all),
    analysing: survey.state === 'running' && analysis !== null,
    secondsLeft: survey.state === 'running' ? secondsLeft(all) : null,
    runs: told.map(({ key, run, title }) => ({
      key,
      runId: run.id,
      title,
      state: run.state,
      latest: latest.get(run.id) ?? null,
    })),
  };
}

function titleOf({ architecture, targets }: Cell, seed: number): string {
  return `${architecture} ${targets.replaceAll('-', ' ')}, seed ${seed}`;
}

function countsOf(all: readonly PlannedAndDone[]): SurveyProgress['counts'] {
  const count = (state: RunState | null) => all.filter(({ run }) => (run?.state ?? null) === state).length;
  const byState = Object.fromEntries(runStates.map((state) => [state, count(state)]));
  return { ...(byState as Record<RunState, number>), waiting: count(null), planned: all.length };
}

/** A run is taken to last as long as those of its architecture have, or as all have where none of those has ended. */
function secondsLeft(all: readonly PlannedAndDone[]): number | null {
  const durations = new Map<string, number[]>();
  for (const one of all) {
    const finished = finishedRun(one);
    const { architecture } = one.cell;
    if (finished) durations.set(architecture, [...(durations.get(architecture) ?? []), finished.seconds]);
  }
  if (durations.size === 0) return null;
  const ofAll = mean([...durations.values()].flat());
  const left = all.filter(({ run }) => run === null || !isFinal(run.state));
  const total = left.reduce((sum, { cell, run }) => {
    const known = durations.get(cell.architecture);
    const elapsed =
      run?.state === 'running' && run.startedAt ? (Date.now() - run.startedAt.getTime()) / 1000 : 0;
    return sum + Math.max(0, (known ? mean(known) : ofAll) - elapsed);
  }, 0);
  return total / Math.max(1, all.filter(({ run }) => run?.state === 'running').length);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
