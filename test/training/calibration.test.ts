/** Platt scaling of a model's logits: what it finds, and that the classifier takes it in exactly. */
import { describe, expect, it } from '@jest/globals';
import { buildModel, initialWeights } from '../../src/models/networks/index.ts';
import { toOnnx } from '../../src/nn/onnx/export.ts';
import { Random } from '../../src/nn/random.ts';
import { openSession, sessionPredictor } from '../../src/nn/runtime/onnxruntime.ts';
import { studentSpec } from '../../src/training/architectures.ts';
import { calibrated, calibrationFor } from '../../src/training/calibration.ts';

/** Labels drawn with the probability that a difference of `difference` stands for. */
function drawn(reviews: number, told: (difference: number) => number) {
  const random = new Random(3);
  const labels: (0 | 1)[] = [];
  const logits = new Float32Array(2 * reviews);
  for (let i = 0; i < reviews; i += 1) {
    const difference = 3 * random.normal();
    labels.push(random.uniform() < 1 / (1 + Math.exp(-difference)) ? 1 : 0);
    logits.set([-told(difference) / 2, told(difference) / 2], 2 * i);
  }
  return { labels, logits };
}

describe('calibrationFor', () => {
  it('undoes what made the logits too large and one-sided', () => {
    const { labels, logits } = drawn(20_000, (difference) => 2 * difference + 1);
    const { slope, offset } = calibrationFor(logits, labels)!;
    expect(slope).toBeCloseTo(0.5, 1);
    expect(offset).toBeCloseTo(-0.5, 1);
  });

  it('leaves a model alone whose answers would be turned around', () => {
    const { labels, logits } = drawn(500, (difference) => -difference);
    expect(calibrationFor(logits, labels)).toBeNull();
  });
});

describe('calibrated', () => {
  it.each(['gru-6', 'textcnn-4'])(
    '%s gives the scaled difference of logits, and no other change',
    async (name) => {
      const spec = studentSpec(name, { vocabularySize: 30, embeddingSize: 8, dropout: 0, wordDropout: 0 });
      const weights = initialWeights(spec, 1);
      const batch = { ids: Int32Array.of(3, 4, 5, 0, 7, 8, 9, 10), batch: 2, length: 4 };
      const answersOf = async (given: typeof weights) => {
        const bytes = toOnnx(buildModel(spec).inference, { mode: 'inference', weights: given });
        const predictor = sessionPredictor(await openSession(bytes, { threads: 1 }));
        const [a, b, c, d] = await predictor.predict(batch);
        await predictor.dispose();
        return [b! - a!, d! - c!];
      };
      const before = await answersOf(weights);
      const after = await answersOf(calibrated(weights, { slope: 0.7, offset: -0.2 }));
      expect(after[0]).toBeCloseTo(0.7 * before[0]! - 0.2, 5);
      expect(after[1]).toBeCloseTo(0.7 * before[1]! - 0.2, 5);
    },
  );
});
