/** The picture of latency over throughput. */
import { describe, expect, it } from '@jest/globals';
import { curveChart } from '../../src/benchmark/curveChart.ts';
import { exampleReport, pointAt } from './exampleReport.ts';

const textsOf = (svg: string | null) =>
  [...(svg ?? '').matchAll(/<text[^>]*>([^<]*)</g)].map(([, text = '']) => text);

describe('curveChart', () => {
  it('names models, loads, axes with their units, and the machine', () => {
    expect(textsOf(curveChart(exampleReport))).toEqual(
      expect.arrayContaining([
        'fast@1, arrivals at random',
        'fast@1, clients that wait',
        'slow@1, arrivals at random',
        'answers a second (log scale)',
        'p99, ms (log scale)',
        expect.stringContaining('A machine; 2 workers of 1 thread.'),
      ]),
    );
  });

  it('draws the bound and the highest rate where they are known', () => {
    const [fast, slow] = exampleReport.entries;
    const without = {
      ...exampleReport,
      latencyBoundMs: null,
      entries: [{ ...fast!, highestRate: null }, slow!],
    };
    const paths = (svg: string | null) => svg?.match(/<path/g)?.length ?? 0;
    expect(textsOf(curveChart(without)).join()).not.toContain('Stars');
    expect(paths(curveChart(exampleReport))).toBeGreaterThan(paths(curveChart(without)));
  });

  it('is null without a point that has latencies enough', () => {
    const [fast] = exampleReport.entries;
    const curve = [pointAt({ ratePerSecond: 1 }, 1, null)];
    expect(
      curveChart({
        ...exampleReport,
        entries: [
          { ...fast!, curve: [] },
          { ...fast!, curve },
        ],
      }),
    ).toBeNull();
  });

  it('is the same file each time', () => {
    expect(curveChart(exampleReport)).toBe(curveChart(exampleReport));
  });
});
