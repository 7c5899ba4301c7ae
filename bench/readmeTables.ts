/**
 * `npm run bench -- readme`: writes the tables and pictures of README.md and docs/ from bench/results/ and the published
 * survey's report.json; with --check only says whether they fit.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { DistilleryError, errorDetails } from '../src/errors.ts';
import { readCard } from '../src/models/modelFolder.ts';
import { surveyFiles } from '../src/survey/export/files.ts';
import type { SurveyReport } from '../src/survey/report.ts';
import { accuracyAgainstLatency } from './figures.ts';
import {
  comparisonResult,
  comparisonSection,
  differencesSection,
  shortReviewsResult,
  shortReviewsSection,
  studentsResult,
  studentsSection,
  teacherResult,
  teacherSection,
  trainingResult,
  trainingSection,
} from './resultSections.ts';
import { chaosResult, chaosSection, limitsSection, scaleResult, workersSection } from './scaleSection.ts';
import { fuzzResult, fuzzSection } from './fuzzSection.ts';
import { servingResult, servingSection } from './servingSection.ts';
import { tfjsNodeResult, tfjsNodeSection } from './tfjsNodeSection.ts';

const pages = ['README.md', 'docs/measurements.md', 'docs/limits.md'];

/**
 * @param sections what may come between `<!-- results:NAME -->` and `<!-- /results -->`, by name
 * @throws DistilleryError BAD_USER_INPUT where a section of the text is unknown or has no end
 */
export function fillTables(page: string, sections: Readonly<Record<string, string>>): string {
  const end = '<!-- /results -->';
  let filled = page;
  for (const [start, name = ''] of page.matchAll(/<!-- results:([a-z-]+) -->/g)) {
    const section = sections[name];
    const from = filled.indexOf(start);
    const to = filled.indexOf(end, from);
    const next = filled.indexOf('<!-- results:', from + start.length);
    if (section === undefined || to < 0 || (next >= 0 && next < to)) {
      throw new DistilleryError(
        'BAD_USER_INPUT',
        `The page has ${start}: expected one of ${Object.keys(sections).join(', ')}, and ${end} after it.`,
        { section: name },
      );
    }
    filled = `${filled.slice(0, from + start.length)}\n\n${section}\n\n${filled.slice(to)}`;
  }
  return filled;
}

/** What stands in place of figures that were not measured. */
export function notMeasured(name: string): string {
  return `Not measured yet: \`npm run bench -- ${name}\` writes the figures that belong here.`;
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { check: { type: 'boolean', default: false } } });
  const { quantization } = await readCard(
    fileURLToPath(new URL('../models/imdb-teacher-int8', import.meta.url)),
  );
  if (!quantization)
    throw new DistilleryError('INTERNAL', 'The card of the int8 teacher lacks what it cost.');
  const survey = await readSurvey();
  const sections = {
    'main-job': await sectionOf('main-job', comparisonResult, comparisonSection),
    zoo: await sectionOf('zoo', comparisonResult, comparisonSection),
    differences: await sectionOf('zoo', comparisonResult, (result) =>
      differencesSection(result, 'imdb-nb-svm@1'),
    ),
    teacher: await sectionOf('teacher', teacherResult, (result) => teacherSection(result, quantization)),
    students: await sectionOf('students', studentsResult, studentsSection),
    fuzz: await sectionOf('fuzz', fuzzResult, fuzzSection),
    serving: await sectionOf('serving', servingResult, servingSection),
    chaos: await sectionOf('chaos', chaosResult, chaosSection),
    workers: await sectionOf('scale', scaleResult, workersSection),
    limits: await sectionOf('scale', scaleResult, limitsSection),
    'short-reviews': await sectionOf('short-reviews', shortReviewsResult, shortReviewsSection),
    training: await sectionOf('training', trainingResult, trainingSection),
    'tfjs-node': await sectionOf('tfjs-node', tfjsNodeResult, tfjsNodeSection),
    survey: survey ? answersSection(survey) : 'Not carried out yet: `npm run survey` writes its answers.',
  };
  const wanted = new Map<string, string>();
  for (const page of pages) wanted.set(page, fillTables((await textOf(page)) ?? '', sections));
  const zoo = await resultOf('zoo', comparisonResult);
  if (zoo) wanted.set('docs/accuracy-latency.svg', accuracyAgainstLatency(zoo));
  if (survey) for (const { name, content } of surveyFiles(survey)) wanted.set(`docs/survey/${name}`, content);
  for (const [file, text] of wanted) {
    if (text === (await textOf(file))) continue;
    if (values.check) {
      console.error(`${file} differs from what was measured. Run: npm run bench -- readme`);
      process.exitCode = 1;
      continue;
    }
    await writeFile(fileURLToPath(new URL(`../${file}`, import.meta.url)), text);
    console.log(`Written: ${file}`);
  }
}

/** What the published survey found; null where it was not carried out yet. */
async function readSurvey(): Promise<SurveyReport | null> {
  const text = await textOf('docs/survey/report.json');
  return text === null ? null : (JSON.parse(text) as SurveyReport);
}

/** Each of its questions with the answer. */
export function answersSection({ grids }: Pick<SurveyReport, 'grids'>): string {
  return grids.map(({ question, answer }) => `- **${question}** ${answer}`).join('\n');
}

async function sectionOf<Result>(
  name: string,
  shape: z.ZodType<Result>,
  section: (result: Result) => string,
): Promise<string> {
  const result = await resultOf(name, shape);
  return result === null ? notMeasured(name) : section(result);
}

/** null where it was not measured yet. */
async function resultOf<Result>(name: string, shape: z.ZodType<Result>): Promise<Result | null> {
  const text = await textOf(`bench/results/${name}.json`);
  return text === null ? null : shape.parse(JSON.parse(text));
}

/** @param file in the repository; null where it does not exist */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(new URL(`../${file}`, import.meta.url), 'utf8');
  } catch (error) {
    if (errorDetails(error).code === 'ENOENT') return null;
    throw error;
  }
}
