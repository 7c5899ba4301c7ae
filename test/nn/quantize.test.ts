/** Quantised exports: nearly the float32 answers from a quarter of the bytes, padding or not. */
import { describe, expect, it } from '@jest/globals';
import { buildModel, initialWeights } from '../../src/models/networks/index.ts';
import type { ModelSpec } from '../../src/models/spec.ts';
import type { TokenBatch, Weights } from '../../src/nn/engine.ts';
import { fromFloat16, toFloat16 } from '../../src/nn/float16.ts';
import { toOnnx } from '../../src/nn/onnx/export.ts';
import type { Quantization } from '../../src/nn/onnx/quantize.ts';
import { storedWeights } from '../../src/nn/onnx/storedWeights.ts';
import { Random } from '../../src/nn/random.ts';
import { openSession, sessionPredictor } from '../../src/nn/runtime/onnxruntime.ts';
import { studentSpec } from '../../src/training/architectures.ts';
import { expectClose } from './close.ts';

const vocabularySize = 2000;
const student = { vocabularySize, embeddingSize: 32, dropout: 0, wordDropout: 0 };
const bert = {
  kind: 'bert',
  vocabularySize,
  hiddenSize: 64,
  layers: 2,
  heads: 4,
  intermediateSize: 128,
  maxPositions: 32,
  typeVocabularySize: 2,
  layerNormEpsilon: 1e-12,
  dropout: 0,
} as const;
const specs: Record<string, ModelSpec> = {
  gru: studentSpec('gru-48', student),
  textcnn: studentSpec('textcnn-48', student),
  'bert with its pooler': { ...bert, pooling: 'cls' },
  'bert with mean pooling': { ...bert, pooling: 'mean' },
};

/** Matrices as large as trained ones, so that answers differ; the classifier's as well. */
function weightsOf(spec: ModelSpec): Weights {
  const random = new Random(3, 99);
  return new Map(
    [...initialWeights(spec, 3)].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((weight) => weight + 0.1 * random.normal()) },
    ]),
  );
}

const random = new Random(5);
const texts = [31, 4, 17, 1, 9, 25].map((length) =>
  Array.from({ length }, () => 1 + random.integer(vocabularySize - 1)),
);

function batchOf(sequences: readonly (readonly number[])[], length = 31): TokenBatch {
  const ids = new Int32Array(sequences.length * length);
  sequences.forEach((sequence, row) => ids.set(sequence, row * length));
  return { ids, batch: sequences.length, length };
}

function exported(spec: ModelSpec, quantization?: Quantization): Uint8Array {
  return toOnnx(buildModel(spec).inference, {
    mode: 'inference',
    weights: weightsOf(spec),
    ...(quantization ? { quantization } : {}),
  });
}

async function answers(file: Uint8Array, batches: readonly TokenBatch[]): Promise<Float32Array[]> {
  const predictor = sessionPredictor(await openSession(file, { threads: 1 }));
  const logits: Float32Array[] = [];
  for (const batch of batches) logits.push(Float32Array.from(await predictor.predict(batch)));
  await predictor.dispose();
  return logits;
}

/** Of the largest logit; eight bits leave every weight an error of up to half a percent of its row's largest. */
const roundingErrors = { relative: 0.05, absolute: 0 };

describe.each(Object.entries(specs))('%s', (_name, spec) => {
  const float32 = exported(spec);

  it.each([
    ['int8', 0.35],
    ['float16', 0.55],
    ['float32', 1],
  ] as const)('with embeddings in %s answers as in float32, from fewer bytes', async (embeddings, share) => {
    const file = exported(spec, { embeddings });
    expect(file.length).toBeLessThan(share * float32.length);
    const [expected] = await answers(float32, [batchOf(texts)]);
    const [found] = await answers(file, [batchOf(texts)]);
    expect(found).not.toEqual(expected); // something was rounded
    expectClose('logits', found!, expected!, roundingErrors);
  });

  it.each(['int8', 'float16', 'float32'] as const)(
    'with embeddings in %s gives its weights back, which are quantised to the same file again',
    (embeddings) => {
      const file = exported(spec, { embeddings });
      const { inference } = buildModel(spec);
      const weights = storedWeights(file, inference);
      for (const [name, { shape, data }] of weightsOf(spec)) {
        const found = weights.get(name)!;
        expect(found.shape).toEqual(shape);
        // Half a step of the largest weight's 64 or 127; a scale belongs to a part of the weights
        const largest = data.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
        expectClose(name, found.data, data, { relative: 0, absolute: largest / 127 });
      }
      const again = toOnnx(inference, { mode: 'inference', weights, quantization: { embeddings } });
      expect(Buffer.compare(again, file)).toBe(0);
    },
  );

  it('gives back the very weights of a float32 file', () => {
    expect(storedWeights(float32, buildModel(spec).inference)).toEqual(weightsOf(spec));
  });

  it('gives the same answer however long the padding and whoever the neighbours', async () => {
    const alone = texts.map((text) => batchOf([text], text.length));
    const file = exported(spec, { embeddings: 'int8' });
    const [together, padded, ...single] = await answers(file, [batchOf(texts), batchOf(texts, 32), ...alone]);
    expectClose('more padding', padded!, together!, roundingErrors);
    for (const [row, logits] of single.entries()) {
      expectClose(`text ${row} alone`, logits, together!.subarray(2 * row, 2 * row + 2), {
        ...roundingErrors,
        absolute: roundingErrors.relative * Math.max(...together!.map(Math.abs)),
      });
    }
  });
});

describe('storedWeights', () => {
  const { inference } = buildModel(specs.gru!);

  it.each([
    ['cut short', exported(specs.gru!).subarray(0, 5000), 'not an ONNX model'],
    ['of another network', exported(specs.textcnn!), 'has no weights gru.input.weight'],
    ['of another size', exported(studentSpec('gru-32', student)), 'of the shape [32, 144]'],
  ])('refuses a file that is %s', (_name, file, message) => {
    expect(() => storedWeights(file, inference)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CHECKPOINT',
        message: expect.stringContaining(message),
      }),
    );
  });
});

describe('an int8 product', () => {
  /** Everything that a product of bytes can reach: on x86 without VNNI, 8 bits of weights would overflow 16 bits. */
  it('does not saturate where activations and weights are as large as they get', async () => {
    const spec: ModelSpec = { ...bert, pooling: 'cls' };
    const weights = new Map(
      [...weightsOf(spec)].map(([name, { shape, data }]) => {
        const extreme = name.includes('intermediate.dense.weight') || name.includes('pooler.dense.weight');
        return [name, { shape, data: extreme ? data.map(() => 0.05) : data }];
      }),
    );
    const { inference } = buildModel(spec);
    const [expected] = await answers(toOnnx(inference, { mode: 'inference', weights }), [batchOf(texts)]);
    const quantization = { embeddings: 'int8' } as const;
    const [found] = await answers(toOnnx(inference, { mode: 'inference', weights, quantization }), [
      batchOf(texts),
    ]);
    expectClose('logits', found!, expected!, roundingErrors);
  });
});

describe('float16', () => {
  it('reads back every finite number', () => {
    const finite = Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    );
    expect(finite.filter((bits) => toFloat16(fromFloat16(bits)) !== bits && bits !== 0x8000)).toEqual([]);
    expect([0x3c00, 0xc000, 0x7bff, 0x0001].map(fromFloat16)).toEqual([1, -2, 65504, 2 ** -24]);
  });

  it.each([
    ['zero', 0, 0x0000],
    ['one', 1, 0x3c00],
    ['minus two', -2, 0xc000],
    ['a third', 1 / 3, 0x3555],
    ['a tie, to even below', 1 + 2 ** -11, 0x3c00],
    ['a tie, to even above', 1 + 3 * 2 ** -11, 0x3c02],
    ['a carry into the exponent', 2 - 2 ** -12, 0x4000],
    ['the smallest normal number', 2 ** -14, 0x0400],
    ['the largest subnormal number', 2 ** -14 - 2 ** -24, 0x03ff],
    ['the smallest subnormal number', -(2 ** -24), 0x8001],
    ['the largest number', 65504, 0x7bff],
    ['more than the largest number', 1e6, 0x7bff],
  ])('has the bits of %s', (_name, value, bits) => {
    expect(toFloat16(value)).toBe(bits);
  });
});
