/** Makes an int8 model of a trained one, and measures both on the same reviews. */
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { isLabelled, measureAnswers, withModel } from '../evaluation/measure.ts';
import { predictedClass } from '../evaluation/metrics.ts';
import type { ModelCard } from '../models/card.ts';
import { modelFiles } from '../models/card.ts';
import { readSafetensors } from '../models/checkpoint/safetensors.ts';
import { graphSize, weightsToQuantize } from '../models/modelFolder.ts';
import { buildModel } from '../models/networks/index.ts';
import type { Quantization } from '../nn/onnx/quantize.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';
import { progressOf } from '../progress/progress.ts';
import { readTokenizer } from '../text/tokenizer.ts';
import type { QuantizationConfig } from './config.ts';
import type { RunOutcome, UsedModel } from './messages.ts';
import { measureServed, writeServed } from './modelFolder.ts';
import type { RunContext } from './runContext.ts';

type Context = Pick<RunContext, 'threads' | 'runFolder' | 'report' | 'signal'>;

/** @throws DistilleryError BAD_USER_INPUT where the model has no float32 weights */
export async function quantizeModel(
  config: QuantizationConfig,
  source: UsedModel,
  dataset: Dataset,
  context: Context,
): Promise<RunOutcome> {
  const { spec, file } = await weightsToQuantize(source);
  const tokenizer = await readTokenizer(join(source.folder, modelFiles.tokenizer));
  const { name: sourceName, version, ...card } = source.card;

  context.report(progressOf('exporting'));
  const folder = join(context.runFolder, 'model');
  const network = { model: buildModel(spec), weights: await readSafetensors(file), tokenizer };
  const { embeddings } = config;
  await writeServed(folder, network, { name: config.name, architecture: card.architecture }, { embeddings });

  const before = await answersBefore(source, dataset, context);
  const after = await measureServed(folder, dataset, card.maxTokens, context);
  const trainedOnIt = card.dataset?.fingerprint === dataset.fingerprint;
  const quantized: Omit<ModelCard, 'version'> = {
    ...card,
    name: config.name,
    // A card's own metrics are those on the data that it names
    metrics: { validation: trainedOnIt ? after.metrics : null, test: null },
    latency: after.latency,
    precision: 'int8',
    quantization: {
      model: `${sourceName}@${version}`,
      weights: weightsInWords,
      embeddings: embeddingsInWords[embeddings],
      dataset: { name: dataset.name, fingerprint: dataset.fingerprint },
      reviews: after.metrics.reviews,
      accuracyBefore: before.metrics.accuracy,
      accuracyAfter: after.metrics.accuracy,
      agreement: agreement(before.logits, after.logits),
      bytesBefore: await graphSize(source.folder),
      bytesAfter: await graphSize(folder),
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

async function answersBefore(
  { folder, card: { maxTokens } }: UsedModel,
  dataset: Dataset,
  { threads, report, signal }: Context,
): ReturnType<typeof measureAnswers> {
  const reviews = (await dataset.reviews('validation')).filter(isLabelled);
  const reporter = new PhaseReporter(report, 'evaluating', reviews.length);
  reporter.begin('before quantisation');
  const onProgress = (done: number) => void reporter.advance(done);
  return withModel(folder, threads, (model) =>
    measureAnswers(model, reviews, { maxTokens, batchSize: 32, signal, onProgress }),
  );
}

/** Share of the reviews to which both give the same answer; logits are [reviews, 2]. */
function agreement(before: Float32Array, after: Float32Array): number {
  const answers = (logits: Float32Array) =>
    Array.from({ length: logits.length / 2 }, (_, i) => predictedClass(logits[2 * i]!, logits[2 * i + 1]!));
  const expected = answers(before);
  return answers(after).filter((answer, i) => answer === expected[i]).length / expected.length;
}
