/** A survey's files on disk: its report in several forms, and every answer that it was made of. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import type { ArtefactStore } from '../artefacts/store.ts';
import { DistilleryError } from '../errors.ts';
import { replaceFolder } from '../files.ts';

/** The answers of the teacher and of all students to the test reviews: the class that each gave, 0 or 1. */
export interface SurveyAnswers {
  reviews: readonly { id: string; label: 0 | 1 }[];
  /** uint8 [reviews] */
  teacher: Uint8Array;
  /** By the key of the student's run; uint8 [reviews] each. */
  students: ReadonlyMap<string, Uint8Array>;
}

export interface SurveyFile {
  name: string;
  content: string;
}

const answersName = 'answers.csv';

const surveyPath = (surveyId: string) => `surveys/${surveyId}`;

export function surveyFolder({ dataDirectory }: ArtefactStore, surveyId: string): string {
  return join(dataDirectory, surveyPath(surveyId));
}

/** Replaces what an earlier analysis wrote, at once: nobody reads a part of it. */
export async function writeSurveyFiles(
  store: ArtefactStore,
  surveyId: string,
  files: readonly SurveyFile[],
  answers: SurveyAnswers,
): Promise<void> {
  const folder = surveyFolder(store, surveyId);
  const aside = `${folder}.${randomUUID()}`;
  await mkdir(aside, { recursive: true });
  try {
    for (const { name, content } of [...files, { name: answersName, content: answersCsv(answers) }])
      await writeFile(join(aside, name), content);
    await replaceFolder(folder, aside);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
  await store.push(surveyPath(surveyId));
}

/**
 * In alphabetical order; empty until there is a report. The files are there to be read afterwards.
 * @throws DistilleryError UNAVAILABLE where the artefact store can't be asked
 */
export async function surveyFileNames(store: ArtefactStore, surveyId: string): Promise<string[]> {
  await store.pull(surveyPath(surveyId));
  const names = await readdir(surveyFolder(store, surveyId)).catch(() => []);
  return names.sort();
}

/** One line a review, one column a model, so that every comparison can be made again. */
function answersCsv({ reviews, teacher, students }: SurveyAnswers): string {
  const columns = [...students];
  return stringify(
    reviews.map(({ id, label }, i) => [id, label, teacher[i]!, ...columns.map(([, classes]) => classes[i]!)]),
    { header: true, columns: ['review', 'label', 'teacher', ...columns.map(([key]) => key)] },
  );
}

export interface Difference {
  review: string;
  label: 'negative' | 'positive';
  teacher: 'negative' | 'positive';
}

/**
 * The test reviews to which a student and the teacher give different answers, in the dataset's order.
 * @param key of the student's run in the survey
 * @throws DistilleryError NOT_FOUND where the survey has no report yet, or no such run in it
 */
export async function differencesOf(
  store: ArtefactStore,
  surveyId: string,
  key: string,
): Promise<Difference[]> {
  await store.pull(surveyPath(surveyId));
  const content = await readFile(join(surveyFolder(store, surveyId), answersName)).catch(() => null);
  if (content === null) {
    throw new DistilleryError('NOT_FOUND', 'The survey has no report yet. Wait for its end.', { surveyId });
  }
  const [header = [], ...rows] = parse(content) as string[][];
  const column = header.indexOf(key, 3);
  if (column < 0) {
    const shown = key.slice(0, 100);
    throw new DistilleryError('NOT_FOUND', `There is no run "${shown}" in the survey's report.`, {
      run: shown,
    });
  }
  const word = (answer: string | undefined) => (answer === '1' ? 'positive' : 'negative');
  return rows
    .filter((row) => row[2] !== row[column])
    .map(([review = '', label, teacher]) => ({ review, label: word(label), teacher: word(teacher) }));
}
