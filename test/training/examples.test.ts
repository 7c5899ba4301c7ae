import { describe, expect, it } from '@jest/globals';
import { Random } from '../../src/nn/random.ts';
import type { Example } from '../../src/training/examples.ts';
import { epochBatches, trainingBatch } from '../../src/training/examples.ts';

function examplesOf(count: number): Example[] {
  const random = new Random(3);
  return Array.from({ length: count }, () => ({
    ids: Array.from({ length: 1 + random.integer(200) }, () => 1 + random.integer(50)),
    label: 1,
    teacherLogits: null,
  }));
}

describe('the order of an epoch', () => {
  const examples = examplesOf(1000);

  it('shows every example once', () => {
    const order = epochBatches(examples, 32, 1, 0).flat();
    expect(order.toSorted((a, b) => a - b)).toEqual(examples.map((_, i) => i));
  });

  it('is the same for the same seed and epoch, and another for another', () => {
    expect(epochBatches(examples, 32, 1, 0)).toEqual(epochBatches(examples, 32, 1, 0));
    expect(epochBatches(examples, 32, 1, 0)).not.toEqual(epochBatches(examples, 32, 1, 1));
    expect(epochBatches(examples, 32, 1, 0)).not.toEqual(epochBatches(examples, 32, 2, 0));
  });

  it('puts texts of similar length together: under a tenth of the tokens are padding', () => {
    let tokens = 0;
    let cells = 0;
    for (const batch of epochBatches(examples, 32, 1, 0)) {
      const { length } = trainingBatch(batch.map((i) => examples[i]!));
      cells += batch.length * length;
      tokens += batch.reduce((sum, i) => sum + examples[i]!.ids.length, 0);
    }
    expect(tokens / cells).toBeGreaterThan(0.9);
  });
});

describe('a training batch', () => {
  it('holds padded ids, one-hot labels and the teacher logits', () => {
    const batch = trainingBatch([
      { ids: [5, 6], label: 1, teacherLogits: [-1, 2] },
      { ids: [7], label: null, teacherLogits: [0.5, 0.25] },
    ]);
    expect([batch.batch, batch.length]).toEqual([2, 8]);
    expect([...batch.ids]).toEqual([5, 6, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]);
    expect([...batch.labels]).toEqual([0, 1, 0, 0]);
    expect([...batch.teacherLogits]).toEqual([-1, 2, 0.5, 0.25]);
  });
});
