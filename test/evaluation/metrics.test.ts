/** Metrics against values worked out by hand. */
import { describe, expect, it } from '@jest/globals';
import { classificationMetrics, predictedClass, softmaxPair } from '../../src/evaluation/metrics.ts';

/** Logits whose softmax gives the positive class this probability. */
function logitsFor(...positiveProbabilities: number[]): Float32Array {
  return Float32Array.from(positiveProbabilities.flatMap((p) => [0, Math.log(p / (1 - p))]));
}

describe('softmaxPair', () => {
  it('gives the probabilities of two logits', () => {
    const [negative, positive] = softmaxPair(0, Math.log(3));
    expect(negative).toBeCloseTo(0.25, 12);
    expect(positive).toBeCloseTo(0.75, 12);
  });

  it('depends on the difference of the logits only', () => {
    expect(softmaxPair(1000, 1002)).toEqual(softmaxPair(0, 2));
    expect(softmaxPair(-5, -5)).toEqual([0.5, 0.5]);
  });

  it('is stable for logits beyond the range of exp', () => {
    expect(softmaxPair(1e30, -1e30)).toEqual([1, 0]);
    expect(softmaxPair(-800, 800)).toEqual([0, 1]);
    const [unlikely] = softmaxPair(0, 700);
    expect(unlikely / Math.exp(-700)).toBeCloseTo(1, 10);
  });
});

describe('predictedClass', () => {
  it('takes the larger logit, and negative where both are equal', () => {
    expect([predictedClass(0, 1), predictedClass(1, 0), predictedClass(2, 2)]).toEqual([1, 0, 0]);
  });
});

describe('classificationMetrics', () => {
  it('counts a mixed result as worked out by hand', () => {
    // 3 true positives, 1 false positive, 2 false negatives, 4 true negatives.
    const logits = logitsFor(0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.2, 0.1, 0.1);
    const labels = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0];
    const metrics = classificationMetrics(logits, labels);
    expect(metrics.reviews).toBe(10);
    expect(metrics.accuracy).toBeCloseTo(7 / 10, 12);
    expect(metrics.precision).toBeCloseTo(3 / 4, 12);
    expect(metrics.recall).toBeCloseTo(3 / 5, 12);
    expect(metrics.f1).toBeCloseTo((2 * 0.75 * 0.6) / (0.75 + 0.6), 12);
  });

  it('is 1 all over, with no calibration error, for right and certain answers', () => {
    const metrics = classificationMetrics(Float32Array.of(-50, 50, 50, -50), [1, 0]);
    expect(metrics).toMatchObject({
      reviews: 2,
      accuracy: 1,
      precision: 1,
      recall: 1,
      f1: 1,
      calibrationError: 0,
    });
  });

  it('has precision, recall and F1 of 0 where nothing is predicted positive', () => {
    const metrics = classificationMetrics(logitsFor(0.2, 0.2, 0.2), [1, 0, 0]);
    expect(metrics).toMatchObject({ precision: 0, recall: 0, f1: 0 });
    expect(metrics.accuracy).toBeCloseTo(2 / 3, 12);
  });

  it('has full recall where everything is predicted positive', () => {
    const metrics = classificationMetrics(logitsFor(0.9, 0.9, 0.9, 0.9), [1, 0, 0, 0]);
    expect(metrics).toMatchObject({ recall: 1, precision: 0.25, accuracy: 0.25, f1: 0.4 });
  });

  it('has recall 0 where no label is positive', () => {
    expect(classificationMetrics(logitsFor(0.9, 0.1), [0, 0])).toMatchObject({
      recall: 0,
      precision: 0,
      f1: 0,
    });
  });

  it('counts equal logits as negative', () => {
    expect(classificationMetrics(Float32Array.of(0, 0, 3, 3), [0, 1])).toMatchObject({
      accuracy: 0.5,
      recall: 0,
    });
  });

  it('has the calibration error of a worked example', () => {
    // Confidences 0.95 and 0.95 share the last bin, (14/15, 1]; 0.599, for either class, is in (8/15, 9/15];
    // 0.75 stands alone in (11/15, 12/15].
    const logits = logitsFor(0.95, 0.95, 0.599, 0.401, 0.75);
    const labels = [1, 0, 1, 1, 0];
    const expected = (2 * Math.abs(0.5 - 0.95) + 2 * Math.abs(0.5 - 0.599) + Math.abs(0 - 0.75)) / 5;
    expect(classificationMetrics(logits, labels).calibrationError).toBeCloseTo(expected, 6);
  });

  it('cancels over- and underconfidence within a bin but not between bins', () => {
    // 0.7 and 0.72 are both in (10/15, 11/15]: one right, one wrong, mean confidence 0.71.
    expect(classificationMetrics(logitsFor(0.7, 0.72), [1, 0]).calibrationError).toBeCloseTo(0.21, 6);
    // 0.55 is in (8/15, 9/15]: gaps of 0.45 and 0.7 add up.
    expect(classificationMetrics(logitsFor(0.55, 0.7), [1, 0]).calibrationError).toBeCloseTo(1.15 / 2, 6);
  });

  it('takes labels in a typed array', () => {
    expect(classificationMetrics(logitsFor(0.9, 0.1), Uint8Array.of(1, 0)).accuracy).toBe(1);
  });

  it.each([
    ['no reviews', new Float32Array(0), [], 'INVALID_DATASET'],
    ['fewer logits than labels', Float32Array.of(0, 1), [1, 0], 'INTERNAL'],
    ['more logits than labels', Float32Array.of(0, 1, 0, 1), [1], 'INTERNAL'],
    ['a label that is no class', Float32Array.of(0, 1), [2], 'INVALID_DATASET'],
    ['diverged logits', Float32Array.of(NaN, 1), [1], 'INVALID_CHECKPOINT'],
    ['infinite logits', Float32Array.of(0, Infinity), [1], 'INVALID_CHECKPOINT'],
  ])('refuses %s', (_what, logits, labels, code) => {
    expect(() => classificationMetrics(logits, labels)).toThrow(expect.objectContaining({ code }));
  });
});
