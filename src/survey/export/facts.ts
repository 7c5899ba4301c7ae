/** What a survey did, in a few lines. */
import type { SurveyReport } from '../report.ts';
import { counted, day, duration, percent, whole } from './formats.ts';

/** Name and value of each. */
export function factsOf(report: SurveyReport): [string, string][] {
  const { dataset, teacher, beside, runs, missing, cells, spec, machine, threads, createdAt } = report;
  const { accuracy, accuracyInterval } = teacher.metrics;
  const interval = accuracyInterval
    ? ` (${percent(accuracyInterval.low)} to ${percent(accuracyInterval.high)})`
    : '';
  const temperatures = cells.flatMap(({ temperature }) => temperature ?? []);
  const epochs = runs.map((run) => run.epochs.length);
  const trained = runs.reduce((sum, { seconds }) => sum + seconds, 0);
  const facts: [string, string][] = [
    [
      'Dataset',
      `${dataset.name}: ${whole(dataset.trainReviews)} training, ${whole(dataset.validationReviews)} validation, ${whole(dataset.testReviews)} test and ${whole(dataset.unlabelledReviews)} unlabelled reviews`,
    ],
    ['Teacher', `${teacher.model} (${teacher.architecture}), accuracy ${percent(accuracy)} %${interval}`],
    [
      'Beside',
      beside.map(({ model, metrics }) => `${model}, accuracy ${percent(metrics.accuracy)} %`).join('; '),
    ],
    [
      'Runs',
      `${counted(runs.length, 'run')} of ${counted(cells.length, 'condition')}${missing.length > 0 ? `; ${counted(missing.length, 'planned run')} came to nothing` : ''}; ${duration(trained)} of training`,
    ],
    ['Seeds', spec.seeds.join(', ')],
    ['Temperatures', listed(temperatures)],
    ['Epochs', listed(epochs)],
    ['Settings', settingsOf(report)],
    ['Machine', `${machine}; latencies with ${counted(threads, 'thread')}`],
    ['Date', day(createdAt)],
  ];
  return facts.filter(([, value]) => value !== '');
}

const listed = (values: readonly number[]): string => [...new Set(values)].sort((a, b) => a - b).join(', ');

/** Those of all runs, by the names that a training is given them by. */
function settingsOf({ spec: { training, threads } }: SurveyReport): string {
  const settings = Object.entries({ ...training, threads }).filter(([, value]) => value !== undefined);
  return settings.map(([name, value]) => `${name} ${value}`).join(', ');
}
