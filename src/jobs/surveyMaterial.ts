/** What the runs of a survey have come to, for its progress and for its analysis. */
import type { FinishedRun, SurveyMaterial } from '../survey/material.ts';
import { planSurvey } from '../survey/plan.ts';
import type { Cell, PlannedRun } from '../survey/plan.ts';
import type { SurveySpec } from '../survey/spec.ts';
import { surveySpec } from '../survey/spec.ts';
import type { Run, RunStore } from '../storage/runs.ts';
import type { Survey, SurveyStore } from '../storage/surveys.ts';
import { referenceOf } from '../names.ts';

/** A planned run with the run that does it; null until it has one. */
export interface PlannedAndDone {
  planned: PlannedRun;
  cell: Cell;
  run: Run | null;
  adopted: boolean;
}

/** In the order of the plan. */
export async function runsOfSurvey(
  survey: Pick<Survey, 'id' | 'spec'>,
  surveys: SurveyStore,
  runs: RunStore,
  { epochs = false } = {},
): Promise<PlannedAndDone[]> {
  const claimed = new Map((await surveys.runsOf(survey.id)).map((claim) => [claim.key, claim]));
  const found = await runs.many(
    [...claimed.values()].map(({ runId }) => runId),
    { epochs },
  );
  const byId = new Map(found.map((run) => [run.id, run]));
  const plan = planSurvey(readSpec(survey));
  const cells = new Map(plan.cells.map((cell) => [cell.id, cell]));
  return plan.runs.map((planned) => {
    const claim = claimed.get(planned.key);
    return {
      planned,
      cell: cells.get(planned.cell)!,
      run: (claim && byId.get(claim.runId)) ?? null,
      adopted: claim?.adopted ?? false,
    };
  });
}

/** Stored by an earlier release, it may lack what is new. */
export const readSpec = ({ spec }: Pick<Survey, 'spec'>): SurveySpec => surveySpec.parse(spec);

export async function surveyMaterial(
  surveyId: string,
  surveys: SurveyStore,
  runs: RunStore,
): Promise<SurveyMaterial> {
  const survey = await surveys.get(surveyId);
  const all = await runsOfSurvey(survey, surveys, runs, { epochs: true });
  return {
    spec: readSpec(survey),
    runs: all.flatMap((one) => finishedRun(one) ?? []),
    missing: all
      .filter((one) => finishedRun(one) === null)
      .map(({ planned: { key, cell, seed }, run }) => ({ key, cell, seed, reason: reasonOf(run) })),
  };
}

/** What a planned run has come to; null until a run has published its model. */
export function finishedRun({ planned: { key }, run }: PlannedAndDone): FinishedRun | null {
  if (run?.state !== 'succeeded' || !run.model) return null;
  const { startedAt, endedAt, model, epochs } = run;
  const seconds = startedAt && endedAt ? (endedAt.getTime() - startedAt.getTime()) / 1000 : 0;
  return { key, runId: run.id, model: referenceOf(model), seconds, epochs };
}

function reasonOf(run: Run | null): string {
  if (run === null) return 'The run that it would have gone on from came to nothing.';
  return run.error?.message ?? `Its run is ${run.state}.`;
}
