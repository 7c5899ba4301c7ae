/** The values of the form that starts a survey, the request that they make, and how many runs that plans. */
import type { StartSurveyInput } from '../../api/operations.ts';

export interface StudentsRow {
  /** Of the row on the page. */
  key: number;
  network: string;
  sizes: string[];
}

export interface SurveyForm {
  name: string;
  dataset: string;
  teacher: string;
  question: string;
  students: StudentsRow[];
  targets: string[];
  temperatures: string[];
  hardLabelWeights: string[];
  seeds: string[];
  epochs: number | string;
}

export const initialForm: SurveyForm = {
  name: '',
  dataset: 'sample',
  teacher: 'teacher',
  question: 'Do soft targets make small students better?',
  students: [{ key: 0, network: 'GRU', sizes: ['16', '32'] }],
  targets: ['SCRATCH', 'SOFT'],
  temperatures: ['2'],
  hardLabelWeights: ['0'],
  seeds: ['1', '2', '3'],
  epochs: 3,
};

const numbers =
  (right: (value: number) => boolean, message: string) =>
  (values: string[]): string | null =>
    values.length > 0 && values.every((each) => each.trim() !== '' && right(Number(each))) ? null : message;

export const rules = {
  name: (name: string) =>
    /^[a-z0-9][a-z0-9._]{0,23}$/.test(name)
      ? null
      : 'One to 24 of a–z, 0–9, "." and "_"; the first a letter or a digit.',
  dataset: (dataset: string) => (dataset ? null : 'Choose a dataset.'),
  teacher: (teacher: string) => (teacher ? null : 'Choose a teacher.'),
  question: (question: string) => (question.trim() ? null : 'Say what the survey is to answer.'),
  students: {
    sizes: numbers(
      (size) => Number.isInteger(size) && size >= 1 && size <= 9999,
      'Whole numbers from 1 to 9999, such as 16 and 32.',
    ),
  },
  targets: (targets: string[]) => (targets.length > 0 ? null : 'Choose at least one.'),
  temperatures: numbers((value) => value > 0, 'Numbers above 0, such as 2.'),
  hardLabelWeights: numbers((value) => value >= 0 && value <= 1, 'Numbers from 0 to 1, such as 0 and 0.5.'),
  seeds: numbers((seed) => Number.isInteger(seed) && seed >= 0, 'Whole numbers, such as 1, 2 and 3.'),
};

const distinct = (values: readonly string[]): number[] => [...new Set(values.map(Number))];

export function inputOf(form: SurveyForm): StartSurveyInput {
  const question = form.question.trim();
  return {
    name: form.name,
    title: question,
    dataset: form.dataset,
    teacher: form.teacher,
    seeds: distinct(form.seeds),
    ...(form.epochs !== '' && { training: { epochs: Number(form.epochs) } }),
    grids: [
      {
        name: 'grid',
        question,
        students: form.students.map(({ network, sizes }) => ({
          network: network as StartSurveyInput['grids'][number]['students'][number]['network'],
          sizes: distinct(sizes),
        })),
        targets: form.targets as NonNullable<StartSurveyInput['grids'][number]['targets']>,
        temperatures: distinct(form.temperatures),
        hardLabelWeights: distinct(form.hardLabelWeights),
      },
    ],
  };
}

export interface PlannedRuns {
  readonly students: number;
  /** Runs of a student and a seed. */
  readonly conditions: number;
  readonly seeds: number;
  readonly runs: number;
}

/** As the server plans them: equal runs are made once, and "soft, then hard" goes on from a run on soft targets. */
export function plannedRuns(form: SurveyForm): PlannedRuns {
  const students = new Set(
    form.students.flatMap(({ network, sizes }) => sizes.map((size) => `${network}-${Number(size)}`)),
  ).size;
  const weights = new Set(form.hardLabelWeights.map(Number));
  const temperatures = new Set(form.temperatures.map(Number)).size;
  const hard = form.targets.includes('SOFT_THEN_HARD');
  const soft = hard || form.targets.includes('SOFT');
  // Soft targets of no weight are training from scratch.
  const none = soft && weights.has(1);
  const scratch = form.targets.includes('SCRATCH') || none ? 1 : 0;
  const conditions =
    scratch +
    (soft ? temperatures * (weights.size - (none ? 1 : 0)) : 0) +
    (hard ? temperatures * weights.size : 0);
  const seeds = new Set(form.seeds.map(Number)).size;
  return { students, conditions, seeds, runs: students * conditions * seeds };
}
