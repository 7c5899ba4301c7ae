/** Trains a student, from scratch on labels or distilled from a teacher's soft targets. */
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { buildModel, initialWeights } from '../models/networks/index.ts';
import { buildWordTokenizer } from '../text/word.ts';
import { studentSpec } from './architectures.ts';
import type { DistillationConfig, StudentConfig } from './config.ts';
import type { Selected } from './dataSelection.ts';
import { selectLabelled, selectUnlabelled, tokenize } from './dataSelection.ts';
import type { Example } from './examples.ts';
import type { TrainingPhase } from './fit.ts';
import { fit } from './fit.ts';
import type { RunContext } from './runContext.ts';
import type { RunOutcome, UsedModel } from './messages.ts';
import { writeModelFolder } from './modelFolder.ts';
import { teacherLogits } from './teacherLogits.ts';

/**
 * A student and its distilled twin with the same seed start from the same weights and see the same reviews in the
 * same order, unless the twin is given unlabelled reviews too: only the targets differ.
 */
export async function trainStudent(
  config: StudentConfig | DistillationConfig,
  dataset: Dataset,
  teachers: readonly UsedModel[],
  context: RunContext,
): Promise<RunOutcome> {
  const train = await dataset.reviews('train');
  const tokenizer = buildWordTokenizer(
    train.map(({ text }) => text),
    config.vocabularySize,
  );
  const { labelled, rest } = await selectLabelled(dataset, config.trainReviews, config.seed);
  const unlabelled =
    config.kind === 'distillation'
      ? await selectUnlabelled(dataset, rest, config.unlabelledReviews, config.seed)
      : [];
  const selected = [...labelled, ...unlabelled];
  const sequences = await tokenize(
    selected.map(({ review }) => review.text),
    tokenizer,
    config.maxTokens,
    context,
  );
  const examples = sequences.map((ids, i): Example => ({
    ids,
    label: i < labelled.length ? selected[i]!.review.label : null,
    teacherLogits: null,
  }));

  const phases =
    config.kind === 'distillation'
      ? distillationPhases(
          config,
          examples,
          await softTargets(selected, teachers, dataset, context),
          labelled.length,
        )
      : [hardPhase('training', examples, config.epochs)];

  const { embeddingSize, dropout, wordDropout } = config;
  const { vocabularySize } = tokenizer;
  const spec = studentSpec(config.architecture, { vocabularySize, embeddingSize, dropout, wordDropout });
  const model = buildModel(spec);
  const weights = await fit({
    model,
    initial: initialWeights(spec, config.seed),
    phases,
    validation: { reviews: await dataset.reviews('validation'), tokenizer, maxTokens: config.maxTokens },
    settings: config,
    context,
  });

  const trained = await writeModelFolder(
    join(context.runFolder, 'model'),
    { spec, model, weights, tokenizer },
    dataset,
    {
      name: config.name,
      architecture: config.architecture,
      maxTokens: config.maxTokens,
      method: config.kind === 'distillation' ? 'distilled' : 'scratch',
      parentTeacher: teachers.map(({ card: { name, version } }) => `${name}@${version}`).join(' + ') || null,
      temperature: config.kind === 'distillation' ? config.temperature : null,
      seed: config.seed,
      training: config,
      engine: context.engine.name,
      origin: null,
      licence: null,
    },
    context,
  );
  return { kind: 'model', model: trained };
}

const hardPhase = (
  name: TrainingPhase['name'],
  examples: readonly Example[],
  epochs: number,
): TrainingPhase => ({
  name,
  examples,
  epochs,
  temperature: 1,
  hardLabelWeight: 1,
});

function distillationPhases(
  config: DistillationConfig,
  examples: readonly Example[],
  logits: readonly (readonly [number, number])[],
  labelled: number,
): TrainingPhase[] {
  const soft: TrainingPhase = {
    name: 'training',
    examples: examples.map((example, i) => ({ ...example, teacherLogits: logits[i]! })),
    epochs: config.epochs,
    temperature: config.temperature,
    hardLabelWeight: config.hardLabelWeight,
  };
  if (config.hardLabelEpochs === 0) return [soft];
  return [soft, hardPhase('hard-label-training', examples.slice(0, labelled), config.hardLabelEpochs)];
}

/** The teacher's logits of each selected review; of an ensemble the mean, which is the geometric mean of its probabilities. */
async function softTargets(
  selected: readonly Selected[],
  teachers: readonly UsedModel[],
  dataset: Dataset,
  { dataDirectory, threads, report, signal }: RunContext,
): Promise<[number, number][]> {
  const targets = selected.map((): [number, number] => [0, 0]);
  for (const split of ['train', 'unlabelled'] as const) {
    const places = selected.flatMap((choice, place) => (choice.split === split ? [place] : []));
    if (places.length === 0) continue;
    const wanted = places.map((place) => selected[place]!.index);
    for (const teacher of teachers) {
      const logits = await teacherLogits(
        { dataDirectory, teacher, dataset, threads, report, signal },
        split,
        wanted,
      );
      for (const [i, place] of places.entries()) {
        const [negative, positive] = targets[place]!;
        const share = logits[i]!.map((logit) => logit / teachers.length) as [number, number];
        targets[place] = [negative + share[0], positive + share[1]];
      }
    }
  }
  return targets;
}
