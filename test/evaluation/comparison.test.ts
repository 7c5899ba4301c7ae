/** Comparisons of models on the same reviews, against figures worked out by hand. */
import { describe, expect, it } from '@jest/globals';
import { compareModels, holm, mcNemar } from '../../src/evaluation/comparison.ts';

/** The first model alone is right `b` times, the second `c` times, both or neither otherwise. */
function outcomes(b: number, c: number, same = 50): [Uint8Array, Uint8Array] {
  const [first, second] = [new Uint8Array(b + c + same), new Uint8Array(b + c + same)];
  first.fill(1, 0, b);
  second.fill(1, b, b + c);
  first.fill(1, b + c, b + c + same / 2);
  second.fill(1, b + c, b + c + same / 2);
  return [first, second];
}

describe('mcNemar', () => {
  it.each([
    ['nothing differs', 0, 0, 1],
    ['equal shares', 7, 7, 1],
    ['5 to none', 5, 0, 2 / 2 ** 5],
    ['1 to 7', 1, 7, (2 * (1 + 8)) / 2 ** 8],
    ['2 to 8', 2, 8, (2 * (1 + 10 + 45)) / 2 ** 10],
  ])('%s', (_name, b, c, expected) => {
    expect(mcNemar(...outcomes(b, c))).toBeCloseTo(expected, 12);
    expect(mcNemar(...outcomes(c, b))).toBeCloseTo(expected, 12);
  });

  it('comes near the normal distribution for thousands of reviews', () => {
    // z = (1060 − 940 − 1) / √2000 = 2.661, two-sided p = 0.00779
    expect(mcNemar(...outcomes(1060, 940))).toBeCloseTo(0.00779, 4);
    expect(mcNemar(...outcomes(9000, 3000))).toBeLessThan(1e-300);
  });
});

describe('holm', () => {
  it('multiplies by the comparisons that are left, and keeps the order', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  });

  it('stays a probability', () => {
    expect(holm([0.9, 0.6])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe('compareModels', () => {
  const labels = [1, 1, 1, 0, 0, 0, 1, 0];
  const answers = [
    { model: 'a@1', classes: Uint8Array.of(1, 1, 1, 0, 0, 0, 1, 0) },
    { model: 'b@2', classes: Uint8Array.of(0, 0, 1, 0, 0, 0, 1, 0) },
    { model: 'c@1', classes: Uint8Array.of(0, 0, 0, 1, 1, 1, 0, 1) },
  ];

  it('has a line for each two, with difference, interval, agreement and corrected p value', () => {
    const lines = compareModels(answers, labels);
    expect(lines.map(({ model, other }) => [model, other])).toEqual([
      ['b@2', 'a@1'],
      ['c@1', 'a@1'],
      ['c@1', 'b@2'],
    ]);
    expect(lines.map(({ difference }) => difference)).toEqual([-0.25, -1, -0.75]);
    expect(lines.map(({ agreement }) => agreement)).toEqual([0.75, 0, 0.25]);
    // 2 of 2, 8 of 8 and 6 of 6 on one side: 1/2, 2/256 and 2/64, times 1, 3 and 2
    const pValues = [0.5, 3 * (2 / 256), 2 * (2 / 64)];
    for (const [i, { pValue }] of lines.entries()) expect(pValue).toBeCloseTo(pValues[i]!, 12);
    for (const { difference, low, high } of lines) {
      expect(low).toBeLessThanOrEqual(difference);
      expect(high).toBeGreaterThanOrEqual(difference);
    }
  });

  it('has none for a single model', () => {
    expect(compareModels(answers.slice(0, 1), labels)).toEqual([]);
  });
});
