/** Trains a student, from scratch on labels or distilled from a teacher's soft targets. */
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { DistilleryError } from '../errors.ts';
import type { UsedModel } from '../evaluation/loadedModel.ts';
import { modelLogits } from '../evaluation/modelLogits.ts';
import { modelFiles, type ModelCard } from '../models/card.ts';
import { readNetwork } from '../models/modelFolder.ts';
import { buildModel, initialWeights } from '../models/networks/index.ts';
import type { ModelSpec } from '../models/spec.ts';
import type { Weights } from '../nn/engine.ts';
import { readTokenizer, type Tokenizer } from '../text/tokenizer.ts';
import { buildWordTokenizer } from '../text/word.ts';
import { studentSpec } from './architectures.ts';
import type { DistillationConfig, StudentConfig } from './config.ts';
import type { Selected } from './dataSelection.ts';
import { selectLabelled, selectUnlabelled, tokenize } from './dataSelection.ts';
import type { Example } from './examples.ts';
import type { TrainingPhase } from './fit.ts';
import { fit } from './fit.ts';
import type { RunContext } from './runContext.ts';
import type { RunOutcome } from './messages.ts';
import { stagesOf, writeModelFolder } from './modelFolder.ts';
import { referenceOf } from '../names.ts';

/**
 * A student and its distilled twin with the same seed start from the same weights and see the same reviews in the
 * same order, unless the twin is given unlabelled reviews too: only the targets differ.
 * @param models the teachers of a distillation, or the student that training on labels goes on from, if there is one
 */
export async function trainStudent(
  config: StudentConfig | DistillationConfig,
  dataset: Dataset,
  models: readonly UsedModel[],
  context: RunContext,
): Promise<Extract<RunOutcome, { kind: 'model' }>> {
  const start = config.kind === 'student' ? (models[0] ?? null) : null;
  const teachers = config.kind === 'distillation' ? models : [];
  const { spec, initial, tokenizer } = start
    ? await startOfStudent(start, config)
    : await startFromScratch(config, dataset);
  const { labelled, rest } = await selectLabelled(dataset, config.trainReviews, config.seed);
  const unlabelled =
    config.kind === 'distillation' ? await selectUnlabelled(dataset, rest, config, config.seed) : [];
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

  const model = buildModel(spec);
  const weights = await fit({
    model,
    initial,
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
      ...originOf(config, models),
      seed: config.seed,
      training: start ? stagesOf(config, start.card) : config,
      engine: context.engine.name,
      origin: null,
      licence: null,
    },
    context,
  );
  return { kind: 'model', model: trained };
}

interface Start {
  spec: ModelSpec;
  initial: Weights;
  tokenizer: Tokenizer;
}

async function startFromScratch(
  config: StudentConfig | DistillationConfig,
  dataset: Dataset,
): Promise<Start> {
  const train = await dataset.reviews('train');
  const tokenizer = buildWordTokenizer(
    train.map(({ text }) => text),
    config.vocabularySize,
  );
  const { embeddingSize, dropout, wordDropout } = config;
  const { vocabularySize } = tokenizer;
  const spec = studentSpec(config.architecture, { vocabularySize, embeddingSize, dropout, wordDropout });
  return { spec, initial: initialWeights(spec, config.seed), tokenizer };
}

/** A second stage: the weights and the tokenizer of a student that was trained before. */
async function startOfStudent(
  student: UsedModel,
  { architecture, dropout, wordDropout }: StudentConfig | DistillationConfig,
): Promise<Start> {
  const { card, folder } = student;
  if (card.architecture !== architecture) {
    const model = referenceOf(card);
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `${model} is a ${card.architecture}, and a ${architecture} is to go on from it. Ask for its own architecture, or name another student.`,
      { model, architecture, expected: [card.architecture] },
    );
  }
  const { spec, weights } = await readNetwork(student);
  return {
    spec: { ...spec, ...('wordDropout' in spec ? { dropout, wordDropout } : {}) },
    initial: weights,
    tokenizer: await readTokenizer(join(folder, modelFiles.tokenizer)),
  };
}

/** A student that went on from a distilled one still has its teacher. */
function originOf(
  config: StudentConfig | DistillationConfig,
  models: readonly UsedModel[],
): Pick<ModelCard, 'method' | 'parentTeacher' | 'temperature'> {
  if (config.kind === 'student') {
    const { method, parentTeacher, temperature } = models[0]?.card ?? {
      method: 'scratch',
      parentTeacher: null,
      temperature: null,
    };
    return { method, parentTeacher, temperature };
  }
  const teachers = models.map(({ card: { name, version } }) => `${name}@${version}`);
  return {
    method: 'distilled',
    parentTeacher: teachers.join(' + '),
    temperature: config.temperature,
  };
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
  { store, threads, report, signal }: RunContext,
): Promise<[number, number][]> {
  const targets = selected.map((): [number, number] => [0, 0]);
  for (const split of ['train', 'unlabelled'] as const) {
    const places = selected.flatMap((choice, place) => (choice.split === split ? [place] : []));
    if (places.length === 0) continue;
    const wanted = places.map((place) => selected[place]!.index);
    for (const teacher of teachers) {
      const logits = await modelLogits(
        { store, model: teacher, dataset, threads, report, signal },
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
