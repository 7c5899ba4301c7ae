/** Which texts go into a batch together, when, and which are dropped. */
import { describe, expect, it } from '@jest/globals';
import type { ModelCard } from '../../src/models/card.ts';
import { ModelQueue } from '../../src/serving/modelQueue.ts';
import type { BatchLimits, PendingText, Waiter } from '../../src/serving/modelQueue.ts';

const card = { name: 'small', version: 1, maxTokens: 256 } as ModelCard;

function waiter(askedAt: number, facts: Partial<Waiter> = {}): Waiter {
  return {
    askedAt,
    deadlineAt: Infinity,
    signal: undefined,
    resolve: () => undefined,
    reject: () => undefined,
    ...facts,
  };
}

/** Texts of these lengths, asked one millisecond after the other from 100 on. No two texts are alike. */
function queueOf(lengths: number[], limits: Partial<BatchLimits> = {}): ModelQueue {
  const queue = new ModelQueue({ folder: 'model', card }, { maxBatch: 4, maxBatchWaitMs: 5, ...limits });
  for (const [index, length] of lengths.entries()) queue.add(textOf(length, index), waiter(100 + index));
  return queue;
}

const textOf = (length: number, index: number) => `${index} `.padEnd(length, 'a');
const lengthsOf = (batch: PendingText[]) => batch.map(({ text }) => text.length);

/** Tells the queue how long texts of its model take. */
function learn(queue: ModelQueue, msPerThousandCharacters: number): void {
  const text: PendingText = { text: '', characters: 1000, waiters: [] };
  queue.learn([text], msPerThousandCharacters);
}

describe('ModelQueue.take', () => {
  it('takes everything where it fits, shortest first', () => {
    const queue = queueOf([50, 10, 30]);
    expect(lengthsOf(queue.take(1))).toEqual([10, 30, 50]);
    expect(queue.size).toBe(0);
  });

  it('takes the oldest and its neighbours in length', () => {
    const queue = queueOf([50, 10, 51, 12, 49, 13, 500], { maxBatch: 3 });
    expect(lengthsOf(queue.take(1))).toEqual([49, 50, 51]);
    expect(lengthsOf(queue.take(1))).toEqual([10, 12, 13]);
    expect(lengthsOf(queue.take(1))).toEqual([500]);
  });

  it('takes the oldest even where its length stands alone', () => {
    const queue = queueOf([900, 10, 20, 30, 40, 50], { maxBatch: 2 });
    expect(lengthsOf(queue.take(1))).toEqual([50, 900]);
    expect(lengthsOf(queue.take(1))).toContain(10);
  });

  it('takes each text once', () => {
    const queue = queueOf(Array.from({ length: 100 }, (_, index) => 5 + ((index * 37) % 11)));
    const taken: PendingText[] = [];
    while (queue.size > 0) taken.push(...queue.take(1));
    expect(new Set(taken).size).toBe(100);
    expect(taken).toHaveLength(100);
  });

  it('takes only as many as are done within 20 ms', () => {
    const queue = queueOf([480, 480, 480, 480, 480, 480], { maxBatch: 32 });
    // 500 characters count for each: 5 ms.
    learn(queue, 10);
    expect(queue.take(1)).toHaveLength(4);
    learn(queue, 10_000);
    expect(queue.take(1)).toHaveLength(1);
  });

  it('leaves half to another free worker where that is worth it', () => {
    const eight = () => queueOf(Array<number>(8).fill(480), { maxBatch: 32 });
    const slow = eight();
    learn(slow, 2);
    expect(slow.take(2)).toHaveLength(4);
    const fast = eight();
    learn(fast, 0.01);
    expect(fast.take(2)).toHaveLength(8);
  });
});

describe('ModelQueue.readyAt', () => {
  it('is at once where nothing of the model runs', () => {
    expect(queueOf([1]).readyAt()).toBe(-Infinity);
  });

  it('is when the oldest has waited long enough where a batch runs', () => {
    const queue = queueOf([1, 2]);
    queue.runningBatches = 1;
    expect(queue.readyAt()).toBe(105);
  });

  it('is at once where a batch is full', () => {
    const queue = queueOf([10, 20, 30], { maxBatch: 3 });
    queue.runningBatches = 1;
    expect(queue.readyAt()).toBe(-Infinity);
  });

  it('is never where nothing waits', () => {
    expect(queueOf([]).readyAt()).toBe(Infinity);
  });
});

describe('a text that is asked for twice', () => {
  it('is in one batch once, for both who wait', () => {
    const queue = queueOf([]);
    queue.add('good', waiter(1));
    queue.add('good', waiter(2));
    expect(queue.size).toBe(1);
    const [pending] = queue.take(1);
    // Also while it runs.
    queue.add('good', waiter(3));
    expect(queue.size).toBe(0);
    expect(pending?.waiters.map(({ askedAt }) => askedAt)).toEqual([1, 2, 3]);
  });

  it('is computed anew after it was answered', () => {
    const queue = queueOf([]);
    queue.add('good', waiter(1));
    const [pending] = queue.take(1);
    queue.settle(pending!);
    queue.add('good', waiter(2));
    expect(queue.size).toBe(1);
  });
});

describe('ModelQueue.drop', () => {
  it('tells those whose deadline has passed, and forgets those who are gone', () => {
    const queue = queueOf([]);
    const rejected: unknown[] = [];
    const reject = (error: unknown) => rejected.push(error);
    queue.add('late', waiter(100, { deadlineAt: 150, reject }));
    queue.add('gone', waiter(100, { signal: AbortSignal.abort(), reject }));
    queue.add('patient', waiter(100, { deadlineAt: 500, reject }));
    expect(queue.drop(200)).toEqual({ expired: 1, abandoned: 1 });
    expect(rejected).toMatchObject([
      { code: 'DEADLINE_EXCEEDED', facts: { deadlineMs: 50 } },
      { code: 'CANCELLED' },
    ]);
    expect(queue.take(1).map(({ text }) => text)).toEqual(['patient']);
  });

  it('keeps a text for which somebody else still waits', () => {
    const queue = queueOf([]);
    queue.add('good', waiter(100, { deadlineAt: 150 }));
    queue.add('good', waiter(101));
    expect(queue.drop(200)).toEqual({ expired: 1, abandoned: 0 });
    expect(queue.take(1)[0]?.waiters.map(({ askedAt }) => askedAt)).toEqual([101]);
  });

  it('frees the place of what it drops', () => {
    const queue = queueOf([]);
    learn(queue, 10);
    queue.add('late', waiter(100, { deadlineAt: 150 }));
    expect(queue.waitingMs).toBeGreaterThan(0);
    queue.drop(200);
    expect(queue.size).toBe(0);
    expect(queue.waitingMs).toBe(0);
    expect(queue.has('late')).toBe(false);
  });
});
