/** Batches in parts: every row once and in order, no part too large, no part longer than its rows. */
import { describe, expect, it } from '@jest/globals';
import type { Predictor, TokenBatch } from '../../src/nn/engine.ts';
import { inParts, partsOf } from '../../src/nn/parts.ts';

function batchOf(lengths: readonly number[], length: number): TokenBatch {
  const ids = new Int32Array(lengths.length * length);
  lengths.forEach((own, row) => ids.fill(row + 1, row * length, row * length + own));
  return { ids, batch: lengths.length, length };
}

const rowsOf = ({ ids, batch, length }: TokenBatch) =>
  Array.from({ length: batch }, (_, row) => [...ids.subarray(row * length, (row + 1) * length)]);

describe('partsOf', () => {
  it('cuts padding off, and starts a part where the one before would be too large', () => {
    const parts = partsOf(batchOf([2, 2, 3, 5, 6], 8), 12);
    expect(parts.map(({ batch, length }) => [batch, length])).toEqual([
      [3, 3],
      [2, 6],
    ]);
    expect(parts.flatMap(rowsOf)).toEqual([
      [1, 1, 0],
      [2, 2, 0],
      [3, 3, 3],
      [4, 4, 4, 4, 4, 0],
      [5, 5, 5, 5, 5, 5],
    ]);
  });

  it('gives a row that is too large to itself, and an empty row one place', () => {
    expect(partsOf(batchOf([20, 1, 0], 20), 12).map(({ batch, length }) => [batch, length])).toEqual([
      [1, 20],
      [2, 1],
    ]);
  });
});

describe('a predictor in parts', () => {
  it('answers for every row in its place', async () => {
    const whole: Predictor = {
      async predict(batch) {
        return Float32Array.from(
          rowsOf(batch).flatMap((row) => [row[0]!, row.filter((id) => id > 0).length]),
        );
      },
      dispose: async () => undefined,
    };
    const lengths = [3, 1, 4, 1, 5, 9, 2, 6];
    const logits = await inParts(whole, 10).predict(batchOf(lengths, 9));
    expect([...logits]).toEqual(lengths.flatMap((length, row) => [row + 1, length]));
  });
});
