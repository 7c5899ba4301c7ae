/** A report's numbers as tables for spreadsheets and statistics programs: CSV of RFC 4180, with full precision. */
import { stringify } from 'csv-stringify/sync';
import type { Condition } from '../plan.ts';
import type { CellResult, ComparisonResult, MeanOverSeeds, RunResult, SurveyReport } from '../report.ts';

type Value = string | number | boolean | null;
type Columns<Row> = Readonly<Record<string, (row: Row) => Value>>;

/** Shares are of 0 to 1; what does not apply or is not known is empty. Each is made when it is called for. */
export const csvTables = { runs, cells, comparisons, epochs, divided } as const;

function runs(report: SurveyReport): string {
  const columns: Columns<RunResult> = {
    key: ({ key }) => key,
    runId: ({ runId }) => runId,
    cell: ({ cell }) => cell,
    seed: ({ seed }) => seed,
    parent: ({ parent }) => parent,
    model: ({ model }) => model,
    architecture: ({ architecture }) => architecture,
    method: ({ method }) => method,
    parameters: ({ parameters }) => parameters,
    fileBytes: ({ fileBytes }) => fileBytes,
    sha256: ({ sha256 }) => sha256,
    reviews: ({ metrics }) => metrics.reviews,
    accuracy: ({ metrics }) => metrics.accuracy,
    accuracyLow: ({ metrics }) => metrics.accuracyInterval?.low ?? null,
    accuracyHigh: ({ metrics }) => metrics.accuracyInterval?.high ?? null,
    precision: ({ metrics }) => metrics.precision,
    recall: ({ metrics }) => metrics.recall,
    f1: ({ metrics }) => metrics.f1,
    calibrationError: ({ metrics }) => metrics.calibrationError,
    latencySamples: ({ latency }) => latency.samples,
    latencyP50Ms: ({ latency }) => latency.p50Ms,
    latencyP95Ms: ({ latency }) => latency.p95Ms,
    latencyP99Ms: ({ latency }) => latency.p99Ms,
    latencyMeanMs: ({ latency }) => latency.meanMs,
    agreement: ({ teacher }) => teacher.agreement,
    onlyTeacherRight: ({ teacher }) => teacher.onlyTeacherRight,
    onlyModelRight: ({ teacher }) => teacher.onlyModelRight,
    epochs: (run) => run.epochs.length,
    seconds: ({ seconds }) => seconds,
  };
  return csvOf(columns, report.runs);
}

function cells(report: SurveyReport): string {
  const columns: Columns<CellResult> = {
    id: ({ id }) => id,
    ...conditionColumns('', (cell: CellResult) => cell, report),
    seeds: ({ seeds }) => seeds.join(' '),
    ...meanColumns('accuracy', ({ accuracy }) => accuracy),
    ...meanColumns('precision', ({ precision }) => precision),
    ...meanColumns('recall', ({ recall }) => recall),
    ...meanColumns('f1', ({ f1 }) => f1),
    ...meanColumns('calibrationError', ({ calibrationError }) => calibrationError),
    ...meanColumns('agreement', ({ agreement }) => agreement),
  };
  return csvOf(columns, report.cells);
}

function comparisons(report: SurveyReport): string {
  interface Row extends ComparisonResult {
    readonly grid: string;
  }
  const columns: Columns<Row> = {
    grid: ({ grid }) => grid,
    axis: ({ axis }) => axis,
    cell: ({ point }) => point.cell,
    ...conditionColumns('', ({ point }: Row) => point, report),
    referenceCell: ({ reference }) => reference.cell,
    ...conditionColumns('reference', ({ reference }: Row) => reference, report),
    seeds: ({ pairs }) => pairs.map(({ seed }) => seed).join(' '),
    ...meanColumns('difference', ({ difference }) => difference),
    reviewsLow: ({ overReviews }) => overReviews.low,
    reviewsHigh: ({ overReviews }) => overReviews.high,
    pValue: ({ pValue }) => pValue,
    verdict: ({ verdict }) => verdict,
  };
  const rows = report.grids.flatMap((grid) =>
    grid.comparisons.map((comparison): Row => ({ ...comparison, grid: grid.name })),
  );
  return csvOf(columns, rows);
}

function epochs(report: SurveyReport): string {
  type Row = RunResult['epochs'][number] & { readonly run: RunResult };
  const columns: Columns<Row> = {
    run: ({ run }) => run.key,
    cell: ({ run }) => run.cell,
    seed: ({ run }) => run.seed,
    phase: ({ phase }) => phase,
    epoch: ({ epoch }) => epoch,
    loss: ({ loss }) => loss,
    validationAccuracy: ({ validationAccuracy }) => validationAccuracy,
  };
  const rows = report.runs.flatMap((run) => run.epochs.map((epoch): Row => ({ ...epoch, run })));
  return csvOf(columns, rows);
}

function divided(report: SurveyReport): string {
  const columns: Columns<SurveyReport['divided'][number]> = {
    id: ({ id }) => id,
    label: ({ label }) => label,
    teacherClass: ({ teacherClass }) => teacherClass,
    teacherPositive: ({ teacherPositive }) => teacherPositive,
    studentsAgainst: ({ studentsAgainst }) => studentsAgainst,
    students: () => report.runs.length,
  };
  return csvOf(columns, report.divided);
}

function meanColumns<Row>(name: string, of: (row: Row) => MeanOverSeeds): Columns<Row> {
  return {
    [name]: (row) => of(row).mean,
    [`${name}Low`]: (row) => of(row).interval?.low ?? null,
    [`${name}High`]: (row) => of(row).interval?.high ?? null,
  };
}

/** @param prefix of the columns' names */
function conditionColumns<Row>(
  prefix: string,
  of: (row: Row) => Condition,
  { dataset }: SurveyReport,
): Columns<Row> {
  const columns: Columns<Condition> = {
    architecture: ({ architecture }) => architecture,
    targets: ({ targets }) => targets,
    temperature: ({ temperature }) => temperature,
    hardLabelWeight: ({ hardLabelWeight }) => hardLabelWeight,
    labelled: ({ labelled }) => labelled ?? dataset.trainReviews,
    unlabelled: ({ unlabelled }) => unlabelled,
    restUnlabelled: ({ restUnlabelled }) => restUnlabelled,
  };
  const named = (name: string) => (prefix ? `${prefix}${name[0]!.toUpperCase()}${name.slice(1)}` : name);
  return Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [named(name), (row: Row) => value(of(row))]),
  );
}

function csvOf<Row>(columns: Columns<Row>, rows: readonly Row[]): string {
  const lines = rows.map((row) => Object.values(columns).map((value) => value(row)));
  return stringify([Object.keys(columns), ...lines], {
    record_delimiter: 'windows',
    // A name that starts with "=" is no formula
    escape_formulas: true,
    cast: { boolean: String },
  });
}
