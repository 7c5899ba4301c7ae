/** The linear solver against values worked out by hand and against the conditions of its optimum. */
import { describe, expect, it } from '@jest/globals';
import { Random } from '../../src/nn/random.ts';
import { logCountRatios, plattScaling, supportVectorMachine } from '../../src/training/linearSolver.ts';

const never = async () => undefined;

describe('logCountRatios', () => {
  it('compares smoothed shares of both classes', () => {
    // id 2 in both positive texts, id 3 in one of each, id 4 in the negative one; id 1 never
    const ratios = logCountRatios({ bags: [[2, 3], [2], [3, 4]], labels: [1, 1, 0] }, 5);
    const [positive, negative] = [3 + 2 + 1, 1 + 2 + 2];
    expect(ratios[2]).toBeCloseTo(Math.log(3 / positive / (1 / negative)), 12);
    expect(ratios[3]).toBeCloseTo(Math.log(2 / positive / (2 / negative)), 12);
    expect(ratios[4]).toBeCloseTo(Math.log(1 / positive / (2 / negative)), 12);
    expect([ratios[0], ratios[1]]).toEqual([0, 0]);
  });
});

describe('supportVectorMachine', () => {
  const random = new Random(3);
  const size = 12;
  const bags = Array.from({ length: 60 }, () =>
    Array.from({ length: size }, (_, id) => id).filter(() => random.uniform() < 0.4),
  );
  const labels = bags.map((bag): 0 | 1 => (bag.includes(1) !== random.uniform() < 0.15 ? 1 : 0));
  const features = Float64Array.from({ length: size }, (_, id) => 0.5 + id / size);

  it('ends where the gradient of its loss is zero', async () => {
    const cost = 0.7;
    const w = await supportVectorMachine(
      { bags, labels },
      { features, cost, passes: 400, seed: 1, onPass: never },
    );
    const gradient = Array.from(w);
    bags.forEach((bag, i) => {
      const sign = labels[i] === 1 ? 1 : -1;
      const margin = 1 - sign * bag.reduce((sum, id) => sum + w[id]! * features[id]!, 0);
      if (margin > 0) for (const id of bag) gradient[id]! -= 2 * cost * margin * sign * features[id]!;
    });
    for (const slope of gradient) expect(Math.abs(slope)).toBeLessThan(1e-6);
  });

  it('gives the same weights for the same seed', async () => {
    const solve = (seed: number) =>
      supportVectorMachine({ bags, labels }, { features, cost: 1, passes: 2, seed, onPass: never });
    expect(await solve(4)).toEqual(await solve(4));
    expect(await solve(5)).not.toEqual(await solve(4));
  });
});

describe('plattScaling', () => {
  it('finds the sigmoid that the labels were drawn from', () => {
    const random = new Random(11);
    const scores = Array.from({ length: 20_000 }, () => 2 * random.normal());
    const labels = scores.map((score): 0 | 1 =>
      random.uniform() < 1 / (1 + Math.exp(-(1.5 * score - 0.5))) ? 1 : 0,
    );
    const { slope, offset } = plattScaling(scores, labels);
    expect(slope).toBeCloseTo(1.5, 1);
    expect(offset).toBeCloseTo(-0.5, 1);
  });

  it.each([0.01, 30])('finds it for scores that are %s times as large, too', (factor) => {
    const random = new Random(12);
    const right = Array.from({ length: 2000 }, () => 2 * random.normal());
    const labels = right.map((score): 0 | 1 => (random.uniform() < 1 / (1 + Math.exp(-score)) ? 1 : 0));
    const plain = plattScaling(right, labels);
    const scaled = plattScaling(
      right.map((score) => factor * score + 1),
      labels,
    );
    expect(factor * scaled.slope).toBeCloseTo(plain.slope, 5);
    expect(scaled.offset + scaled.slope).toBeCloseTo(plain.offset, 5);
  });

  it('stays finite where the classes can be told apart', () => {
    const { slope, offset } = plattScaling([-2, -1, 1, 2], [0, 0, 1, 1]);
    expect(slope).toBeGreaterThan(0);
    expect(Number.isFinite(slope) && Number.isFinite(offset)).toBe(true);
  });
});
