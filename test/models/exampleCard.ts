/** A model card with every field, for tests that need one. */
import { signatureOf, type ModelCard } from '../../src/models/card.ts';
import { gruSpec } from '../../src/models/spec.ts';

/** @param accuracy on the validation reviews */
export function exampleCard({
  accuracy = 0.8,
  ...values
}: Partial<ModelCard> & { accuracy?: number } = {}): ModelCard {
  const metrics = { reviews: 100, accuracy, precision: 0.8, recall: 0.8, f1: 0.8, calibrationError: 0.05 };
  return {
    name: 'example',
    version: 1,
    architecture: 'gru-8',
    spec: gruSpec.parse({ kind: 'gru', vocabularySize: 100, embeddingSize: 4, hiddenSize: 8, dropout: 0 }),
    signature: signatureOf(['ids']),
    parameters: 1_000,
    maxTokens: 32,
    tokenizer: { kind: 'word', vocabularySize: 100 },
    dataset: { name: 'sample', fingerprint: 'abc' },
    method: 'scratch',
    parentTeacher: null,
    temperature: null,
    seed: 1,
    training: {},
    engine: 'onnx',
    metrics: { validation: metrics, test: null },
    latency: null,
    precision: 'float32',
    quantization: null,
    calibration: null,
    origin: null,
    licence: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    ...values,
  };
}
