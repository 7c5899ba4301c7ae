/** Intervals against published values and against what they promise. */
import { describe, expect, it } from '@jest/globals';
import {
  meanInterval,
  pairedBootstrap,
  pairedDifference,
  wilsonInterval,
} from '../../src/evaluation/intervals.ts';
import { Random } from '../../src/nn/random.ts';

describe('wilsonInterval', () => {
  it('gives the published interval of 81 successes in 263 trials', () => {
    // Newcombe 1998, Statistics in Medicine 17, table I, method 3
    const { low, high } = wilsonInterval(81, 263);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
  });

  it('stays within 0 and 1 where nothing or everything succeeded', () => {
    const none = wilsonInterval(0, 20);
    expect(none.low).toBe(0);
    expect(none.high).toBeCloseTo(0.1611, 4);
    expect(wilsonInterval(20, 20).high).toBe(1);
  });

  it('is about 0.37 points wide to each side for 25,000 reviews of which 90 % are right', () => {
    const { low, high } = wilsonInterval(22_500, 25_000);
    expect((high - low) / 2).toBeCloseTo(0.0037, 4);
  });
});

describe('meanInterval', () => {
  it('gives the mean and the interval worked out by hand', () => {
    // deviation 1, so ± 4.3027 / √3
    const { mean, low, high } = meanInterval([1, 2, 3]);
    expect(mean).toBeCloseTo(2, 12);
    expect(high - mean).toBeCloseTo(4.3027 / Math.sqrt(3), 6);
    expect(mean - low).toBeCloseTo(high - mean, 12);
  });

  it('holds the true mean in about 95 of 100 repetitions of three measurements', () => {
    const random = new Random(7);
    const repetitions = 4000;
    let held = 0;
    for (let i = 0; i < repetitions; i += 1) {
      const { low, high } = meanInterval([random.normal(), random.normal(), random.normal()]);
      if (low <= 0 && high >= 0) held += 1;
    }
    expect(held / repetitions).toBeGreaterThan(0.935);
    expect(held / repetitions).toBeLessThan(0.965);
  });

  it('refuses a single measurement', () => {
    expect(() => meanInterval([0.9])).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });
});

describe('pairedDifference', () => {
  it('counts the reviews that one of both alone gets right, as worked out by hand', () => {
    const first = Uint8Array.of(1, 1, 0, 0, 0, 1, 0, 1, 1, 1);
    const second = Uint8Array.of(1, 0, 1, 1, 1, 1, 0, 1, 1, 1);
    // 3 only the second, 1 only the first
    const { difference, low, high } = pairedDifference(first, second);
    expect(difference).toBeCloseTo(0.2, 12);
    expect(high - difference).toBeCloseTo(1.959964 * Math.sqrt((4 - 4 / 10) / 100), 9);
    expect(difference - low).toBeCloseTo(high - difference, 12);
  });

  it('has no width where both get the same reviews right', () => {
    const same = Uint8Array.of(1, 0, 1);
    expect(pairedDifference(same, same)).toEqual({ difference: 0, low: 0, high: 0 });
  });
});

describe('pairedBootstrap', () => {
  /** Reviews that only the first, only the second, and both models get right. */
  function pair(onlyFirst: number, onlySecond: number, both: number): [Uint8Array, Uint8Array, Float64Array] {
    const reviews = onlyFirst + onlySecond + both;
    const first = new Uint8Array(reviews).fill(1, 0, onlyFirst).fill(1, onlyFirst + onlySecond);
    const second = new Uint8Array(reviews).fill(1, onlyFirst);
    return [first, second, Float64Array.from(second, (right, i) => right - first[i]!)];
  }

  it('agrees with the analytical interval of one pair of models', () => {
    const [first, second, differences] = pair(60, 80, 860);
    const expected = pairedDifference(first, second);
    const { low, high } = pairedBootstrap(differences, 1);
    // The standard deviation is 0.0118; quantiles of 2,000 resamples are known to about a tenth of that
    expect(Math.abs(low - expected.low)).toBeLessThan(0.002);
    expect(Math.abs(high - expected.high)).toBeLessThan(0.002);
  });

  it('is narrower for the mean of two seeds that err on different reviews', () => {
    const [, , one] = pair(30, 40, 430);
    const other = one.toReversed();
    const mean = one.map((difference, i) => (difference + other[i]!) / 2);
    const widthOf = ({ low, high }: { low: number; high: number }) => high - low;
    const ratio = widthOf(pairedBootstrap(mean, 1)) / widthOf(pairedBootstrap(one, 1));
    expect(ratio).toBeGreaterThan(0.65);
    expect(ratio).toBeLessThan(0.78);
  });

  it('is the same for the same seed, and nearly so for another', () => {
    const [, , differences] = pair(12, 32, 356);
    const interval = pairedBootstrap(differences, 7);
    expect(pairedBootstrap(differences, 7)).toEqual(interval);
    const other = pairedBootstrap(differences, 8);
    expect(other).not.toEqual(interval);
    expect(Math.abs(other.low - interval.low)).toBeLessThan(0.006);
  });

  it('has no width where all reviews say the same', () => {
    expect(pairedBootstrap(new Float64Array(50), 1)).toEqual({ low: 0, high: 0 });
    expect(pairedBootstrap(new Float64Array(50).fill(1), 1)).toEqual({ low: 1, high: 1 });
    expect(pairedBootstrap(Float64Array.of(-1), 1)).toEqual({ low: -1, high: -1 });
  });

  it('takes the k-th means from both ends', () => {
    // 39 resamples: the smallest and the largest
    const differences = Float64Array.of(1, 0, 0, -1);
    const random = new Random(3);
    const means = Array.from({ length: 39 }, () => {
      const drawn = Array.from({ length: 4 }, () => differences[random.integer(4)]!);
      return drawn.reduce((sum, value) => sum + value, 0) / 4;
    });
    expect(pairedBootstrap(differences, 3, 39)).toEqual({
      low: Math.min(...means),
      high: Math.max(...means),
    });
  });
});
