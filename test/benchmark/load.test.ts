/** The load generators, against servers whose speed is known: what is counted, and from when. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { closedLoop, openLoop } from '../../src/benchmark/load.ts';

const never = () => new Promise<void>(() => undefined);

describe('openLoop', () => {
  it('sends every query once, in order, at the times that the seed says', async () => {
    const arrivals = async (seed: number) => {
      const sent: number[] = [];
      const send = async (query: number) => void sent.push(query);
      const { queries, answered, failed, seconds } = await openLoop({
        ...{ send, ratePerSecond: 2_000, queries: 1_000, seed },
      });
      expect([queries, answered, failed]).toEqual([1_000, 1_000, 0]);
      expect(sent).toEqual(Array.from({ length: 1_000 }, (_, query) => query));
      return seconds;
    };
    // The sum of 1,000 exponential gaps of half a millisecond: 0.5 s, with a standard deviation of 16 ms
    for (const seed of [1, 2]) expect(await arrivals(seed)).toBeGreaterThan(0.4);
  });

  it('counts from the scheduled arrival: a stall is felt by all that come during it', async () => {
    let stalled = false;
    const { latency } = await openLoop({
      // The event loop stands still once, so that nothing is sent either
      send: async () => {
        if (stalled) return;
        stalled = true;
        for (const end = performance.now() + 300; performance.now() < end;);
      },
      ratePerSecond: 1_000,
      queries: 400,
      seed: 1,
    });
    // About 300 of them had to wait, for 150 ms on average; measured from their sending all but one took no time
    expect(latency.summary(1).p50Ms).toBeGreaterThan(50);
  });

  it('does not wait for answers, and counts what is too much under way as failed', async () => {
    let underWay = 0;
    let most = 0;
    const { queries, answered, failed } = await openLoop({
      send: async () => {
        most = Math.max(most, ++underWay);
        await delay(400);
        underWay -= 1;
      },
      ratePerSecond: 1_000,
      queries: 150,
      seed: 3,
      mostOutstanding: 100,
    });
    expect(most).toBe(100);
    expect([queries, answered, failed]).toEqual([150, 100, 50]);
  });

  it('tells failures and answers apart', async () => {
    const answers: number[] = [];
    const result = await openLoop({
      send: async (query) => {
        if (query % 3 === 0) throw new Error('too busy');
      },
      onAnswered: (answered) => answers.push(answered),
      ratePerSecond: 5_000,
      queries: 90,
      seed: 1,
    });
    expect(result).toMatchObject({ queries: 90, answered: 60, failed: 30, gaveUp: false });
    expect(result.latency.summary().samples).toBe(60);
    expect(answers).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  });

  it.each([
    ['as slow', () => delay(50), 30],
    ['without an answer', () => Promise.reject(new Error('too busy')), 1_000],
  ])('gives up as soon as more queries are %s than are allowed', async (_how, send, latencyMs) => {
    const { queries, gaveUp } = await openLoop({
      ...{ send, ratePerSecond: 500, queries: 100_000, seed: 1, allowance: { latencyMs, queries: 10 } },
    });
    expect(gaveUp).toBe(true);
    expect(queries).toBeGreaterThan(10);
    expect(queries).toBeLessThan(10_000);
  });

  it('ends after so many seconds', async () => {
    const { queries, seconds } = await openLoop({
      ...{ send: async () => undefined, ratePerSecond: 1_000, seconds: 0.2, seed: 1 },
    });
    // 200 on average, with a standard deviation of 14
    expect(queries).toBeGreaterThan(100);
    expect(queries).toBeLessThan(300);
    expect(seconds).toBeGreaterThan(0.1);
  });

  it('ends at once when it is aborted, without its answers', async () => {
    const abort = new AbortController();
    let sent = 0;
    const load = openLoop({
      send: () => {
        if (++sent === 5) abort.abort();
        return never();
      },
      signal: abort.signal,
      ...{ ratePerSecond: 1_000, queries: 100_000, seed: 1 },
    });
    await expect(load).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(sent).toBeLessThan(1_000);
  });

  it('refuses to go on for ever', async () => {
    const load = openLoop({ send: never, ratePerSecond: 1, seed: 1 });
    await expect(load).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('closedLoop', () => {
  it('keeps so many queries under way, no more and no fewer, and sends each once', async () => {
    let underWay = 0;
    const seen = new Set<number>();
    const counts = new Set<number>();
    const { queries, answered, latency } = await closedLoop({
      send: async (query) => {
        seen.add(query);
        counts.add(++underWay);
        await delay(1);
        underWay -= 1;
      },
      concurrency: 4,
      queries: 200,
    });
    expect([queries, answered, latency.summary().samples, seen.size]).toEqual([200, 200, 200, 200]);
    expect([...counts].sort()).toEqual([1, 2, 3, 4]);
  });

  it('goes on after a failure, and leaves the event loop its turns', async () => {
    const load = closedLoop({
      send: () => Promise.reject(new Error('too busy')),
      concurrency: 2,
      seconds: 0.1,
    });
    await expect(Promise.race([load, delay(60_000, 'stuck')])).resolves.toMatchObject({
      answered: 0,
      answeredPerSecond: 0,
    });
    const { queries, failed } = await load;
    expect(failed).toBe(queries);
    expect(queries).toBeGreaterThan(2);
  });

  it('ends at once when it is aborted', async () => {
    const abort = new AbortController();
    const load = closedLoop({ send: never, concurrency: 3, queries: 10, signal: abort.signal });
    setImmediate(() => abort.abort());
    await expect(load).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
