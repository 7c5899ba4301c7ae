/** How predictAll batches, with a predictor that shows what it was given. */
import { describe, expect, it } from '@jest/globals';
import { predictAll } from '../../src/evaluation/predict.ts';
import type { Predictor, TokenBatch } from '../../src/nn/engine.ts';
import { buildWordTokenizer } from '../../src/text/word.ts';

const tokenizer = buildWordTokenizer(['good bad fine'], 100);
const words = (count: number) => Array.from({ length: count }, () => 'good').join(' ');

/** Answers with the number of tokens of each row and minus that. */
class TokenCounter implements Predictor {
  readonly batches: TokenBatch[] = [];

  async predict(batch: TokenBatch): Promise<Float32Array> {
    this.batches.push(batch);
    const logits = new Float32Array(2 * batch.batch);
    for (let row = 0; row < batch.batch; row++) {
      const ids = batch.ids.subarray(row * batch.length, (row + 1) * batch.length);
      const tokens = ids.reduce((count, id) => count + (id === 0 ? 0 : 1), 0);
      logits.set([tokens, -tokens], 2 * row);
    }
    return logits;
  }

  async dispose(): Promise<void> {
    return undefined;
  }
}

describe('predictAll', () => {
  it('answers in the order of the texts, whatever their lengths', async () => {
    const lengths = [7, 1, 30, 2, 2, 19, 4, 1, 30, 11];
    const logits = await predictAll(new TokenCounter(), tokenizer, lengths.map(words), {
      maxTokens: 64,
      batchSize: 3,
    });
    expect([...logits]).toEqual(lengths.flatMap((length) => [length, -length]));
  });

  it('keeps the order over more texts than one window holds', async () => {
    const lengths = Array.from({ length: 300 }, (_, index) => 1 + ((index * 37) % 23));
    const predictor = new TokenCounter();
    const logits = await predictAll(predictor, tokenizer, lengths.map(words), {
      maxTokens: 64,
      batchSize: 2,
    });
    expect([...logits]).toEqual(lengths.flatMap((length) => [length, -length]));
    expect(Math.max(...predictor.batches.map(({ batch }) => batch))).toBe(2);
  });

  it('puts texts of like length together, so that at most a third of any batch is padding', async () => {
    const predictor = new TokenCounter();
    const lengths = [1, 60, 1, 60, 1, 60, 1, 60, 40, 2];
    await predictAll(predictor, tokenizer, lengths.map(words), { maxTokens: 64, batchSize: 8 });
    for (const { ids, batch, length } of predictor.batches) {
      const padding = ids.filter((id) => id === 0).length;
      expect(padding / (batch * length)).toBeLessThanOrEqual(1 / 3);
    }
    expect(predictor.batches.map(({ batch }) => batch)).toEqual([4, 1, 5]);
  });

  it('reads at most maxTokens of a text', async () => {
    const logits = await predictAll(new TokenCounter(), tokenizer, [words(100)], {
      maxTokens: 16,
      batchSize: 4,
    });
    expect([...logits]).toEqual([16, -16]);
  });

  it('tells how many texts are done', async () => {
    const told: [number, number][] = [];
    const onProgress = (done: number, total: number) => told.push([done, total]);
    await predictAll(new TokenCounter(), tokenizer, [5, 5, 5, 5, 5].map(words), {
      maxTokens: 64,
      batchSize: 2,
      onProgress,
    });
    expect(told).toEqual([
      [2, 5],
      [4, 5],
      [5, 5],
    ]);
  });

  it('gives nothing for no texts', async () => {
    const predictor = new TokenCounter();
    expect(await predictAll(predictor, tokenizer, [], { maxTokens: 64, batchSize: 2 })).toHaveLength(0);
    expect(predictor.batches).toHaveLength(0);
  });

  it('stops at the next batch once it is cancelled', async () => {
    const controller = new AbortController();
    const predictor = new TokenCounter();
    const promise = predictAll(
      predictor,
      tokenizer,
      Array.from({ length: 50 }, () => words(3)),
      {
        maxTokens: 64,
        batchSize: 1,
        signal: controller.signal,
        onProgress: (done) => done === 4 && controller.abort(),
      },
    );
    await expect(promise).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(predictor.batches).toHaveLength(4);
  });

  it('lets the event loop turn between batches, so that a cancellation from outside is heard', async () => {
    const controller = new AbortController();
    const predictor = new TokenCounter();
    setImmediate(() => controller.abort());
    const promise = predictAll(
      predictor,
      tokenizer,
      Array.from({ length: 5000 }, () => words(3)),
      {
        maxTokens: 64,
        batchSize: 1,
        signal: controller.signal,
      },
    );
    await expect(promise).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(predictor.batches.length).toBeLessThan(5);
  });
});
