/** Imports models as they are, as ONNX files: of others, and those that Distillery exported. */
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Dataset } from '../data/dataset.ts';
import { DistilleryError } from '../errors.ts';
import { checkServable } from '../evaluation/soundness.ts';
import { exists } from '../files.ts';
import { modelFiles, signatureOf } from '../models/card.ts';
import { readJson, readOrigin } from '../models/checkpoint/folderFiles.ts';
import { positiveColumn } from '../models/checkpoint/labels.ts';
import { readCard } from '../models/modelFolder.ts';
import { inspectOnnx, type OnnxFacts } from '../nn/onnx/inspect.ts';
import { progressOf } from '../progress/progress.ts';
import { readWordPieceVocabulary } from '../text/checkpointVocabulary.ts';
import { readTokenizer } from '../text/tokenizer.ts';
import type { ImportConfig } from './config.ts';
import { importedFacts, maxTokensOf } from './importedFacts.ts';
import type { TrainedModel } from './messages.ts';
import { emptyFolder, measured } from './modelFolder.ts';
import type { RunContext } from './runContext.ts';
import { referenceOf } from '../names.ts';

/** What `config.json` beside an ONNX file tells, where there is one. */
const onnxConfig = z.object({
  id2label: z.unknown().optional(),
  max_position_embeddings: z.number().int().positive().optional(),
});

/** The limit of the format: a file of one protobuf message. */
const largestGraph = 2 ** 31 - 1;

/** @returns null where the folder has no ONNX file in either of the usual places */
export async function findOnnx(source: string): Promise<string | null> {
  for (const place of ['model.onnx', 'onnx/model.onnx']) {
    if (await exists(join(source, place))) return join(source, place);
  }
  return null;
}

/** A foreign ONNX file becomes a teacher as it is. Without `config.json` its logits are taken as negative, positive. */
export async function importOnnx(
  source: string,
  graph: string,
  folder: string,
  config: ImportConfig,
  dataset: Dataset | null,
  context: Pick<RunContext, 'threads' | 'report' | 'signal'>,
): Promise<TrainedModel> {
  const { inputs, parameters, precision } = await inspected(graph);
  const tokenizer = await readWordPieceVocabulary(source);
  const settings = (await readJson(source, 'config.json', onnxConfig)) ?? {};
  if (positiveColumn(settings.id2label) !== 1) {
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      'The labels of this ONNX file are positive first (id2label in config.json), and its graph is served as it is. Export it with negative first, or import its model.safetensors, whose order is put right.',
    );
  }
  const maxTokens = maxTokensOf(config, settings.max_position_embeddings);

  context.report(progressOf('exporting'));
  await emptyFolder(folder);
  await copyFile(graph, join(folder, modelFiles.graph));
  await writeFile(join(folder, modelFiles.tokenizer), JSON.stringify(tokenizer.toJSON()));
  await checkServable(folder, maxTokens, { honoursPadding: false });
  return measured(
    folder,
    { spec: null, signature: signatureOf(inputs), parameters, precision, tokenizer },
    dataset,
    importedFacts(config, { architecture: 'onnx', maxTokens, ...(await readOrigin(source)) }),
    context,
  );
}

/**
 * A model that Distillery exported comes back as what it was, a student as a student: its card holds, but for the name
 * and the version.
 * @throws DistilleryError BAD_USER_INPUT where numbers are asked for that its card has already
 */
export async function importExported(
  source: string,
  folder: string,
  config: ImportConfig,
): Promise<TrainedModel> {
  const card = await readCard(source);
  if (config.dataset !== null || config.maxTokens !== null) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `The folder holds a model that Distillery exported, ${referenceOf(card)}, whose card says its maxTokens (${card.maxTokens}) and its numbers. Leave maxTokens and dataset out; a benchmark measures it on other reviews.`,
      { model: referenceOf(card), maxTokens: card.maxTokens },
    );
  }
  const graph = join(source, modelFiles.graph);
  const { inputs } = await inspected(graph);
  const tokenizer = await readTokenizer(join(source, modelFiles.tokenizer));
  const { kind, vocabularySize } = tokenizer;
  if (kind !== card.tokenizer.kind || vocabularySize !== card.tokenizer.vocabularySize) {
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `${modelFiles.tokenizer} is a ${kind} tokenizer of ${vocabularySize} tokens, but ${modelFiles.card} says ${card.tokenizer.kind} with ${card.tokenizer.vocabularySize}: they are not of one model.`,
    );
  }
  await emptyFolder(folder);
  await copyFile(graph, join(folder, modelFiles.graph));
  await copyFile(join(source, modelFiles.tokenizer), join(folder, modelFiles.tokenizer));
  await checkServable(folder, card.maxTokens, { honoursPadding: card.spec !== null });
  return { preparedFolder: folder, card: { ...card, name: config.name, signature: signatureOf(inputs) } };
}

/** @throws DistilleryError INVALID_CHECKPOINT where the file is missing, too large, no ONNX model or not all of one */
async function inspected(graph: string): Promise<OnnxFacts> {
  const size = await stat(graph).then(
    (file) => file.size,
    () => null,
  );
  if (size === null || size > largestGraph) {
    const fault = size === null ? 'is missing' : `has ${size} bytes, more than an ONNX file can have`;
    throw new DistilleryError('INVALID_CHECKPOINT', `${modelFiles.graph} ${fault}.`);
  }
  const facts = inspectOnnx(await readFile(graph));
  const [other] = facts.externalFiles;
  if (other === undefined) return facts;
  throw new DistilleryError(
    'INVALID_CHECKPOINT',
    `${modelFiles.graph} keeps its weights in another file, ${other.slice(0, 100)}; such models are not taken. Export it as one file.`,
    { externalFiles: facts.externalFiles.slice(0, 10).map((name) => name.slice(0, 100)) },
  );
}
