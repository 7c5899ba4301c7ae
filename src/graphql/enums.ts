/** GraphQL enums made from our lists of words: `teacher-logits` is TEACHER_LOGITS in the schema. */
import { registerEnumType } from 'type-graphql';
import { scopes } from '../access/actor.ts';
import { phases, runStates } from '../progress/progress.ts';
import { modelCard } from '../models/card.ts';
import { surveyStates } from '../storage/surveys.ts';
import { axes } from '../survey/plan.ts';
import { verdicts } from '../survey/report.ts';
import { surveyTargets } from '../survey/spec.ts';
import {
  benchmarkConfig,
  benchmarkScenarios,
  quantizationConfig,
  runConfig,
  studentNetworks,
} from '../training/config.ts';

function enumOf(name: string, words: readonly string[], description: string): Record<string, string> {
  const values = Object.fromEntries(words.map((word) => [constantCase(word), word]));
  registerEnumType(values, { name, description });
  return values;
}

const constantCase = (word: string): string =>
  word
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .replaceAll('-', '_')
    .toUpperCase();

const runKinds = runConfig.options.map(({ shape }) => shape.kind.value);

export const RunKind = enumOf('RunKind', runKinds, 'What a run does.');
export const RunState = enumOf(
  'RunState',
  runStates,
  'Where a run stands; the last three are final, though resumeRun takes a run out of the last two.',
);
export const Phase = enumOf('Phase', phases, 'What a run is busy with.');
export const Label = enumOf('Label', ['negative', 'positive'], 'What a review says.');
export const Method = enumOf(
  'Method',
  modelCard.shape.method.options,
  'How a model was made: fine-tuned as a teacher, trained from scratch on labels, distilled, or a linear baseline to compare with.',
);
export const BenchmarkSplit = enumOf(
  'BenchmarkSplit',
  benchmarkConfig.shape.split.unwrap().options,
  'The part of a dataset that a benchmark reads.',
);
export const BenchmarkScenario = enumOf(
  'BenchmarkScenario',
  benchmarkScenarios,
  'How a model is loaded. single-stream: one text at a time. offline: all texts at once. concurrency: so many clients, each of which waits for its answer. server: texts arrive at random at a given rate, whether or not those before are answered.',
);
export const Precision = enumOf(
  'Precision',
  modelCard.shape.precision.unwrap().options,
  'Of the weights in a model’s file.',
);
export const EmbeddingPrecision = enumOf(
  'EmbeddingPrecision',
  quantizationConfig.shape.embeddings.unwrap().options,
  'How an int8 model keeps its tables of embeddings.',
);
export const DatasetFormat = enumOf(
  'DatasetFormat',
  ['csv', 'jsonl'],
  'csv: a header with the columns text and label. jsonl: one object a line with the keys text and label.',
);
export const DatasetState = enumOf(
  'DatasetState',
  ['ready', 'available', 'absent'],
  'ready: prepared on this machine. available: will be prepared when a run first needs it. absent: its file must be downloaded or given first.',
);
export const SurveyState = enumOf(
  'SurveyState',
  surveyStates,
  'Where a survey stands; the last three are final.',
);
export const SurveyTargets = enumOf(
  'SurveyTargets',
  surveyTargets,
  'What a student learns from: labels alone, the teacher’s soft targets, or labels once more after those.',
);
export const StudentNetwork = enumOf('StudentNetwork', studentNetworks, 'A student’s network.');
export const SurveyAxis = enumOf(
  'SurveyAxis',
  axes,
  'What two points of a grid differ in: the kind of targets, or the value of a setting.',
);
export const AliasChangeReason = enumOf(
  'AliasChangeReason',
  ['set', 'published', 'trial', 'rollback'],
  'set: by a client. published: by the server, which keeps teacher and best-student itself. trial: one began or ended. rollback: to the version before.',
);
export const Scope = enumOf(
  'Scope',
  scopes,
  'What a key opens. classify: reads and classifies. train: starts runs and brings data and models as well. admin: everything, aliases and keys too.',
);
export const Verdict = enumOf(
  'Verdict',
  verdicts,
  'Whether a difference is real: every seed says so with a corrected p value below 0.05, and the interval over reviews leaves zero out.',
);
