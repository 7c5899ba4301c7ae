/** How the released models are made: every setting that the zoo's rebuild is given, in the order of the runs. */
import type { NamedInput } from './serverProcess.ts';

interface Step {
  readonly operation: string;
  readonly input: NamedInput;
}

const dataset = 'imdb';

/** One epoch on short inputs, which cost a third, then one with more of each review to read. */
export const teacherSteps = (checkpoint: string): Step[] => [
  {
    operation: 'startTeacherTraining',
    input: {
      name: 'imdb-teacher-short',
      dataset,
      checkpoint,
      epochs: 1,
      batchSize: 16,
      learningRate: 8e-5,
      maxTokens: 128,
      seed: 1,
    },
  },
  {
    operation: 'startTeacherTraining',
    input: {
      name: 'imdb-teacher',
      dataset,
      startFrom: 'imdb-teacher-short',
      epochs: 1,
      batchSize: 16,
      learningRate: 6e-5,
      maxTokens: 320,
      seed: 2,
    },
  },
  // Reading more than it was trained on makes it better: its encoder was pretrained on 512 positions
  quantization('imdb-teacher', 'imdb-teacher-int8', { maxTokens: 512 }),
];

/** The teacher that is released and that students learn from: what people can repeat with the files they have. */
export const releasedTeacher = 'imdb-teacher-int8';

/** What students have to beat, and what teaches the strong ones beside the teacher. */
export const baselineStep: Step = { operation: 'startBaseline', input: { name: 'imdb-nb-svm', dataset } };

/** The survey's students, with the accuracies that it reports from scratch and with soft targets. */
export const survey: Readonly<Record<string, { scratch: number; distilled: number }>> = {
  'gru-16': { scratch: 0.73, distilled: 0.75 },
  'gru-32': { scratch: 0.73, distilled: 0.8 },
  'gru-64': { scratch: 0.78, distilled: 0.82 },
  'gru-128': { scratch: 0.8, distilled: 0.83 },
  'gru-256': { scratch: 0.8, distilled: 0.83 },
  'cnn-64': { scratch: 0.77, distilled: 0.81 },
  'cnn-128': { scratch: 0.8, distilled: 0.82 },
  'cnn-256': { scratch: 0.8, distilled: 0.82 },
};
export const surveyArchitectures = Object.keys(survey);

const student = {
  dataset,
  vocabularySize: 20_000,
  embeddingSize: 64,
  maxTokens: 256,
  batchSize: 64,
  learningRate: 1e-3,
  dropout: 0.2,
  epochs: 2,
};
const distillation = {
  teacher: releasedTeacher,
  temperature: 2,
  hardLabelWeight: 0.5,
  unlabelledReviews: 25_000,
};

export interface Pair {
  readonly architecture: string;
  readonly seed: number;
  readonly scratch: Step;
  readonly distilled: Step;
}

/** A student from scratch and its distilled twin: the same settings and seed, so the same initial weights. */
export function pairOf(architecture: string, seed: number): Pair {
  const input = { ...student, architecture, seed };
  return {
    architecture,
    seed,
    scratch: {
      operation: 'startStudentTraining',
      input: { ...input, name: `imdb-${architecture}-scratch-${seed}` },
    },
    distilled: {
      operation: 'startDistillation',
      input: { ...input, ...distillation, name: `imdb-${architecture}-distilled-${seed}` },
    },
  };
}

/** What students can do with an ensemble of teachers, all reviews, word dropout and both directions or several widths. */
const strong = {
  ...student,
  ...distillation,
  ensemble: [baselineStep.input.name],
  epochs: 4,
  wordDropout: 0.1,
  unlabelledReviews: 49_359,
  seed: 1,
};
export const strongSteps: readonly Step[] = ['textcnn-64', 'bigru-64'].map((architecture) => ({
  operation: 'startDistillation',
  input: { ...strong, architecture, name: `imdb-${architecture}-distilled-1` },
}));

/** The released twin of a trained student: its word embeddings as int8. */
export function releaseStep(trained: string): Step {
  return quantization(trained, trained.replace(/-distilled-1$/, ''));
}

function quantization(model: string, name: string, more: { maxTokens?: number } = {}): Step {
  return { operation: 'quantizeModel', input: { model, name, ...more } };
}
