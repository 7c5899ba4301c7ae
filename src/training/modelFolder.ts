/** Writes what a training made as a model folder, and measures the file that will be served. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { describeMachine } from '../evaluation/machine.ts';
import { isLabelled } from '../evaluation/labelledReviews.ts';
import { measureAnswers, measureSpeed, withModel } from '../evaluation/measure.ts';
import type { ClassificationMetrics, ModelCard } from '../models/card.ts';
import { modelFiles, signatureOf } from '../models/card.ts';
import { writeSafetensors } from '../models/checkpoint/safetensors.ts';
import { parameterCount } from '../models/networks/index.ts';
import type { ModelSpec } from '../models/spec.ts';
import type { Model, Weights } from '../nn/engine.ts';
import { toOnnx } from '../nn/onnx/export.ts';
import type { Quantization } from '../nn/onnx/quantize.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { TrainedModel } from './messages.ts';
import type { RunContext } from './runContext.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';
import { progressOf } from '../progress/progress.ts';

export interface Trained {
  spec: ModelSpec;
  model: Model;
  weights: Weights;
  tokenizer: Tokenizer;
}

/** What the card says beyond what follows from the network, the tokenizer and the dataset. */
export type CardFacts = Pick<
  ModelCard,
  | 'name'
  | 'architecture'
  | 'maxTokens'
  | 'method'
  | 'parentTeacher'
  | 'temperature'
  | 'seed'
  | 'training'
  | 'engine'
  | 'origin'
  | 'licence'
>;

/** The configuration of a second stage of training, with those of the stages before it inside. */
export function stagesOf(
  config: Readonly<Record<string, unknown>>,
  { name, version, training }: ModelCard,
): ModelCard['training'] {
  return { ...config, startFrom: `${name}@${version}`, before: training };
}

/**
 * The folder is complete but for its card, which gets its version when the model is published.
 * @param dataset what the card's numbers are measured on; without one it has none
 */
export async function writeModelFolder(
  folder: string,
  { spec, model, weights, tokenizer }: Trained,
  dataset: Dataset | null,
  facts: CardFacts,
  context: Pick<RunContext, 'threads' | 'report' | 'signal'>,
): Promise<TrainedModel> {
  context.report(progressOf('exporting'));
  await writeServed(folder, { model, weights, tokenizer }, facts);
  await writeSafetensors(join(folder, modelFiles.weights), weights);
  const network = { spec, signature: signatureOf(['ids']), parameters: parameterCount(spec) };
  return measured(folder, { ...network, precision: 'float32', tokenizer }, dataset, facts, context);
}

/** What serving needs: the graph with its weights, and the tokenizer. */
export async function writeServed(
  folder: string,
  { model, weights, tokenizer }: Omit<Trained, 'spec'>,
  { name, architecture }: Pick<CardFacts, 'name' | 'architecture'>,
  quantization?: Quantization,
): Promise<void> {
  await emptyFolder(folder);
  const metadata = {
    model: name,
    architecture,
    input: 'ids: int32 [batch, length], 0 is padding',
    output: 'logits: negative, positive',
  };
  await writeFile(
    join(folder, modelFiles.graph),
    toOnnx(model.inference, {
      mode: 'inference',
      weights,
      metadata,
      ...(quantization ? { quantization } : {}),
    }),
  );
  await writeFile(join(folder, modelFiles.tokenizer), JSON.stringify(tokenizer.toJSON()));
}

export async function emptyFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

interface MeasuredNetwork extends Pick<ModelCard, 'spec' | 'signature' | 'parameters' | 'precision'> {
  tokenizer: Tokenizer;
}

/** Measures the file that will be served, and puts the numbers on its card. */
export async function measured(
  folder: string,
  { tokenizer, ...network }: MeasuredNetwork,
  dataset: Dataset | null,
  facts: CardFacts,
  context: Pick<RunContext, 'threads' | 'report' | 'signal'>,
): Promise<TrainedModel> {
  const { metrics, latency } = dataset
    ? await measureServed(folder, dataset, facts.maxTokens, context)
    : { metrics: null, latency: null };
  const card: Omit<ModelCard, 'version'> = {
    ...facts,
    ...network,
    tokenizer: { kind: tokenizer.kind, vocabularySize: tokenizer.vocabularySize },
    dataset: dataset && { name: dataset.name, fingerprint: dataset.fingerprint },
    quantization: null,
    calibration: null,
    metrics: { validation: metrics, test: null },
    latency,
    createdAt: new Date().toISOString(),
  };
  return { preparedFolder: folder, card };
}

/** Reviews that are timed for the card. */
const timedReviews = 200;

/** The answers to the validation reviews, and how fast they come. */
export async function measureServed(
  folder: string,
  dataset: Dataset,
  maxTokens: number,
  { threads, report, signal }: Pick<RunContext, 'threads' | 'report' | 'signal'>,
): Promise<{ logits: Float32Array; metrics: ClassificationMetrics; latency: ModelCard['latency'] }> {
  const reviews = (await dataset.reviews('validation')).filter(isLabelled);
  const timed = reviews.slice(0, timedReviews).map(({ text }) => text);
  const measurement = (phase: 'evaluating' | 'measuring-latency', total: number) => {
    const reporter = new PhaseReporter(report, phase, total);
    return { maxTokens, batchSize: 32, signal, onProgress: (done: number) => void reporter.advance(done) };
  };
  return withModel(folder, threads, async (model) => {
    const answers = await measureAnswers(model, reviews, measurement('evaluating', reviews.length));
    const speed = await measureSpeed(model, timed, measurement('measuring-latency', 2 * timed.length));
    const { latency, reviewsPerSecond } = speed;
    return { ...answers, latency: { ...latency, reviewsPerSecond, threads, machine: describeMachine() } };
  });
}
