/** The page of a survey in a repository: answers, pictures, and the table of its first question. */
import type { GridPoint } from '../plan.ts';
import type { CellResult, ComparisonResult, GridResult, PublishedResult, SurveyReport } from '../report.ts';
import { factsOf } from './facts.ts';
import { axisNames, fullLabelOf, isNumeric, targetNames, valueOn, variedAxes } from './conditions.ts';
import { meanPercent, percent, points, whole } from './formats.ts';
import { latencyChart } from './latencyChart.ts';
import { Lookup, publishedOf } from './lookup.ts';
import { markdownTable } from './markdownTable.ts';
import type { MarkdownColumn } from './markdownTable.ts';
import type { Picture } from '../../charts/picture.ts';
import { gridPicture } from './pictures.ts';

/** As prettier would format it. */
export function markdownReport(report: SurveyReport): string {
  const { spec, grids } = report;
  const shown = grids.find(({ published }) => published.length > 0) ?? grids[0];
  const blocks = [
    `# ${plain(spec.title)}`,
    factsOf(report)
      .map(([name, value]) => `- ${name}: ${plain(value)}`)
      .join('\n'),
    ...grids.flatMap((grid) => [
      `## ${plain(grid.question)}`,
      plain(grid.answer),
      image(gridPicture(report, grid)),
      ...(grid === shown ? [mainTable(report, grid)] : []),
    ]),
    '## Accuracy against latency',
    image(latencyChart(report)),
    '## Everything else',
    'The [whole report](report.html) is one page to open in a browser or to print: every figure with its interval, every comparison with its p value, learning curves, calibration, how the numbers come about, and the runs and models that they come from. The same numbers are in [report.json](report.json), and as tables in [runs.csv](runs.csv), [cells.csv](cells.csv), [comparisons.csv](comparisons.csv), [epochs.csv](epochs.csv) and [divided.csv](divided.csv).',
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

interface Row {
  readonly point: GridPoint;
  readonly cell: CellResult;
  readonly published: PublishedResult | undefined;
  /** With its like of other targets, or else along the first axis that it is compared along. */
  readonly comparison: ComparisonResult | undefined;
}

function mainTable(report: SurveyReport, grid: GridResult): string {
  const { trainReviews, testReviews } = report.dataset;
  const label = (point: GridPoint) => fullLabelOf(point, trainReviews);
  const rows = new Lookup(report).measured(grid).map(({ point, cell }): Row => ({
    point,
    cell,
    published: publishedOf(grid, point),
    comparison: grid.comparisons.find((comparison) => label(comparison.point) === label(point)),
  }));
  const columns: MarkdownColumn<Row>[] = [
    { head: 'network', cell: ({ point }) => plain(point.architecture), left: true },
    { head: 'targets', cell: ({ point }) => targetNames[point.targets], left: true },
    ...variedAxes(grid.points)
      .filter(isNumeric)
      .map((axis) => ({
        head: axisNames[axis],
        cell: ({ point }: Row) => valueOn(axis, point, trainReviews) ?? undefined,
      })),
    { head: 'accuracy, %', cell: ({ cell }) => meanPercent(cell.accuracy) },
    { head: 'published, %', cell: ({ published }) => published && percent(published.accuracy) },
    {
      head: 'difference, points',
      cell: ({ comparison }) => comparison && points(comparison.difference.mean),
    },
    {
      head: 'from',
      cell: ({ comparison }) =>
        comparison && (valueOn(comparison.axis, comparison.reference, trainReviews) ?? undefined),
      left: true,
    },
    { head: 'verdict', cell: ({ comparison }) => comparison?.verdict, left: true },
  ];
  const told = columns.filter(({ cell }) => rows.some((row) => cell(row) !== undefined));
  const caption = `Accuracy on ${whole(testReviews)} test reviews, ± half the 95 % interval over seeds. Better and worse hold for every seed, and after correction for the number of comparisons.`;
  return `${markdownTable(told, rows)}\n\n${caption}`;
}

/** Relative to the page; the title says what is to be seen. */
const image = ({ name, title }: Picture): string => `![${plain(title)}](${name}.svg)`;

/** One line in which nothing means anything to Markdown. */
const plain = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\\`*_{}[\]<>#|~&$]/g, '\\$&')
    .replace(/^(?=[-+=])|(?<=^\d+)(?=[.)])/, '\\');
