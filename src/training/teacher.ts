/** Fine-tunes a teacher: from a pretrained checkpoint, or a small encoder from random weights. */
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import type { UsedModel } from '../evaluation/loadedModel.ts';
import { readWordPieceVocabulary } from '../text/checkpointVocabulary.ts';
import { modelFiles } from '../models/card.ts';
import { readBertCheckpoint } from '../models/checkpoint/huggingFace.ts';
import { resolveCheckpoint } from '../models/checkpoint/resolve.ts';
import { readNetwork } from '../models/modelFolder.ts';
import { buildModel, initialWeights } from '../models/networks/index.ts';
import { checkPositions, type BertSpec } from '../models/spec.ts';
import type { Weights } from '../nn/engine.ts';
import { readTokenizer, type Tokenizer } from '../text/tokenizer.ts';
import { buildWordPieceTokenizer } from '../text/wordpiece.ts';
import { DistilleryError } from '../errors.ts';
import type { TeacherConfig } from './config.ts';
import { selectLabelled, tokenize } from './dataSelection.ts';
import { fit } from './fit.ts';
import { loadingReport } from './loadingReport.ts';
import type { RunContext } from './runContext.ts';
import type { RunOutcome } from './messages.ts';
import { stagesOf, writeModelFolder } from './modelFolder.ts';
import { referenceOf } from '../names.ts';

export async function trainTeacher(
  config: TeacherConfig,
  dataset: Dataset,
  startFrom: UsedModel | null,
  context: RunContext,
): Promise<RunOutcome> {
  const { spec, pretrained, tokenizer, origin, licence } = startFrom
    ? await startOfTeacher(startFrom, config)
    : await startOf(config, dataset, context);
  checkPositions(config.maxTokens, spec.maxPositions);
  const { labelled } = await selectLabelled(dataset, config.trainReviews, config.seed);
  const sequences = await tokenize(
    labelled.map(({ review }) => review.text),
    tokenizer,
    config.maxTokens,
    context,
  );
  const examples = labelled.map(({ review }, i) => ({
    ids: sequences[i]!,
    label: review.label,
    teacherLogits: null,
  }));

  const model = buildModel(spec);
  const weights = await fit({
    model,
    initial: new Map([...initialWeights(spec, config.seed), ...pretrained]),
    phases: [{ name: 'training', examples, epochs: config.epochs, temperature: 1, hardLabelWeight: 1 }],
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
      architecture: `bert-${spec.layers}x${spec.hiddenSize}`,
      maxTokens: config.maxTokens,
      method: 'teacher',
      parentTeacher: null,
      temperature: null,
      seed: config.seed,
      training: startFrom ? stagesOf(config, startFrom.card) : config,
      engine: context.engine.name,
      origin,
      licence,
    },
    context,
  );
  return { kind: 'model', model: trained };
}

interface Start {
  spec: BertSpec;
  /** Empty where training starts from random weights; a head that a checkpoint lacks is drawn too. */
  pretrained: Weights;
  tokenizer: Tokenizer;
  origin: string | null;
  licence: string | null;
}

/** A second stage: the weights, the tokenizer and the origin of a teacher that was trained before. */
async function startOfTeacher(teacher: UsedModel, config: TeacherConfig): Promise<Start> {
  const { folder, card } = teacher;
  const { spec, weights } = await readNetwork(teacher);
  if (spec.kind !== 'bert') {
    const model = referenceOf(card);
    const message = `${model} can't be trained further as a teacher: it is a ${card.architecture}, and a BERT encoder is needed.`;
    throw new DistilleryError('BAD_USER_INPUT', message, { model });
  }
  return {
    spec: { ...spec, dropout: config.dropout },
    pretrained: weights,
    tokenizer: await readTokenizer(join(folder, modelFiles.tokenizer)),
    origin: card.origin,
    licence: card.licence,
  };
}

async function startOf(config: TeacherConfig, dataset: Dataset, context: RunContext): Promise<Start> {
  if (config.checkpoint !== null) {
    const folder = await resolveCheckpoint(config.checkpoint, {
      dataDirectory: context.store.dataDirectory,
      ...(context.checkpointDirectory ? { checkpointDirectory: context.checkpointDirectory } : {}),
      ...(context.hubHosts ? { hubHosts: context.hubHosts } : {}),
      signal: context.signal,
      onProgress: loadingReport(context.report),
    });
    const { spec, weights, origin, licence } = await readBertCheckpoint(folder);
    const tokenizer = await readWordPieceVocabulary(folder);
    return {
      spec: { ...spec, dropout: config.dropout },
      pretrained: weights,
      tokenizer,
      origin: origin ?? config.checkpoint,
      licence,
    };
  }
  const reviews = await dataset.reviews('train');
  const tokenizer = buildWordPieceTokenizer(
    reviews.map(({ text }) => text),
    largestBuiltVocabulary,
  );
  const spec: BertSpec = {
    kind: 'bert',
    ...config.encoder,
    vocabularySize: tokenizer.vocabularySize,
    maxPositions: config.maxTokens,
    typeVocabularySize: 1,
    layerNormEpsilon: 1e-12,
    dropout: config.dropout,
    pooling: 'mean',
  };
  return { spec, pretrained: new Map(), tokenizer, origin: null, licence: null };
}

const largestBuiltVocabulary = 8000;
