/** Imports a model that was made elsewhere: a classifier in Hugging Face's layout, an ONNX file, or an exported model. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { DistilleryError } from '../errors.ts';
import { checkServable } from '../evaluation/soundness.ts';
import { exists } from '../files.ts';
import { modelFiles } from '../models/card.ts';
import { positiveColumn } from '../models/checkpoint/labels.ts';
import { readBertCheckpoint } from '../models/checkpoint/huggingFace.ts';
import { resolveCheckpoint } from '../models/checkpoint/resolve.ts';
import { buildModel } from '../models/networks/index.ts';
import type { Tensor, Weights } from '../nn/engine.ts';
import { readWordPieceVocabulary } from '../text/checkpointVocabulary.ts';
import type { ImportConfig } from './config.ts';
import { importedFacts, maxTokensOf } from './importedFacts.ts';
import { findOnnx, importExported, importOnnx } from './importOnnx.ts';
import { loadingReport } from './loadingReport.ts';
import type { RunOutcome, TrainedModel } from './messages.ts';
import { writeModelFolder } from './modelFolder.ts';
import type { RunContext } from './runContext.ts';

export type ImportContext = Pick<RunContext, 'threads' | 'runFolder' | 'report' | 'signal'>;

/** @param dataset what the model is measured on, if anything */
export async function importModel(
  config: ImportConfig,
  dataset: Dataset | null,
  context: ImportContext & Pick<RunContext, 'store' | 'checkpointDirectory' | 'hubHosts'>,
): Promise<RunOutcome> {
  const source = await resolveCheckpoint(config.checkpoint, {
    dataDirectory: context.store.dataDirectory,
    checkpointDirectory: context.checkpointDirectory,
    ...(context.hubHosts ? { hubHosts: context.hubHosts } : {}),
    signal: context.signal,
    onProgress: loadingReport(context.report),
  });
  return { kind: 'model', model: await importFolder(source, config, dataset, context) };
}

/**
 * Prepares the model folder in `context.runFolder`; `source` stays as it is.
 * @throws DistilleryError INVALID_CHECKPOINT for a folder that can't be imported; BAD_USER_INPUT for a `maxTokens` or
 *   a dataset that it can't have
 */
export async function importFolder(
  source: string,
  config: ImportConfig,
  dataset: Dataset | null,
  context: ImportContext,
): Promise<TrainedModel> {
  const folder = join(context.runFolder, 'model');
  if (await exists(join(source, modelFiles.card))) return importExported(source, folder, config);
  if (await exists(join(source, 'model.safetensors'))) {
    return importCheckpoint(source, folder, config, dataset, context);
  }
  const graph = await findOnnx(source);
  if (graph) return importOnnx(source, graph, folder, config, dataset, context);
  const found = (await readdir(source)).slice(0, 20);
  throw new DistilleryError(
    'INVALID_CHECKPOINT',
    `The folder holds no model: expected config.json with model.safetensors, or model.onnx (or onnx/model.onnx) with vocab.txt or tokenizer.json, or a model that Distillery exported; found ${found.join(', ') || 'nothing'}.`,
    { found },
  );
}

async function importCheckpoint(
  source: string,
  folder: string,
  config: ImportConfig,
  dataset: Dataset | null,
  context: ImportContext,
): Promise<TrainedModel> {
  const { spec, weights, id2label, origin, licence } = await readBertCheckpoint(source);
  // Without a pooler it is a classifier of tokens, if any.
  if (!weights.has('classifier.weight') || spec.pooling === 'mean') {
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      'The checkpoint is an encoder without a classifier of texts, so it has no answers yet. Fine-tune it with startTeacherTraining, giving it as the checkpoint.',
    );
  }
  const tokenizer = await readWordPieceVocabulary(source);
  const inOrder = positiveColumn(id2label) === 1 ? weights : withClassesSwapped(weights);
  const maxTokens = maxTokensOf(config, spec.maxPositions);
  const imported = await writeModelFolder(
    folder,
    { spec, model: buildModel(spec), weights: inOrder, tokenizer },
    dataset,
    importedFacts(config, {
      architecture: `bert-${spec.layers}x${spec.hiddenSize}`,
      maxTokens,
      origin,
      licence,
    }),
    context,
  );
  await checkServable(folder, maxTokens, { honoursPadding: true });
  return imported;
}

/** [in, 2] and [2], whose columns change places. */
function withClassesSwapped(weights: Weights): Weights {
  const swapped = (tensor: Tensor): Tensor => ({
    shape: tensor.shape,
    data: tensor.data.map((_, i) => tensor.data[i ^ 1] ?? NaN),
  });
  return new Map(
    [...weights].map(([name, tensor]) => [name, name.startsWith('classifier.') ? swapped(tensor) : tensor]),
  );
}
