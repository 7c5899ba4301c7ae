/** Percentiles of latencies. */
import { describe, expect, it } from '@jest/globals';
import { LatencyRecorder } from '../../src/evaluation/latency.ts';

/** The histogram keeps three significant digits. */
const precision = 0.001;

function expectNear(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(expected * precision + 0.001);
}

describe('LatencyRecorder', () => {
  it('gives the percentiles and the mean of known latencies', () => {
    const recorder = new LatencyRecorder();
    for (let milliseconds = 1000; milliseconds >= 1; milliseconds--) recorder.record(milliseconds);
    const { samples, p50Ms, p95Ms, p99Ms, meanMs } = recorder.summary();
    expect(samples).toBe(1000);
    expectNear(p50Ms, 500);
    expectNear(p95Ms, 950);
    expectNear(p99Ms, 990);
    expect(meanMs).toBeCloseTo(500.5, 9);
  });

  it('resolves microseconds', () => {
    const recorder = new LatencyRecorder();
    for (let i = 0; i < 10; i++) recorder.record(0.123);
    expect(recorder.summary()).toMatchObject({ p50Ms: 0.123, p99Ms: 0.123 });
  });

  it('keeps a latency of minutes beside one of microseconds', () => {
    const recorder = new LatencyRecorder();
    for (let i = 0; i < 98; i++) recorder.record(0.05);
    recorder.record(300_000);
    recorder.record(300_000);
    const { p50Ms, p99Ms } = recorder.summary();
    expect(p50Ms).toBe(0.05);
    expectNear(p99Ms, 300_000);
  });

  it('is all zeros before anything is recorded', () => {
    expect(new LatencyRecorder().summary()).toEqual({ samples: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, meanMs: 0 });
  });
});
