/** A survey's report as one HTML file: no script, nothing from elsewhere, for screen and paper. */
import type { SurveyReport } from '../report.ts';
import { gridAnchor, linkTo } from './anchors.ts';
import { counted } from './formats.ts';
import { factsOf } from './facts.ts';
import { gridSection } from './htmlGrid.ts';
import { latencyChart } from './latencyChart.ts';
import { methodSection } from './htmlMethod.ts';
import { dividedTable, frontTable, givenModelsTable, missingTable, runsTable } from './htmlModels.ts';
import { pictureInPage } from '../../charts/picture.ts';
import type { Picture } from '../../charts/picture.ts';
import { gridPicture, learningPictures } from './pictures.ts';
import { style } from './style.ts';
import { Html, markup } from './template.ts';

/** The same report gives the same file. */
export function htmlReport(report: SurveyReport): string {
  let figures = 0;
  const figure = (picture: Picture): Html => {
    figures += 1;
    return markup`<figure>
<div class="picture">${new Html(pictureInPage(picture, `figure-${figures}`))}</div>
<figcaption>Figure ${figures}: ${picture.title}. ${picture.notes.join(' ')}</figcaption>
</figure>
`;
  };
  const { spec, grids, missing, divided, dataset, teacher } = report;
  const sections = grids.map((grid, place) =>
    gridSection(report, grid, place, figure(gridPicture(report, grid))),
  );
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${spec.title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<header>
<h1>${spec.title}</h1>
<p class="lead">${counted(report.runs.length, 'student')} trained on ${dataset.name} and measured beside ${teacher.model}</p>
<nav aria-label="Sections"><ul>
${contents(report).map(([anchor, name]) => markup`<li>${linkTo(anchor, name)}</li>\n`)}</ul></nav>
</header>
<main>
<section id="answers">
<h2>Answers</h2>
<ul class="answers">
${grids.map(({ name, question, answer }, place) => markup`<li><span class="question">${question}</span><br>${answer} ${linkTo(gridAnchor(place), `More: ${name}`)}</li>\n`)}</ul>
</section>
<section id="done">
<h2>What was done</h2>
<dl class="facts">
${factsOf(report).map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>
</section>
${sections}<section id="latency">
<h2>Accuracy against latency</h2>
${figure(latencyChart(report))}${frontTable(report)}${givenModelsTable(report)}</section>
<section id="learning">
<h2>Learning curves, calibration and agreement</h2>
${learningPictures(report).map(figure)}</section>
${divided.length > 0 ? markup`<section id="divided">\n<h2>The most divided reviews</h2>\n${dividedTable(report)}</section>\n` : ''}${methodSection(report)}${missing.length > 0 ? markup`<section id="missing">\n<h2>Missing runs</h2>\n${missingTable(report)}</section>\n` : ''}<section id="runs" class="wide">
<h2>All runs</h2>
${runsTable(report)}</section>
</main>
</body>
</html>
`;
  return page.text;
}

/** Anchor and name of each section. */
function contents({ grids, divided, missing }: SurveyReport): [string, string][] {
  return [
    ['answers', 'Answers'],
    ['done', 'What was done'],
    ...grids.map(({ name }, place): [string, string] => [gridAnchor(place), name]),
    ['latency', 'Accuracy against latency'],
    ['learning', 'Learning'],
    ...(divided.length > 0 ? [['divided', 'Divided reviews'] as [string, string]] : []),
    ['method', 'Method'],
    ...(missing.length > 0 ? [['missing', 'Missing runs'] as [string, string]] : []),
    ['runs', 'All runs'],
  ];
}
