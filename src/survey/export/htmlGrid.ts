/** A grid in the HTML report: its question, answer, picture, cells and comparisons. */
import { axes } from '../plan.ts';
import type { Axis, GridPoint } from '../plan.ts';
import type {
  CellResult,
  ComparisonResult,
  GridResult,
  PublishedResult,
  SurveyReport,
  Verdict,
} from '../report.ts';
import { gridAnchor, linkTo, pointAnchor, runAnchor } from './anchors.ts';
import { axisNames, labelOf, targetNames, unlabelledReviews, valueOn, variedAxes } from './conditions.ts';
import { counted, meanPercent, percent, points, pointsRange, pValueText, whole } from './formats.ts';
import { nothing, table } from './htmlTable.ts';
import type { Column } from './htmlTable.ts';
import { Lookup, publishedOf } from './lookup.ts';
import { markup } from './template.ts';
import type { Content, Html } from './template.ts';

interface Row {
  readonly point: GridPoint;
  /** Nothing where none of its runs succeeded. */
  readonly cell: CellResult | undefined;
  readonly published: PublishedResult | undefined;
}

/**
 * @param place of the grid in the report
 * @param figure its picture
 */
export function gridSection(report: SurveyReport, grid: GridResult, place: number, figure: Html): Html {
  const lookup = new Lookup(report);
  const rows = grid.points.map((point): Row => ({
    point,
    cell: lookup.cell(point.cell),
    published: publishedOf(grid, point),
  }));
  const elsewhere = grid.published.filter((result) => !rows.some(({ published }) => published === result));
  return markup`<section id="${gridAnchor(place)}" class="grid">
<h2>${grid.question}</h2>
<p class="lead">Grid <code>${grid.name}</code></p>
<p>${grid.answer}</p>
${figure}<h3>What was measured</h3>
${table({
  caption: `Means over seeds, in per cent of ${whole(report.dataset.testReviews)} test reviews; ± half the 95 % interval over seeds`,
  columns: cellColumns(report, rows, lookup),
  rows,
  idOf: (_, i) => pointAnchor(place, i),
})}${elsewhere.length > 0 ? markup`<p>Published, and not in this grid: ${elsewhere.map(publishedText).join('; ')}.</p>\n` : ''}${comparisonTables(report, grid)}</section>
`;
}

function cellColumns(report: SurveyReport, rows: readonly Row[], lookup: Lookup): Column<Row>[] {
  const { trainReviews } = report.dataset;
  const figure = (head: string, of: (cell: CellResult) => string): Column<Row> => ({
    head,
    isNumber: true,
    cell: ({ cell }) => (cell ? of(cell) : nothing),
  });
  const setting = (head: string, of: (point: GridPoint) => string | number | null): Column<Row> => ({
    head,
    isNumber: true,
    cell: ({ point }) => of(point) ?? nothing,
  });
  const published = (head: string, of: (result: PublishedResult) => number | null): Column<Row>[] =>
    rows.some((row) => row.published && of(row.published) !== null)
      ? [{ head, isNumber: true, cell: (row) => shareText(row.published && of(row.published)) }]
      : [];
  return [
    { head: 'network', cell: ({ point }) => point.architecture },
    {
      head: 'targets',
      cell: ({ point, cell }) => markup`<span class="name">${targetsText(point, cell)}</span>`,
    },
    setting('T', ({ temperature }) => temperature),
    setting('label weight', ({ hardLabelWeight }) => hardLabelWeight),
    setting('labelled', ({ labelled }) => whole(labelled ?? trainReviews)),
    setting('unlabelled', (point) => {
      const reviews = unlabelledReviews(point, trainReviews);
      return reviews === null ? null : whole(reviews);
    }),
    {
      head: 'seeds',
      cell: ({ cell }) =>
        cell
          ? lookup.runsOf(cell).map(({ key, seed }, i) => [i > 0 ? ' ' : '', linkTo(runAnchor(key), seed)])
          : 'none came through',
    },
    figure('accuracy', ({ accuracy }) => meanPercent(accuracy)),
    ...published('published accuracy', ({ accuracy }) => accuracy),
    figure('precision', ({ precision }) => percent(precision.mean)),
    ...published('published precision', ({ precision }) => precision),
    figure('recall', ({ recall }) => percent(recall.mean)),
    ...published('published recall', ({ recall }) => recall),
    figure('F1', ({ f1 }) => percent(f1.mean)),
    figure('calibration error', ({ calibrationError }) => percent(calibrationError.mean)),
    figure('agreement with teacher', ({ agreement }) => percent(agreement.mean)),
  ];
}

const shareText = (share: number | null | undefined): Content =>
  typeof share === 'number' ? percent(share) : nothing;

/** A point may lie on runs of another kind: with labels of the whole weight, soft targets are of no account. */
function targetsText({ targets }: GridPoint, cell: CellResult | undefined): string {
  const own = targetNames[targets];
  return cell && cell.targets !== targets ? `${own} (runs ${targetNames[cell.targets]})` : own;
}

const publishedText = ({ architecture, targets, accuracy }: PublishedResult): string =>
  `${architecture}, ${targetNames[targets]}: accuracy ${percent(accuracy)} %`;

/** One for each axis, along which the p values are corrected. */
function comparisonTables(report: SurveyReport, grid: GridResult): Html[] {
  return axes.flatMap((axis) => {
    const rows = grid.comparisons.filter((comparison) => comparison.axis === axis);
    return rows.length > 0 ? [comparisonTable(report, grid, axis, rows)] : [];
  });
}

function comparisonTable(
  report: SurveyReport,
  grid: GridResult,
  axis: Axis,
  rows: readonly ComparisonResult[],
): Html {
  const { trainReviews } = report.dataset;
  const others = variedAxes(grid.points).filter((other) => other !== axis);
  const value = (point: GridPoint) => valueOn(axis, point, trainReviews) ?? nothing;
  return markup`<h3>Comparison of ${axisNames[axis]}</h3>
${table<ComparisonResult>({
  caption: `Difference in accuracy, percentage points; p corrected for ${counted(rows.length, 'comparison')}`,
  columns: [
    { head: 'network', cell: ({ point }) => labelOf(point, others, trainReviews) },
    { head: 'with', cell: ({ point }) => value(point) },
    { head: 'against', cell: ({ reference }) => value(reference) },
    { head: 'difference', isNumber: true, cell: ({ difference }) => points(difference.mean) },
    {
      head: '95 % over seeds',
      isNumber: true,
      cell: ({ difference }) => (difference.interval ? pointsRange(difference.interval) : nothing),
    },
    { head: '95 % over reviews', isNumber: true, cell: ({ overReviews }) => pointsRange(overReviews) },
    { head: 'p', isNumber: true, cell: ({ pValue }) => pValueText(pValue) },
    { head: 'verdict', cell: ({ verdict }) => verdictText[verdict] },
  ],
  rows,
})}`;
}

const verdictText: Readonly<Record<Verdict, Content>> = {
  better: markup`<span class="better">▲ better</span>`,
  worse: markup`<span class="worse">▼ worse</span>`,
  undecided: 'undecided',
};
