/** How often a run tells of data on their way. */
import { describe, expect, it } from '@jest/globals';
import type { Progress } from '../../src/progress/progress.ts';
import { loadingReport } from '../../src/training/loadingReport.ts';

function listener() {
  const told: Progress[] = [];
  let now = 1_000;
  const tell = loadingReport(
    (progress) => told.push(progress),
    () => now,
  );
  return { told, tell, wait: (ms: number) => (now += ms), steps: () => told.map(({ step }) => step) };
}

describe('a download of thousands of chunks', () => {
  it('is told twice a second, with the first chunk and the last', () => {
    const { tell, told, wait, steps } = listener();
    for (let done = 0; done <= 5_000; done++) {
      tell('Downloading', done, 5_000);
      if (done < 5_000) wait(1);
    }
    expect(steps().slice(0, 2)).toEqual([0, 1]);
    expect(steps().at(-1)).toBe(5_000);
    expect(told.length).toBeLessThanOrEqual(12);
    expect(told[1]).toMatchObject({ phase: 'loading-data', message: 'Downloading', total: 5_000 });
  });

  it('is told of an end, once for each file', () => {
    const { tell, steps } = listener();
    for (const done of [0, 5, 10, 10]) tell('Downloading', done, 10);
    for (const done of [2, 4, 8, 10]) tell('Reading', done, 10);
    expect(steps()).toEqual([0, 5, 10, 10]);
  });

  it('of unknown length is told as time goes by', () => {
    const { tell, wait, steps } = listener();
    for (const done of [0, 1, 2, 3, 4, 5]) {
      tell('Downloading', done, null);
      wait(300);
    }
    expect(steps()).toEqual([0, 1, 3, 5]);
  });
});
