/** Makes a calibrated int8 model of a trained one, and measures both on the same reviews. */
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { agreement } from '../evaluation/comparison.ts';
import type { UsedModel } from '../evaluation/loadedModel.ts';
import { isLabelled } from '../evaluation/labelledReviews.ts';
import { measureAnswers, withModel } from '../evaluation/measure.ts';
import { predictedClasses } from '../evaluation/metrics.ts';
import type { ModelCard } from '../models/card.ts';
import { modelFiles } from '../models/card.ts';
import { graphSize, readNetwork } from '../models/modelFolder.ts';
import { buildModel } from '../models/networks/index.ts';
import { checkPositions, positionsOf } from '../models/spec.ts';
import type { Weights } from '../nn/engine.ts';
import type { Quantization } from '../nn/onnx/quantize.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';
import { progressOf } from '../progress/progress.ts';
import { readTokenizer } from '../text/tokenizer.ts';
import { calibrated, calibrationFor } from './calibration.ts';
import type { QuantizationConfig } from './config.ts';
import type { RunOutcome } from './messages.ts';
import { measureServed, writeServed } from './modelFolder.ts';
import type { RunContext } from './runContext.ts';

type Context = Pick<RunContext, 'threads' | 'runFolder' | 'report' | 'signal'>;

/**
 * @throws DistilleryError BAD_USER_INPUT where only the graph of the model is known, or its network has fewer positions
 *   than it is to read
 */
export async function quantizeModel(
  config: QuantizationConfig,
  source: UsedModel,
  dataset: Dataset,
  context: Context,
): Promise<RunOutcome> {
  const { spec, weights } = await readNetwork(source);
  const tokenizer = await readTokenizer(join(source.folder, modelFiles.tokenizer));
  const { name: sourceName, version, ...sourceCard } = source.card;
  const maxTokens = config.maxTokens ?? sourceCard.maxTokens;
  checkPositions(maxTokens, positionsOf(spec));
  const card = { ...sourceCard, name: config.name, maxTokens };

  const folder = join(context.runFolder, 'model');
  const { embeddings } = config;
  const write = async (calibrated: Weights) => {
    context.report(progressOf('exporting'));
    await writeServed(folder, { model: buildModel(spec), weights: calibrated, tokenizer }, card, {
      embeddings,
    });
  };
  const answersOf = (model: string, message: string) => answers(model, maxTokens, message, dataset, context);

  const before = await answersOf(source.folder, 'before quantisation');
  await write(weights);
  const after = await answersOf(folder, 'after quantisation');
  const calibration = config.calibrate ? calibrationFor(after.logits, await labelsOf(dataset)) : null;
  if (calibration) await write(calibrated(weights, calibration));

  const served = await measureServed(folder, dataset, maxTokens, context);
  const measuredOn = { name: dataset.name, fingerprint: dataset.fingerprint };
  const trainedOnIt = card.dataset?.fingerprint === dataset.fingerprint;
  const quantized: Omit<ModelCard, 'version'> = {
    ...card,
    // A card's own metrics are those on the data that it names
    metrics: { validation: trainedOnIt ? served.metrics : null, test: null },
    latency: served.latency,
    precision: 'int8',
    quantization: {
      model: `${sourceName}@${version}`,
      weights: weightsInWords,
      embeddings: embeddingsInWords[embeddings],
      dataset: measuredOn,
      reviews: after.metrics.reviews,
      accuracyBefore: before.metrics.accuracy,
      accuracyAfter: after.metrics.accuracy,
      agreement: agreement(predictedClasses(before.logits), predictedClasses(after.logits)),
      bytesBefore: await graphSize(source.folder),
      bytesAfter: await graphSize(folder),
    },
    calibration: calibration && {
      ...calibration,
      dataset: measuredOn,
      reviews: served.metrics.reviews,
      errorBefore: after.metrics.calibrationError,
      errorAfter: served.metrics.calibrationError,
      accuracyBefore: after.metrics.accuracy,
      accuracyAfter: served.metrics.accuracy,
    },
    createdAt: new Date().toISOString(),
  };
  return { kind: 'model', model: { preparedFolder: folder, card: quantized } };
}

const weightsInWords =
  'int8 with a scale for each output, 7 bits of it used in products; activations rounded to 8 bits as they come';
const embeddingsInWords: Readonly<Record<Quantization['embeddings'], string>> = {
  int8: 'int8 with a scale for each row',
  float16: 'float16',
  float32: 'float32',
};

async function answers(
  folder: string,
  maxTokens: number,
  message: string,
  dataset: Dataset,
  { threads, report, signal }: Context,
): ReturnType<typeof measureAnswers> {
  const reviews = (await dataset.reviews('validation')).filter(isLabelled);
  const reporter = new PhaseReporter(report, 'evaluating', reviews.length);
  reporter.begin(message);
  const onProgress = (done: number) => void reporter.advance(done);
  return withModel(folder, threads, (model) =>
    measureAnswers(model, reviews, { maxTokens, batchSize: 32, signal, onProgress }),
  );
}

async function labelsOf(dataset: Dataset): Promise<(0 | 1)[]> {
  return (await dataset.reviews('validation')).filter(isLabelled).map(({ label }) => label);
}
