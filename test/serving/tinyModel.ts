/** Small model folders with real exported graphs, for tests that need something to serve. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelFiles, signatureOf } from '../../src/models/card.ts';
import type { ModelCard } from '../../src/models/card.ts';
import { buildModel, initialWeights } from '../../src/models/networks/index.ts';
import type { ModelSpec } from '../../src/models/spec.ts';
import { cnnSpec, gruSpec } from '../../src/models/spec.ts';
import type { Weights } from '../../src/nn/engine.ts';
import { toOnnx } from '../../src/nn/onnx/export.ts';
import type { Tokenizer } from '../../src/text/tokenizer.ts';
import { buildWordTokenizer } from '../../src/text/word.ts';

export const tinyTokenizer = buildWordTokenizer(
  ['good bad', 'the film is neither long nor short and the cast is fine , but the end is odd .'],
  100,
);

/** What serving and the benchmark need of a model version. */
export interface TinyModel {
  readonly folder: string;
  readonly card: ModelCard;
}

/** A GRU with random weights: a text's logits depend on the order of its words, as with a trained one. */
export function gruModel(folder: string, { hiddenSize = 8, seed = 1 } = {}): Promise<TinyModel> {
  const spec = gruSpec.parse({
    kind: 'gru',
    vocabularySize: tinyTokenizer.vocabularySize,
    embeddingSize: 8,
    hiddenSize,
    dropout: 0,
  });
  return writeModel(folder, spec, initialWeights(spec, seed), tinyTokenizer);
}

/**
 * A CNN with weights set by hand: a text has the logits [bad, good] × `scale`, each 1 if it holds that word and 0
 * if not.
 */
export function wordSpotter(folder: string, { scale = 2, swapped = false } = {}): Promise<TinyModel> {
  const spec = cnnSpec.parse({
    kind: 'cnn',
    vocabularySize: tinyTokenizer.vocabularySize,
    embeddingSize: 1,
    filters: 2,
    filterWidths: [1],
    dropout: 0,
  });
  const embedding = new Float32Array(spec.vocabularySize);
  embedding[wordId('bad')] = -1;
  embedding[wordId('good')] = 1;
  const classifier = swapped ? [0, scale, scale, 0] : [scale, 0, 0, scale];
  const weights: Weights = new Map([
    ['embedding.weight', { shape: [spec.vocabularySize, 1], data: embedding }],
    // The first filter sees "bad", the second "good".
    ['convolution.weight', { shape: [1, 2], data: Float32Array.of(-1, 1) }],
    ['convolution.bias', { shape: [2], data: new Float32Array(2) }],
    ['classifier.weight', { shape: [2, 2], data: Float32Array.from(classifier) }],
    ['classifier.bias', { shape: [2], data: new Float32Array(2) }],
  ]);
  return writeModel(folder, spec, weights, tinyTokenizer);
}

function wordId(word: string): number {
  return tinyTokenizer.encode(word, 8)[0] ?? 0;
}

async function writeModel(
  folder: string,
  spec: ModelSpec,
  weights: Weights,
  tokenizer: Tokenizer,
): Promise<TinyModel> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, modelFiles.graph),
    toOnnx(buildModel(spec).inference, { mode: 'inference', weights }),
  );
  await writeFile(join(folder, modelFiles.tokenizer), JSON.stringify(tokenizer.toJSON()));
  const parameters = [...weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  return { folder, card: cardOf(spec, parameters) };
}

function architectureOf(spec: ModelSpec): string {
  if (spec.kind === 'linear') return 'nb-svm';
  return `${spec.kind}-${spec.kind === 'cnn' ? spec.filters : spec.hiddenSize}`;
}

function cardOf(spec: ModelSpec, parameters: number): ModelCard {
  return {
    name: `tiny-${spec.kind}`,
    version: 1,
    architecture: architectureOf(spec),
    spec,
    signature: signatureOf(['ids']),
    parameters,
    maxTokens: 64,
    tokenizer: { kind: tinyTokenizer.kind, vocabularySize: tinyTokenizer.vocabularySize },
    dataset: { name: 'sample', fingerprint: '0'.repeat(64) },
    method: 'scratch',
    parentTeacher: null,
    temperature: null,
    seed: 1,
    training: {},
    engine: 'none',
    metrics: { validation: null, test: null },
    latency: null,
    precision: 'float32',
    quantization: null,
    calibration: null,
    origin: null,
    licence: null,
    createdAt: '2025-01-01T00:00:00.000Z',
  };
}
