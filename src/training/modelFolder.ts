/** Writes what a training made as a model folder, and measures the file that will be served. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { describeMachine } from '../evaluation/machine.ts';
import { isLabelled, measureMetrics, measureSpeed, withModel } from '../evaluation/measure.ts';
import type { ClassificationMetrics, ModelCard } from '../models/card.ts';
import { modelFiles } from '../models/card.ts';
import { writeSafetensors } from '../models/checkpoint/safetensors.ts';
import { parameterCount } from '../models/networks/index.ts';
import type { ModelSpec } from '../models/spec.ts';
import type { Model, Weights } from '../nn/engine.ts';
import { toOnnx } from '../nn/onnx/export.ts';
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

/** The folder is complete but for its card, which gets its version when the model is published. */
export async function writeModelFolder(
  folder: string,
  { spec, model, weights, tokenizer }: Trained,
  dataset: Dataset,
  facts: CardFacts,
  context: Pick<RunContext, 'threads' | 'report' | 'signal'>,
): Promise<TrainedModel> {
  context.report(progressOf('exporting'));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const metadata = {
    model: facts.name,
    architecture: facts.architecture,
    input: 'ids: int32 [batch, length], 0 is padding',
    output: 'logits: negative, positive',
  };
  await writeFile(
    join(folder, modelFiles.graph),
    toOnnx(model.inference, { mode: 'inference', weights, metadata }),
  );
  await writeFile(join(folder, modelFiles.tokenizer), JSON.stringify(tokenizer.toJSON()));
  await writeSafetensors(join(folder, modelFiles.weights), weights);

  const { validation, latency } = await measureServed(folder, dataset, facts.maxTokens, context);
  const card: Omit<ModelCard, 'version'> = {
    ...facts,
    spec,
    parameters: parameterCount(spec),
    tokenizer: { kind: tokenizer.kind, vocabularySize: tokenizer.vocabularySize },
    dataset: { name: dataset.name, fingerprint: dataset.fingerprint },
    metrics: { validation, test: null },
    latency,
    createdAt: new Date().toISOString(),
  };
  return { preparedFolder: folder, card };
}

/** Reviews that are timed for the card. */
const timedReviews = 200;

async function measureServed(
  folder: string,
  dataset: Dataset,
  maxTokens: number,
  { threads, report, signal }: Pick<RunContext, 'threads' | 'report' | 'signal'>,
): Promise<{ validation: ClassificationMetrics; latency: ModelCard['latency'] }> {
  const reviews = (await dataset.reviews('validation')).filter(isLabelled);
  const timed = reviews.slice(0, timedReviews).map(({ text }) => text);
  const measurement = (phase: 'evaluating' | 'measuring-latency', total: number) => {
    const reporter = new PhaseReporter(report, phase, total);
    return { maxTokens, batchSize: 32, signal, onProgress: (done: number) => void reporter.advance(done) };
  };
  return withModel(folder, threads, async (model) => {
    const validation = await measureMetrics(model, reviews, measurement('evaluating', reviews.length));
    const speed = await measureSpeed(model, timed, measurement('measuring-latency', 2 * timed.length));
    const { latency, reviewsPerSecond } = speed;
    return { validation, latency: { ...latency, reviewsPerSecond, threads, machine: describeMachine() } };
  });
}
