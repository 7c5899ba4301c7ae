/** What `npm run demo` asks for: sizes at which two cores finish in minutes, and results are worth looking at. */
import type { BenchmarkConfig, StudentConfig, TeacherConfig } from '../training/config.ts';

export interface DemoPreset {
  /** How long the whole takes, for a person. */
  takes: string;
  /** Added to by `--checkpoint`. */
  teacher: Partial<TeacherConfig>;
  /** The same for the student from scratch and the distilled one, the seed included: they start from equal weights. */
  student: Partial<StudentConfig> & Pick<StudentConfig, 'architecture'>;
  distillation: { temperature: number; hardLabelWeight: number; unlabelledReviews: number };
  benchmark: Partial<BenchmarkConfig>;
  example: string;
}

/** A thousand texts a model tell the median and the 90th percentile; the 99th would take ten thousand. */
const quickBenchmark = { percentile: 90 } as const;

export const demoPresets: Readonly<Record<'sample' | 'imdb', DemoPreset>> = {
  // All of it within four minutes on two cores, from random weights.
  sample: {
    takes: 'about a minute on two cores',
    teacher: { epochs: 9, batchSize: 32, learningRate: 1e-3, maxTokens: 64 },
    // Few labels, as where labelling is dear: what the teacher adds is its soft targets for reviews without one.
    student: {
      architecture: 'gru-32',
      epochs: 12,
      batchSize: 64,
      learningRate: 2e-3,
      maxTokens: 64,
      vocabularySize: 2_000,
      trainReviews: 1_000,
      seed: 1,
    },
    distillation: { temperature: 2, hardLabelWeight: 0, unlabelledReviews: 6_000 },
    benchmark: quickBenchmark,
    example: 'The acting is not bad at all, but the plot never wakes up and the ending ruins it.',
  },
  // A small pretrained checkpoint and a part of the reviews are enough to see the effect.
  imdb: {
    takes: 'about nine minutes on two cores',
    teacher: {
      checkpoint: 'sentence-transformers/all-MiniLM-L6-v2',
      epochs: 1,
      batchSize: 16,
      learningRate: 5e-5,
      maxTokens: 128,
      trainReviews: 4_000,
    },
    // The labels that the teacher has seen, and soft targets for reviews without one.
    student: {
      architecture: 'gru-64',
      epochs: 4,
      batchSize: 64,
      learningRate: 1e-3,
      maxTokens: 256,
      trainReviews: 4_000,
      seed: 1,
    },
    distillation: { temperature: 2, hardLabelWeight: 0, unlabelledReviews: 10_000 },
    benchmark: { ...quickBenchmark, reviews: 2_000 },
    example: 'I expected little and was moved to tears; slow at first, and then you cannot look away.',
  },
};

/** On imdb where the checkpoint can't be had: a small encoder from random weights, which needs all the labels. */
export const teacherWithoutCheckpoint: Partial<TeacherConfig> = {
  epochs: 3,
  batchSize: 32,
  learningRate: 5e-4,
  maxTokens: 128,
};
