/** The models in the HTML report: those worth their time, the runs that made them, and runs that made none. */
import type { DividedReview, ModelResult, RunResult, SurveyReport } from '../report.ts';
import { linkTo, pointAnchor, runAnchor } from './anchors.ts';
import { fullLabelOf } from './conditions.ts';
import { duration, milliseconds, percent, whole } from './formats.ts';
import { nothing, table } from './htmlTable.ts';
import type { Rival } from './latencyChart.ts';
import { rivalsOf } from './latencyChart.ts';
import { Lookup } from './lookup.ts';
import { paretoFront } from './pareto.ts';
import { markup } from './template.ts';
import type { Content, Html } from './template.ts';

const dividedShown = 20;

/** The models that no other beats in both accuracy and latency. */
export function frontTable(report: SurveyReport): Html {
  const { trainReviews } = report.dataset;
  return table<Rival>({
    caption: 'Models that no other beats in both, the fastest first',
    columns: [
      { head: 'model', cell: ({ cell, label }) => (cell ? fullLabelOf(cell, trainReviews) : label) },
      { head: 'accuracy, %', isNumber: true, cell: ({ accuracy }) => percent(accuracy) },
      { head: 'median latency, ms', isNumber: true, cell: ({ latencyMs }) => milliseconds(latencyMs) },
      { head: 'seeds', isNumber: true, cell: ({ cell }) => cell?.seeds.length ?? nothing },
    ],
    rows: paretoFront(rivalsOf(report)),
  });
}

/** The models that the survey did not train. */
export function givenModelsTable({ teacher, beside }: SurveyReport): Html {
  return table<ModelResult>({
    caption: 'The teacher and the models beside',
    columns: [
      { head: 'model', cell: ({ model }) => markup`<code>${model}</code>` },
      { head: 'network', cell: ({ architecture }) => architecture },
      { head: 'accuracy, %', isNumber: true, cell: ({ metrics }) => percent(metrics.accuracy) },
      { head: 'F1, %', isNumber: true, cell: ({ metrics }) => percent(metrics.f1) },
      {
        head: 'calibration error, %',
        isNumber: true,
        cell: ({ metrics }) => percent(metrics.calibrationError),
      },
      { head: 'p50, ms', isNumber: true, cell: ({ latency }) => msOrNothing(latency.p50Ms) },
      { head: 'p95, ms', isNumber: true, cell: ({ latency }) => msOrNothing(latency.p95Ms) },
      { head: 'parameters', isNumber: true, cell: ({ parameters }) => whole(parameters) },
      { head: 'file, MB', isNumber: true, cell: ({ fileBytes }) => (fileBytes / 1e6).toFixed(2) },
      { head: 'sha256', cell: ({ sha256 }) => digest(sha256) },
    ],
    rows: [teacher, ...beside],
  });
}

const msOrNothing = (value: number | null) => (value === null ? nothing : milliseconds(value));

/** Every run that came through, in the order of the plan. */
export function runsTable(report: SurveyReport): Html {
  const { trainReviews } = report.dataset;
  const lookup = new Lookup(report);
  const anchors = new Map<string, string>();
  for (const [grid, { points }] of report.grids.entries())
    for (const [i, { cell }] of points.entries())
      if (!anchors.has(cell)) anchors.set(cell, pointAnchor(grid, i));
  const conditionCell = ({ cell }: RunResult): Content => {
    const condition = lookup.condition(cell);
    const text = condition ? fullLabelOf(condition, trainReviews) : cell;
    const anchor = anchors.get(cell);
    return markup`<span class="name">${anchor === undefined ? text : linkTo(anchor, text)}</span>`;
  };
  return table<RunResult>({
    caption: `Runs; accuracy on ${whole(report.dataset.testReviews)} test reviews`,
    columns: [
      { head: 'key', cell: ({ key }) => markup`<code>${key}</code>` },
      { head: 'run', cell: ({ runId }) => markup`<code>${runId}</code>` },
      { head: 'seed', isNumber: true, cell: ({ seed }) => seed },
      { head: 'condition', cell: conditionCell },
      {
        head: 'goes on from',
        cell: ({ parent }) =>
          parent === null
            ? nothing
            : lookup.run(parent)
              ? linkTo(runAnchor(parent), markup`<code>${parent}</code>`)
              : markup`<code>${parent}</code>`,
      },
      { head: 'model', cell: ({ model }) => markup`<code>${model}</code>` },
      { head: 'sha256', cell: ({ sha256 }) => digest(sha256) },
      { head: 'accuracy, %', isNumber: true, cell: ({ metrics }) => percent(metrics.accuracy) },
      { head: 'took', isNumber: true, cell: ({ seconds }) => duration(seconds) },
    ],
    rows: report.runs,
    idOf: ({ key }) => runAnchor(key),
  });
}

export function missingTable(report: SurveyReport): Html {
  const lookup = new Lookup(report);
  return table<SurveyReport['missing'][number]>({
    caption: 'Planned runs that came to nothing',
    columns: [
      { head: 'key', cell: ({ key }) => markup`<code>${key}</code>` },
      {
        head: 'condition',
        cell: ({ cell }) => {
          const condition = lookup.condition(cell);
          return condition ? fullLabelOf(condition, report.dataset.trainReviews) : cell;
        },
      },
      { head: 'seed', isNumber: true, cell: ({ seed }) => seed },
      { head: 'reason', cell: ({ reason }) => reason },
    ],
    rows: report.missing,
  });
}

/** By identifier alone: what a review says belongs to its dataset. */
export function dividedTable({ divided, runs }: SurveyReport): Html {
  const rest = divided.length - dividedShown;
  return markup`${table<DividedReview>({
    caption: `Students, of ${whole(runs.length)}, that answer otherwise than the teacher`,
    columns: [
      { head: 'review', cell: ({ id }) => markup`<code>${id}</code>` },
      { head: 'label', cell: ({ label }) => className(label) },
      { head: 'teacher', cell: ({ teacherClass }) => className(teacherClass) },
      {
        head: 'its probability of positive',
        isNumber: true,
        cell: ({ teacherPositive }) => teacherPositive.toFixed(3),
      },
      { head: 'students against', isNumber: true, cell: ({ studentsAgainst }) => whole(studentsAgainst) },
    ],
    rows: divided.slice(0, dividedShown),
  })}${rest > 0 ? markup`<p>The other ${rest} are in <code>divided.csv</code> and <code>report.json</code>.</p> ` : ''}`;
}

const className = (label: 0 | 1): string => (label === 1 ? 'positive' : 'negative');

const digest = (sha256: string): Html => markup`<code title="${sha256}">${sha256.slice(0, 12)}</code>`;
