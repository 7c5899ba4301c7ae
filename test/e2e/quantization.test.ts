/** An int8 model made of a float32 one through the API: carried out in a real child process, published and served. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ModelCard } from '../../src/models/card.ts';
import { modelFiles } from '../../src/models/card.ts';
import { writeSafetensors } from '../../src/models/checkpoint/safetensors.ts';
import { buildModel, initialWeights } from '../../src/models/networks/index.ts';
import { toOnnx } from '../../src/nn/onnx/export.ts';
import { buildWordTokenizer } from '../../src/text/word.ts';
import { studentSpec } from '../../src/training/architectures.ts';
import { publishSpotter, startTestServer, type TestServer } from '../graphql/testServer.ts';
import { exampleCard } from '../models/exampleCard.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ environment: { DISTILLERY_TRAINING_THREADS: '2' } });
  await publishGru('little');
  await publishSpotter(server, 'from-elsewhere', { spec: null });
});
afterAll(() => server.stop());

/** With random weights, but of a size that is worth quantising, and with its weights beside the graph. */
async function publishGru(name: string): Promise<void> {
  const { app } = server;
  const dataset = await app.catalogue.open('sample');
  const tokenizer = buildWordTokenizer(
    (await dataset.reviews('train')).map(({ text }) => text),
    2000,
  );
  const { vocabularySize } = tokenizer;
  const spec = studentSpec('gru-48', { vocabularySize, embeddingSize: 32, dropout: 0, wordDropout: 0 });
  const weights = initialWeights(spec, 1);
  const folder = await mkdtemp(join(app.config.dataDirectory, 'prepared-'));
  await writeFile(
    join(folder, modelFiles.graph),
    toOnnx(buildModel(spec).inference, { mode: 'inference', weights }),
  );
  await writeFile(join(folder, modelFiles.tokenizer), JSON.stringify(tokenizer.toJSON()));
  await writeSafetensors(join(folder, modelFiles.weights), weights);
  const { fingerprint } = dataset;
  const facts: Partial<ModelCard> = { name, spec, seed: 7, dataset: { name: 'sample', fingerprint } };
  await app.registry.publish(folder, exampleCard(facts));
}

const quantize = (input: object) =>
  server.client.call<{ id: string; configuration: object }>('quantizeModel', { input });

interface Quantized {
  reference: string;
  fileBytes: number;
  metrics: { validation: { accuracy: number; calibrationError: number } };
  calibration: { slope: number; offset: number; errorBefore: number; errorAfter: number } | null;
  quantization: {
    agreement: number;
    reviews: number;
    accuracyBefore: number;
    accuracyAfter: number;
    bytesBefore: number;
    bytesAfter: number;
  };
}

async function ended(runId: string): Promise<void> {
  for await (const { state, message } of server.client.progress(runId))
    if (state === 'FAILED') throw new Error(message ?? 'the run failed');
}

describe('quantizeModel', () => {
  it('publishes an int8 model that is smaller and gives the same answers', async () => {
    const { id, configuration } = await quantize({ model: 'little', calibrate: false });
    expect(configuration).toMatchObject({
      model: 'little@1',
      name: 'little-int8',
      dataset: 'sample',
      embeddings: 'int8',
    });
    const phases = new Set<string>();
    for await (const { phase } of server.client.progress(id)) phases.add(phase);
    expect([...phases]).toEqual(expect.arrayContaining(['EXPORTING', 'EVALUATING', 'MEASURING_LATENCY']));

    const before = await server.client.call<Quantized>('model', { reference: 'little' });
    const after = await server.client.call<Quantized>('model', { reference: 'little-int8' });
    expect(before).toMatchObject({ precision: 'FLOAT32', quantization: null });
    expect(after).toMatchObject({
      reference: 'little-int8@1',
      precision: 'INT8',
      method: 'SCRATCH',
      seed: 7,
      dataset: { name: 'sample' },
      latency: { threads: 2 },
      quantization: { model: 'little@1', dataset: { name: 'sample' } },
      calibration: null,
    });
    const { quantization, fileBytes } = after;
    expect(quantization.bytesBefore).toBe(before.fileBytes);
    expect(quantization.bytesAfter).toBe(fileBytes);
    expect(fileBytes).toBeLessThan(0.45 * before.fileBytes);
    expect(quantization.agreement).toBeGreaterThan(0.95);
    const mostThatCanDiffer = 1 - quantization.agreement + 1e-9;
    expect(Math.abs(quantization.accuracyAfter - quantization.accuracyBefore)).toBeLessThanOrEqual(
      mostThatCanDiffer,
    );
    expect(after).toMatchObject({ metrics: { validation: { accuracy: quantization.accuracyAfter } } });

    const [float32, int8] = await Promise.all(
      ['little', 'little-int8'].map((model) =>
        server.client.call<{ probabilities: { positive: number } }>('classify', { text: 'so good', model }),
      ),
    );
    expect(int8!.probabilities.positive).toBeCloseTo(float32!.probabilities.positive, 2);
  }, 60_000);

  it('calibrates: a model that is calibrated already hardly changes', async () => {
    const baseline = await server.client.call<{ id: string }>('startBaseline', {
      input: { dataset: 'sample' },
    });
    await ended(baseline.id);
    await ended((await quantize({ model: 'nb-svm', name: 'calibrated' })).id);
    const { calibration, metrics } = await server.client.call<Quantized>('model', {
      reference: 'calibrated',
    });
    expect(calibration).toMatchObject({ dataset: { name: 'sample' } });
    const { slope, offset, errorBefore, errorAfter } = calibration!;
    expect(slope).toBeCloseTo(1, 2);
    expect(offset).toBeCloseTo(0, 2);
    expect(errorAfter).toBeCloseTo(errorBefore, 2);
    expect(errorAfter).toBe(metrics.validation.calibrationError);

    const [before, after] = await Promise.all(
      ['nb-svm', 'calibrated'].map((model) =>
        server.client.call<{ probabilities: { positive: number } }>('classify', { text: 'so good', model }),
      ),
    );
    expect(after!.probabilities.positive).toBeCloseTo(before!.probabilities.positive, 2);
  }, 60_000);

  it('lets the new model read more', async () => {
    await ended(
      (await quantize({ model: 'little', name: 'far-reader', maxTokens: 300, calibrate: false })).id,
    );
    expect(await server.client.call('model', { reference: 'far-reader' })).toMatchObject({ maxTokens: 300 });
  }, 60_000);

  it.each([
    ['a model of which only the graph is known', 'from-elsewhere', 'BAD_USER_INPUT', /made elsewhere/],
    ['an unknown model', 'nobody', 'NOT_FOUND', /nobody/],
  ])('refuses %s at once', async (_name, model, code, message) => {
    await expect(quantize({ model, name: 'never-made' })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
