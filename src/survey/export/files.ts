/** A survey's report as files: a page for a repository, one for readers, and the numbers for machines. */
import type { SurveyReport } from '../report.ts';
import { csvTables } from './csv.ts';
import { htmlReport } from './html.ts';
import { latencyChart } from './latencyChart.ts';
import { markdownReport } from './markdown.ts';
import { pictureFile } from '../../charts/picture.ts';
import { gridPicture, learningPictures } from './pictures.ts';

/** The same report gives the same files. */
export function surveyFiles(report: SurveyReport): { name: string; content: string }[] {
  const pictures = [
    ...report.grids.map((grid) => gridPicture(report, grid)),
    latencyChart(report),
    ...learningPictures(report),
  ];
  return [
    { name: 'README.md', content: markdownReport(report) },
    { name: 'report.html', content: htmlReport(report) },
    { name: 'report.json', content: `${JSON.stringify(report, null, 2)}\n` },
    ...Object.entries(csvTables).map(([name, table]) => ({ name: `${name}.csv`, content: table(report) })),
    ...pictures.map((picture) => ({ name: `${picture.name}.svg`, content: pictureFile(picture) })),
  ];
}
