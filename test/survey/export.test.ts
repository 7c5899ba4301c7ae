/** A report as files: what is in them is what the report says, and nothing in it can break them. */
import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { format, resolveConfig } from 'prettier';
import { surveyFiles } from '../../src/survey/export/files.ts';
import { paretoFront } from '../../src/survey/export/pareto.ts';
import type { SurveyReport } from '../../src/survey/report.ts';
import { surveySpec } from '../../src/survey/spec.ts';
import type { SurveySpec } from '../../src/survey/spec.ts';
import { exampleReport, exampleSpec } from './exampleReport.ts';

const filesOf = (report: SurveyReport) =>
  new Map(surveyFiles(report).map(({ name, content }) => [name, content]));
const report = exampleReport();
const files = filesOf(report);
const file = (name: string): string => files.get(name)!;
const svgs = (of: ReadonlyMap<string, string>) => [...of].filter(([name]) => name.endsWith('.svg'));
const rowsOf = (name: string) => parse(file(name), { columns: true }) as Record<string, string>[];

const single: SurveySpec = surveySpec.parse({
  ...exampleSpec,
  seeds: [1],
  beside: [],
  grids: [
    {
      name: 'one',
      question: 'How good is it?',
      students: [{ network: 'gru', sizes: [64] }],
      targets: ['soft'],
    },
  ],
});

describe('the files of a report', () => {
  it('are a page for a repository, a report, tables and pictures', () => {
    expect([...files.keys()]).toEqual([
      'README.md',
      'report.html',
      'report.json',
      'runs.csv',
      'cells.csv',
      'comparisons.csv',
      'epochs.csv',
      'divided.csv',
      ...report.grids.map(({ name }) => `grid-${name}.svg`),
      'accuracy-latency.svg',
      'learning-curves.svg',
      'calibration.svg',
      'agreement.svg',
    ]);
  });

  it('are the same each time', () => {
    expect(filesOf(exampleReport())).toEqual(files);
  });

  it.each([
    ['one seed', exampleReport({ ...exampleSpec, seeds: [7] })],
    ['a single cell', exampleReport(single)],
    ['runs that came to nothing', exampleReport(exampleSpec, ({ seed, cell }) => seed > 1 && cell < '8')],
    ['a condition without any run', exampleReport(exampleSpec, ({ cell }) => cell < '8')],
    ['no run at all', exampleReport(exampleSpec, () => true)],
  ])('come of a report with %s', (_, odd) => {
    const made = filesOf(odd);
    expect(problemsOf(made.get('report.html')!)).toEqual([]);
    for (const [, svg] of svgs(made)) expect(xmlProblems(svg)).toEqual([]);
    for (const content of made.values()) expect(content).not.toMatch(/NaN|Infinity|undefined|\[object/);
    for (const { key } of odd.missing) expect(made.get('report.html')).toContain(key);
  });
});

describe('the tables', () => {
  it('hold every run with all digits', () => {
    const rows = rowsOf('runs.csv');
    expect(rows.map(({ key }) => key)).toEqual(report.runs.map(({ key }) => key));
    for (const [i, run] of report.runs.entries()) {
      expect(rows[i]).toMatchObject({
        runId: run.runId,
        cell: run.cell,
        parent: run.parent ?? '',
        model: run.model,
        sha256: run.sha256,
        seed: String(run.seed),
      });
      expect(Number(rows[i]!.accuracy)).toBe(run.metrics.accuracy);
      expect(Number(rows[i]!.accuracyHigh)).toBe(run.metrics.accuracyInterval!.high);
      expect(Number(rows[i]!.latencyP50Ms)).toBe(run.latency.p50Ms);
      expect(Number(rows[i]!.agreement)).toBe(run.teacher.agreement);
      expect(Number(rows[i]!.seconds)).toBe(run.seconds);
    }
  });

  it('hold every cell, with as many labelled reviews as there are where it has all', () => {
    const rows = rowsOf('cells.csv');
    expect(rows.map(({ id }) => id)).toEqual(report.cells.map(({ id }) => id));
    for (const [i, cell] of report.cells.entries()) {
      expect(rows[i]!.seeds).toBe(cell.seeds.join(' '));
      expect(rows[i]!.temperature).toBe(cell.temperature === null ? '' : String(cell.temperature));
      expect(rows[i]!.restUnlabelled).toBe(String(cell.restUnlabelled));
      expect(Number(rows[i]!.labelled)).toBe(cell.labelled ?? report.dataset.trainReviews);
      expect(Number(rows[i]!.f1)).toBe(cell.f1.mean);
      expect(Number(rows[i]!.calibrationErrorLow)).toBe(cell.calibrationError.interval!.low);
    }
  });

  it('hold every comparison, negative numbers as they are', () => {
    const rows = rowsOf('comparisons.csv');
    const all = report.grids.flatMap(({ name, comparisons }) =>
      comparisons.map((comparison) => ({ grid: name, ...comparison })),
    );
    expect(rows).toHaveLength(all.length);
    for (const [i, { grid, axis, difference, overReviews, pValue, verdict, ...of }] of all.entries()) {
      expect(rows[i]).toMatchObject({
        grid,
        axis,
        verdict,
        cell: of.point.cell,
        referenceCell: of.reference.cell,
      });
      expect(Number(rows[i]!.difference)).toBe(difference.mean);
      expect(Number(rows[i]!.differenceLow)).toBe(difference.interval!.low);
      expect(Number(rows[i]!.reviewsLow)).toBe(overReviews.low);
      expect(Number(rows[i]!.pValue)).toBe(pValue);
    }
    expect(rows.some(({ difference }) => difference!.startsWith('-'))).toBe(true);
  });

  it('hold every epoch and every divided review', () => {
    const epochs = rowsOf('epochs.csv');
    const losses = report.runs.flatMap((run) => run.epochs.map(({ loss }) => loss));
    expect(epochs.map(({ loss }) => Number(loss))).toEqual(losses);
    const divided = rowsOf('divided.csv');
    expect(divided.map(({ id }) => id)).toEqual(report.divided.map(({ id }) => id));
    expect(divided.map((row) => Number(row.studentsAgainst))).toEqual(
      report.divided.map(({ studentsAgainst }) => studentsAgainst),
    );
  });

  it('end their lines as RFC 4180 has it, and have a header without any row', () => {
    expect(file('cells.csv').split('\r\n')).toHaveLength(report.cells.length + 2);
    expect(filesOf({ ...report, divided: [] }).get('divided.csv')).toBe(
      'id,label,teacherClass,teacherPositive,studentsAgainst,students\r\n',
    );
  });

  it('start no formula in a spreadsheet', () => {
    const [run] = report.runs;
    const hostile = filesOf({ ...report, runs: [{ ...run!, model: '=HYPERLINK("x";\n"y")' }] });
    const [row] = parse(hostile.get('runs.csv')!, { columns: true }) as Record<string, string>[];
    expect(row!.model).toBe('\'=HYPERLINK("x";\n"y")');
  });

  it('are all in report.json as well', () => {
    expect(JSON.parse(file('report.json'))).toEqual(report);
  });
});

describe('the HTML report', () => {
  const page = file('report.html');

  it('is whole: nothing from elsewhere, no script, no broken link', () => {
    expect(problemsOf(page)).toEqual([]);
    expect(page.match(/<svg/g)).toHaveLength(svgs(files).length);
  });

  it('tells every question and answer, and every run with its model and digest', () => {
    for (const { question, answer } of report.grids)
      for (const text of [question, answer]) expect(page).toContain(text.replaceAll("'", '&#39;'));
    for (const { runId, model, sha256, key } of report.runs) {
      for (const text of [runId, model, sha256, `id="run-${key}"`, `href="#run-${key}"`])
        expect(page).toContain(text);
    }
  });

  it('tells means with their intervals, published figures and verdicts', () => {
    const { comparisons, published } = report.grids[0]!;
    const { mean, interval } = report.cells[0]!.accuracy;
    const half = (100 * (interval!.high - interval!.low)) / 2;
    expect(page).toContain(`${(100 * mean).toFixed(2)} ± ${half.toFixed(2)}`);
    expect(page).toContain(`>${(100 * published[0]!.precision!).toFixed(2)}<`);
    expect(page.match(/▲ better/g)!.length).toBeGreaterThanOrEqual(
      comparisons.filter(({ verdict }) => verdict === 'better').length,
    );
  });

  it('names published figures that have no cell', () => {
    const [grid, ...others] = report.grids;
    const lone = { architecture: 'gru-512', targets: 'soft', accuracy: 0.84 } as const;
    const published = [{ ...lone, precision: null, recall: null, cell: null }];
    const made = filesOf({ ...report, grids: [{ ...grid!, published }, ...others] });
    expect(made.get('report.html')).toContain('gru-512, soft targets: accuracy 84.00 %');
  });

  it('shows as text whatever people have written', () => {
    const evil = `</style><script>alert("1")</script>'"&<img src=x onerror=y>`;
    const [run] = report.runs;
    const [grid] = report.grids;
    const made = filesOf({
      ...report,
      spec: { ...report.spec, title: evil },
      dataset: { ...report.dataset, name: evil },
      machine: evil,
      teacher: { ...report.teacher, model: evil },
      runs: [{ ...run!, model: evil, runId: evil, sha256: evil, key: evil }],
      cells: [{ ...report.cells[0]!, runs: [evil], architecture: evil }],
      grids: [{ ...grid!, question: evil, answer: evil }],
      missing: [{ key: evil, cell: evil, seed: 1, reason: evil }],
      divided: [{ ...report.divided[0]!, id: evil }],
    });
    expect(problemsOf(made.get('report.html')!)).toEqual([]);
    for (const [, svg] of svgs(made)) expect(xmlProblems(svg)).toEqual([]);
    for (const name of ['README.md', 'report.html', 'accuracy-latency.svg'])
      expect(made.get(name)).not.toMatch(/(?<!\\)<(script|img)/);
  });
});

describe('the pictures', () => {
  it('are well-formed, and name what they show', () => {
    for (const [, svg] of svgs(files)) expect(xmlProblems(svg)).toEqual([]);
    for (const { name, points } of report.grids)
      for (const { architecture } of points)
        expect(file(`grid-${name}.svg`)).toMatch(new RegExp(`>${architecture}[,<]`));
    for (const { architecture } of report.grids[0]!.points)
      for (const name of ['learning-curves', 'calibration', 'agreement'])
        expect(file(`${name}.svg`)).toContain(`>${architecture}<`);
  });

  it('have the unit at their axes, and published figures beside', () => {
    expect(file('grid-targets.svg')).toContain('>accuracy, %<');
    expect(file('grid-targets.svg')).toContain('>soft targets, published<');
    expect(file('grid-temperatures.svg')).toContain('>temperature T (log scale)<');
    expect(file('grid-labelled.svg')).toContain('>22,391<');
    expect(file('accuracy-latency.svg')).toContain('>median latency, ms (log scale)<');
  });

  it('name the teacher, the models beside and the front against latency', () => {
    for (const name of ['imdb-teacher-int8@1', 'imdb-nb-svm@1', 'gru-16'])
      expect(file('accuracy-latency.svg')).toContain(`>${name}<`);
    expect(file('accuracy-latency.svg')).not.toContain('>cnn-64<');
  });
});

describe('paretoFront', () => {
  it('holds the models that no other beats in both, the fastest first', () => {
    const places = [
      { latencyMs: 20, accuracy: 0.93 },
      { latencyMs: 0.4, accuracy: 0.88 },
      { latencyMs: 0.2, accuracy: 0.86 },
      { latencyMs: 0.2, accuracy: 0.87 },
      { latencyMs: 0.3, accuracy: 0.9 },
      { latencyMs: 30, accuracy: 0.93 },
    ];
    expect(paretoFront(places)).toEqual([places[3], places[4], places[0]]);
  });
});

describe('the page for a repository', () => {
  const prettier = async (text: string) =>
    format(text, { ...(await resolveConfig('README.md')), parser: 'markdown' });

  it('is formatted as prettier would', async () => {
    expect(await prettier(file('README.md'))).toBe(file('README.md'));
  });

  it('stays so whatever people have written', async () => {
    const odd = [
      '1. *a* _b_',
      '- x',
      '+ `y`',
      '# z',
      '> [q](r) | s',
      'a\n\n  b <i>',
      '$$m$$ ~~n~~ \\',
      '=== ---',
    ];
    for (const text of odd) {
      const [grid] = report.grids;
      const page = filesOf({
        ...report,
        spec: { ...report.spec, title: text },
        machine: text,
        grids: [{ ...grid!, question: text, answer: text }],
      }).get('README.md')!;
      expect(await prettier(page)).toBe(page);
    }
  });

  it('shows only pictures and files that are there', () => {
    const links = [...file('README.md').matchAll(/\]\(([^)]+)\)/g)].map(([, name]) => name!);
    expect(links.filter((name) => !files.has(name))).toEqual([]);
    expect(links).toEqual(expect.arrayContaining(['report.html', 'runs.csv', 'grid-targets.svg']));
  });
});

/** What is wrong with a file that is to be XML, or HTML without a void element or with those named. */
function xmlProblems(text: string, voids: readonly string[] = []): string[] {
  const problems: string[] = [];
  const open: string[] = [];
  const between = text.replaceAll(
    /<(\/?)([a-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/gi,
    (_, closing: string, name: string, attributes: string, empty: string) => {
      const names = [...attributes.matchAll(/([\w:-]+)="/g)].map(([, attribute]) => attribute);
      if (new Set(names).size < names.length) problems.push(`an attribute twice: ${attributes}`);
      if (closing) {
        const last = open.pop();
        if (last !== name) problems.push(`</${name}> ends <${last}>`);
      } else if (!empty && !voids.includes(name)) open.push(name);
      return '';
    },
  );
  if (open.length > 0) problems.push(`not ended: ${open.join(', ')}`);
  const stray = /.{0,40}(<|&(?!(amp|lt|gt|quot|#39|#\d+);)).{0,40}/.exec(between);
  if (stray) problems.push(`stray: ${stray[0]}`);
  return problems;
}

/** What an HTML page has that it should not have: it stands alone, and all its links lead somewhere. */
function problemsOf(page: string): string[] {
  const body = page.replace('<!doctype html>', '').replace(/<style>.*?<\/style>/s, '');
  const ids = [...body.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);
  const targets = [...body.matchAll(/ href="([^"]*)"/g)].map(([, href]) => href!);
  const known = new Set(ids.map((id) => `#${encodeURIComponent(textOf(id))}`));
  const clips = [...page.matchAll(/url\(([^)]*)\)/g)].map(([, url]) => url!.replaceAll('&quot;', ''));
  return [
    ...xmlProblems(body, ['meta', 'br']),
    ...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `id twice: ${id}`),
    ...targets.filter((href) => !known.has(textOf(href))).map((href) => `leads nowhere: ${href}`),
    ...clips.filter((url) => !known.has(url)).map((url) => `no such clip: ${url}`),
    ...(body.match(/<(script|link|img|iframe|object|embed|base)\b/gi) ?? []),
    ...(body.replaceAll(/"[^"]*"/g, '').match(/<[^<>]*\s(src|srcset|on\w+)=/gi) ?? []),
  ];
}

const textOf = (escaped: string): string =>
  escaped
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
