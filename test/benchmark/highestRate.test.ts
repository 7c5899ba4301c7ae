/** The search for the highest rate, on servers of known capacity. */
import { describe, expect, it } from '@jest/globals';
import { highestRate, verifications } from '../../src/benchmark/highestRate.ts';

/** Passes up to a capacity; tells what it was asked. */
function serverOf(capacity: number) {
  const asked: number[] = [];
  const probe = async (ratePerSecond: number) => {
    asked.push(ratePerSecond);
    return { passed: ratePerSecond <= capacity, ratePerSecond };
  };
  return { asked, probe };
}

describe('highestRate', () => {
  it.each([4, 30, 100, 101, 250, 3_000])(
    'comes within 5 %% of a capacity of %i a second, from a guess of 100',
    async (capacity) => {
      const { asked, probe } = serverOf(capacity);
      const found = await highestRate(100, probe);
      expect(found?.ratePerSecond).toBeLessThanOrEqual(capacity);
      expect(found?.ratePerSecond).toBeGreaterThan(capacity / 1.05);
      expect(found?.verified).toHaveLength(verifications);
      expect(found?.verified.every((run) => run.ratePerSecond === found.ratePerSecond)).toBe(true);
      expect(asked.length).toBeLessThan(25);
    },
  );

  it('lowers a rate that does not pass each time', async () => {
    const { probe } = serverOf(1_000);
    const passes = new Map<number, number>();
    // Above 600 a second it passes by luck: twice, and no more
    const found = await highestRate(100, async (rate) => {
      passes.set(rate, (passes.get(rate) ?? 0) + 1);
      return rate > 600 && passes.get(rate)! > 2 ? { passed: false } : probe(rate);
    });
    expect(found?.ratePerSecond).toBeLessThanOrEqual(600);
    expect(found?.ratePerSecond).toBeGreaterThan(540);
  });

  it('finds none where even the lowest fails, and ends where all pass', async () => {
    expect(await highestRate(100, serverOf(0).probe)).toBeNull();
    expect((await highestRate(100, serverOf(Infinity).probe))?.ratePerSecond).toBe(3_200);
  });
});
