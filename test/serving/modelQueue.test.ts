/** Which requests go into a batch together, and when. */
import { describe, expect, it } from '@jest/globals';
import type { ModelCard } from '../../src/models/card.ts';
import { ModelQueue } from '../../src/serving/modelQueue.ts';
import type { Request } from '../../src/serving/modelQueue.ts';

const request = (length: number, askedAt: number): Request => ({
  text: 'a'.repeat(length),
  askedAt,
  resolve: () => undefined,
  reject: () => undefined,
});

/** Requests of these text lengths, asked one millisecond after the other from 100 on. */
function queueOf(...lengths: number[]): ModelQueue {
  const queue = new ModelQueue({ folder: 'model', card: {} as ModelCard });
  queue.push(lengths.map((length, index) => request(length, 100 + index)));
  return queue;
}

const lengthsOf = (batch: Request[]) => batch.map(({ text }) => text.length);

describe('ModelQueue.take', () => {
  it('takes everything where it fits, shortest first', () => {
    const queue = queueOf(5, 1, 3);
    expect(lengthsOf(queue.take(4))).toEqual([1, 3, 5]);
    expect(queue.size).toBe(0);
  });

  it('takes the oldest and its neighbours in length', () => {
    const queue = queueOf(50, 1, 51, 2, 49, 3, 500);
    expect(lengthsOf(queue.take(3))).toEqual([49, 50, 51]);
    expect(lengthsOf(queue.take(3))).toEqual([1, 2, 3]);
    expect(lengthsOf(queue.take(3))).toEqual([500]);
  });

  it('takes the oldest even where its length stands alone', () => {
    const queue = queueOf(900, 1, 2, 3, 4, 5);
    expect(lengthsOf(queue.take(2))).toEqual([5, 900]);
    expect(lengthsOf(queue.take(2))).toContain(1);
  });

  it('takes each request once', () => {
    const queue = queueOf(...Array.from({ length: 100 }, (_, index) => (index * 37) % 11));
    const taken: Request[] = [];
    while (queue.size > 0) taken.push(...queue.take(8));
    expect(new Set(taken).size).toBe(100);
    expect(taken).toHaveLength(100);
  });

  it('keeps the order of those that stay', () => {
    const queue = queueOf(10, 90, 11, 95);
    queue.take(2);
    expect(queue.oldestAskedAt).toBe(101);
  });
});

describe('ModelQueue.readyAt', () => {
  it('is at once where nothing of the model runs', () => {
    expect(queueOf(1).readyAt(8, 5)).toBe(-Infinity);
  });

  it('is when the oldest has waited long enough where a batch runs', () => {
    const queue = queueOf(1, 2);
    queue.running = 1;
    expect(queue.readyAt(8, 5)).toBe(105);
  });

  it('is at once where a batch is full', () => {
    const queue = queueOf(1, 2, 3);
    queue.running = 1;
    expect(queue.readyAt(3, 5)).toBe(-Infinity);
  });

  it('is never where nothing waits', () => {
    expect(queueOf().readyAt(8, 5)).toBe(Infinity);
  });
});
