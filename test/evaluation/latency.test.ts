/** Percentiles of latencies. */
import { describe, expect, it } from '@jest/globals';
import { LatencyRecorder } from '../../src/evaluation/latency.ts';
import { samplesNeeded } from '../../src/evaluation/samples.ts';

/** The histogram keeps three significant digits. */
const precision = 0.001;

function expectNear(actual: number | null, expected: number): void {
  expect(Math.abs((actual ?? NaN) - expected)).toBeLessThanOrEqual(expected * precision + 0.001);
}

describe('LatencyRecorder', () => {
  it('gives the percentiles and the mean of known latencies', () => {
    const recorder = new LatencyRecorder();
    for (let milliseconds = 1000; milliseconds >= 1; milliseconds--) recorder.record(milliseconds);
    const { samples, p50Ms, p95Ms, p99Ms, meanMs } = recorder.summary(1);
    expect(samples).toBe(1000);
    expectNear(p50Ms, 500);
    expectNear(p95Ms, 950);
    expectNear(p99Ms, 990);
    expect(meanMs).toBeCloseTo(500.5, 9);
  });

  it('resolves microseconds', () => {
    const recorder = new LatencyRecorder();
    for (let i = 0; i < 1000; i++) recorder.record(0.123);
    expect(recorder.summary(1)).toMatchObject({ p50Ms: 0.123, p99Ms: 0.123 });
  });

  it('keeps a latency of minutes beside one of microseconds', () => {
    const recorder = new LatencyRecorder();
    for (let i = 0; i < 980; i++) recorder.record(0.05);
    for (let i = 0; i < 20; i++) recorder.record(300_000);
    const { p50Ms, p99Ms } = recorder.summary(1);
    expect(p50Ms).toBe(0.05);
    expectNear(p99Ms, 300_000);
  });

  it('tells a percentile only of samples enough for it', () => {
    const recorder = new LatencyRecorder();
    const told = () => {
      const { p50Ms, p90Ms, p95Ms, p99Ms } = recorder.summary();
      return [p50Ms, p90Ms, p95Ms, p99Ms].filter((milliseconds) => milliseconds !== null).length;
    };
    const counts = Array.from({ length: 10_512 }, () => {
      recorder.record(1);
      return told();
    });
    expect([1, 2, 3, 4].map((percentiles) => 1 + counts.indexOf(percentiles))).toEqual([
      107, 956, 2018, 10_512,
    ]);
  });

  it('knows nothing before anything is recorded', () => {
    expect(new LatencyRecorder().summary()).toEqual({
      samples: 0,
      p50Ms: null,
      p90Ms: null,
      p95Ms: null,
      p99Ms: null,
      meanMs: 0,
    });
  });
});

describe('samplesNeeded', () => {
  it.each([
    [90, 24_576],
    [95, 57_344],
    [99, 270_336],
  ])('asks for what MLPerf does of percentile %i, but for its rounding: %i', (percentile, queries) => {
    expect(8192 * Math.ceil(samplesNeeded(percentile, 1 / 20) / 8192)).toBe(queries);
  });
});
