/** Writes what a training made as a model folder, and measures the file that will be served. */
import type { Report } from '../progress/progress.ts';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { loadModel } from '../evaluation/loadedModel.ts';
import { classificationMetrics } from '../evaluation/metrics.ts';
import { predictAll } from '../evaluation/predict.ts';
import type { ClassificationMetrics, ModelCard } from '../models/card.ts';
import { modelFiles } from '../models/card.ts';
import { writeSafetensors } from '../models/checkpoint/safetensors.ts';
import { parameterCount } from '../models/networks/index.ts';
import type { ModelSpec } from '../models/spec.ts';
import type { Model, Weights } from '../nn/engine.ts';
import { toOnnx } from '../nn/onnx/export.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { TrainedModel } from './messages.ts';
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
  context: { threads: number; report: Report; signal: AbortSignal },
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

  const validation = await evaluate(folder, dataset, facts.maxTokens, context);
  const card: Omit<ModelCard, 'version'> = {
    ...facts,
    spec,
    parameters: parameterCount(spec),
    tokenizer: { kind: tokenizer.kind, vocabularySize: tokenizer.vocabularySize },
    dataset: { name: dataset.name, fingerprint: dataset.fingerprint },
    metrics: { validation, test: null },
    createdAt: new Date().toISOString(),
  };
  return { preparedFolder: folder, card };
}

async function evaluate(
  folder: string,
  dataset: Dataset,
  maxTokens: number,
  { threads, report, signal }: { threads: number; report: Report; signal: AbortSignal },
): Promise<ClassificationMetrics> {
  const reviews = await dataset.reviews('validation');
  const reporter = new PhaseReporter(report, 'evaluating', reviews.length);
  const served = await loadModel(folder, threads);
  try {
    const logits = await predictAll(
      served.predictor,
      served.tokenizer,
      reviews.map(({ text }) => text),
      {
        maxTokens,
        batchSize: 64,
        signal,
        onProgress: (done) => void reporter.advance(done),
      },
    );
    return classificationMetrics(
      logits,
      reviews.map(({ label }) => label ?? 0),
    );
  } finally {
    await served.predictor.dispose();
  }
}
