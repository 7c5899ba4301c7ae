/** Draws the conclusions of a survey: measures what its runs made, and compares them grid by grid. */
import type { Dataset } from '../data/dataset.ts';
import { DistilleryError } from '../errors.ts';
import { labelledReviews } from '../evaluation/labelledReviews.ts';
import type { UsedModel } from '../evaluation/loadedModel.ts';
import { describeMachine } from '../evaluation/machine.ts';
import { turnUnlessAborted } from '../evaluation/predict.ts';
import { answerOf } from './answers.ts';
import type { SurveyAnswers } from './folder.ts';
import type { FinishedRun, SurveyMaterial } from './material.ts';
import { measureModels, type MeasuredModel, type SurveyContext } from './measurement.ts';
import { planSurvey, type PlannedGrid, type PlannedRun } from './plan.ts';
import type { CellResult, GridResult, RunResult, SurveyReport } from './report.ts';
import type { SurveyGrid } from './spec.ts';
import {
  cellResults,
  compareRuns,
  dividedReviews,
  judge,
  publishedResults,
  type LoneComparison,
  type RunAnswers,
} from './statistics.ts';
import { referenceOf } from '../names.ts';

/**
 * Every model classifies all test reviews, once for all surveys: its logits are kept. Cells and comparisons without a
 * finished run are left out.
 * @param models the teacher, those beside it and those of the material's runs, each in the order given there
 * @throws DistilleryError BAD_USER_INPUT for a dataset without test reviews, INVALID_DATASET where they are of one
 *   class or lack labels, INVALID_CHECKPOINT for a model that can't be read, CANCELLED soon after the signal is
 *   aborted, INTERNAL where models or runs are not those of the specification
 */
export async function analyseSurvey(
  { spec, runs: finished, missing }: SurveyMaterial,
  models: readonly UsedModel[],
  dataset: Dataset,
  context: SurveyContext,
): Promise<{ report: SurveyReport; answers: SurveyAnswers }> {
  const plan = planSurvey(spec);
  const planned = finished.map((run) => plannedRun(run, plan.runs));
  checkModels(
    [null, ...spec.beside.map(() => null), ...finished.map(({ model }) => model)],
    models.map(({ card }) => referenceOf(card)),
  );
  const reviews = await labelledReviews(dataset, 'test');
  const measured = await measureModels(models, dataset, reviews, spec.latencyReviews, context);
  const teacher = measured[0]!;
  const students = measured.slice(1 + spec.beside.length);

  const runs = students.map(({ result }, i) => runResult(result, finished[i]!, planned[i]!));
  const rights = students.map(({ right }, i): RunAnswers => ({ ...planned[i]!, right }));
  const cells = cellResults(plan.cells, runs);
  const grids: GridResult[] = [];
  for (const [i, grid] of plan.grids.entries()) {
    grids.push(await gridResult(spec.grids[i]!, grid, cells, rights, context.signal));
  }
  const { name, fingerprint, counts } = dataset;
  const report: SurveyReport = {
    spec,
    dataset: {
      name,
      fingerprint,
      trainReviews: counts.train,
      validationReviews: counts.validation,
      testReviews: counts.test,
      unlabelledReviews: counts.unlabelled,
    },
    machine: describeMachine(),
    threads: context.threads,
    createdAt: new Date().toISOString(),
    teacher: teacher.result,
    beside: measured.slice(1, 1 + spec.beside.length).map(({ result }) => result),
    runs,
    cells,
    grids,
    missing,
    divided: dividedReviews(
      reviews,
      teacher.logits,
      students.map(({ classes }) => classes),
    ),
  };
  const classes = students.map((student, i) => [planned[i]!.key, student.classes] as const);
  return { report, answers: { reviews, teacher: teacher.classes, students: new Map(classes) } };
}

function plannedRun({ key, runId }: FinishedRun, runs: readonly PlannedRun[]): PlannedRun {
  const planned = runs.find((run) => run.key === key);
  if (planned) return planned;
  throw new DistilleryError(
    'INTERNAL',
    `The run ${runId} is none of those that the survey plans (its key is ${key}). Analyse it with the specification that its runs were planned by.`,
    { run: runId, key },
  );
}

/** @param expected name@version of each, null where the specification has an alias or a name alone */
function checkModels(expected: readonly (string | null)[], given: readonly string[]): void {
  const wrong = expected.findIndex((model, i) => model !== null && model !== given[i]);
  if (expected.length === given.length && wrong < 0) return;
  throw new DistilleryError(
    'INTERNAL',
    `The analysis was given ${given.length} models of ${expected.length}${wrong < 0 ? '' : `, and ${given[wrong] ?? 'none'} in place of ${expected[wrong] ?? 'any'}`}. Expected the teacher, the models beside it and one for each finished run.`,
    { models: given.length, expected: expected.length },
  );
}

function runResult(result: MeasuredModel['result'], run: FinishedRun, planned: PlannedRun): RunResult {
  const { key, cell, seed, parent } = planned;
  const epochs = run.epochs.map(({ phase, epoch, loss, validation }) => ({
    phase,
    epoch,
    loss,
    validationAccuracy: validation?.accuracy ?? null,
  }));
  return { ...result, key, runId: run.runId, cell, seed, parent, epochs, seconds: run.seconds };
}

async function gridResult(
  grid: SurveyGrid,
  { name, question, points, comparisons: planned }: PlannedGrid,
  cells: readonly CellResult[],
  answers: readonly RunAnswers[],
  signal: AbortSignal,
): Promise<GridResult> {
  const found: LoneComparison[] = [];
  for (const comparison of planned) {
    await turnUnlessAborted(signal);
    found.push(...[compareRuns(comparison, answers)].filter((result) => result !== null));
  }
  const comparisons = judge(found);
  return {
    name,
    question,
    answer: answerOf({ points, planned, comparisons, cells }),
    points,
    comparisons,
    published: publishedResults(grid, points, cells),
  };
}
