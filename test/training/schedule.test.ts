import { describe, expect, it } from '@jest/globals';
import { learningRateAt } from '../../src/training/schedule.ts';

describe('learning rate', () => {
  const rates = (total: number, warmup: number) =>
    Array.from({ length: total }, (_, step) => learningRateAt(step, total, 1, warmup));

  it('rises to its peak over the warm-up, and falls to nearly zero', () => {
    const all = rates(100, 0.1);
    expect(all[0]).toBeCloseTo(0.1);
    expect(all[9]).toBeCloseTo(1);
    expect(all[10]).toBeCloseTo(1);
    expect(all[99]).toBeCloseTo(1 / 90);
    expect(all.slice(0, 9).every((rate, i) => rate < all[i + 1]!)).toBe(true);
    expect(all.slice(10, 99).every((rate, i) => rate > all[i + 11]!)).toBe(true);
  });

  it('starts at its peak without a warm-up, even for a single step', () => {
    expect(rates(4, 0)).toEqual([1, 0.75, 0.5, 0.25]);
    expect(rates(1, 0)).toEqual([1]);
  });
});
