/** The numbers that a training can be given: their names, bounds, defaults and what they mean. */
export interface NumberSetting {
  /** As in the input of the mutation. */
  readonly key: string;
  readonly label: string;
  readonly help: string;
  readonly min: number;
  readonly max?: number;
  readonly step: number;
  /** What the server takes where nothing is given; null where that is no number. */
  readonly usual: number | null;
  /** What the empty field says where the server takes no number. */
  readonly empty?: string;
  readonly whole?: boolean;
}

const seed: NumberSetting = {
  key: 'seed',
  label: 'Seed',
  help: 'Of weights, dropout and batches: equal seeds, equal initial weights.',
  min: 0,
  max: 2_147_483_647,
  step: 1,
  usual: 1,
  whole: true,
};

const epochs: NumberSetting = {
  key: 'epochs',
  label: 'Epochs',
  help: 'Passes over the training reviews, 1 to 1000.',
  min: 1,
  max: 1000,
  step: 1,
  usual: 3,
  whole: true,
};

const learningRate: NumberSetting = {
  key: 'learningRate',
  label: 'Learning rate',
  help: 'The peak: it warms up and falls linearly. Above 0, at most 1.',
  min: 0,
  max: 1,
  step: 0.0001,
  usual: 0.001,
};

const batchSize: NumberSetting = {
  key: 'batchSize',
  label: 'Batch size',
  help: 'Reviews of one step, 1 to 4096.',
  min: 1,
  max: 4096,
  step: 1,
  usual: 64,
  whole: true,
};

const dropout: NumberSetting = {
  key: 'dropout',
  label: 'Dropout',
  help: 'Share of activations dropped while training. At least 0, below 1.',
  min: 0,
  max: 1,
  step: 0.05,
  usual: 0.2,
};

const weightDecay: NumberSetting = {
  key: 'weightDecay',
  label: 'Weight decay',
  help: 'Decoupled, 0 to 1.',
  min: 0,
  max: 1,
  step: 0.01,
  usual: 0,
};

/** Alike for teachers and students. */
const common: readonly NumberSetting[] = [
  {
    key: 'maxTokens',
    label: 'Max tokens',
    help: 'Tokens of a review that are read, 8 to 512; longer ones keep head and tail.',
    min: 8,
    max: 512,
    step: 8,
    usual: 256,
    whole: true,
  },
  {
    key: 'trainReviews',
    label: 'Train reviews',
    help: 'Train on so many labelled reviews only.',
    min: 1,
    step: 100,
    usual: null,
    empty: 'all of them',
    whole: true,
  },
  {
    key: 'warmup',
    label: 'Warm-up',
    help: 'Share of all steps spent warming up, 0 to 1.',
    min: 0,
    max: 1,
    step: 0.05,
    usual: 0.1,
  },
  {
    key: 'clipNorm',
    label: 'Gradient norm',
    help: 'Largest global norm of the gradients. Above 0.',
    min: 0,
    step: 0.5,
    usual: 1,
  },
  {
    key: 'threads',
    label: 'Threads',
    help: 'Of this run, 1 to 256. Equal seeds and threads, equal weights.',
    min: 1,
    max: 256,
    step: 1,
    usual: null,
    empty: 'as the server gives',
    whole: true,
  },
];

const student: readonly NumberSetting[] = [
  learningRate,
  batchSize,
  dropout,
  {
    key: 'wordDropout',
    label: 'Word dropout',
    help: 'Share of whole words dropped while training. At least 0, below 1.',
    min: 0,
    max: 1,
    step: 0.05,
    usual: 0,
  },
  {
    key: 'vocabularySize',
    label: 'Vocabulary',
    help: 'Words, taken from training reviews by frequency, 100 to 200000.',
    min: 100,
    max: 200_000,
    step: 1000,
    usual: 20_000,
    whole: true,
  },
  {
    key: 'embeddingSize',
    label: 'Embedding size',
    help: 'Numbers that stand for a word, 1 to 1024.',
    min: 1,
    max: 1024,
    step: 8,
    usual: 64,
    whole: true,
  },
  weightDecay,
  ...common,
];

const distillation: readonly NumberSetting[] = [
  {
    key: 'hardLabelEpochs',
    label: 'Hard label epochs',
    help: 'Epochs on labels after those on soft targets, 0 to 1000.',
    min: 0,
    max: 1000,
    step: 1,
    usual: 0,
    whole: true,
  },
  {
    key: 'unlabelledReviews',
    label: 'Unlabelled reviews',
    help: 'Unlabelled reviews to learn from as well.',
    min: 0,
    step: 100,
    usual: 0,
    whole: true,
  },
];

/** In front of the others, and filled in. */
export const mainSettings = {
  teacher: [{ ...epochs, usual: 2 }, seed],
  distillation: [
    epochs,
    {
      key: 'temperature',
      label: 'Temperature',
      help: 'Softens the teacher’s probabilities, 0.01 to 100.',
      min: 0.01,
      max: 100,
      step: 0.5,
      usual: 2,
    },
    {
      key: 'hardLabelWeight',
      label: 'Hard label weight',
      help: 'Weight of the labels’ loss, 0 to 1; 0 is soft targets only.',
      min: 0,
      max: 1,
      step: 0.1,
      usual: 0,
    },
    seed,
  ],
  student: [epochs, seed],
} satisfies Record<string, readonly NumberSetting[]>;

/** Under "More settings", empty where the server's defaults are good. */
export const moreSettings = {
  teacher: [
    { ...learningRate, usual: 0.00005, step: 0.00001 },
    { ...batchSize, usual: 32 },
    { ...dropout, usual: 0.1 },
    { ...weightDecay, usual: 0.01 },
    ...common,
  ],
  distillation: [...distillation, ...student],
  student,
} satisfies Record<string, readonly NumberSetting[]>;

/** Of a teacher without a checkpoint: random weights of these sizes. */
export const encoderSettings: readonly NumberSetting[] = [
  { key: 'layers', label: 'Layers', help: 'Encoder layers.', min: 1, step: 1, usual: 2, whole: true },
  {
    key: 'hiddenSize',
    label: 'Hidden size',
    help: 'Width; a multiple of the heads.',
    min: 1,
    step: 32,
    usual: 128,
    whole: true,
  },
  {
    key: 'heads',
    label: 'Heads',
    help: 'Attention heads of a layer.',
    min: 1,
    step: 1,
    usual: 4,
    whole: true,
  },
  {
    key: 'intermediateSize',
    label: 'Feed-forward size',
    help: 'Width inside the feed-forward part.',
    min: 1,
    step: 128,
    usual: 512,
    whole: true,
  },
];
