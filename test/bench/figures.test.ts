/** The picture of accuracy against latency, made from a small invented result. */
import { describe, expect, it } from '@jest/globals';
import { accuracyAgainstLatency } from '../../bench/figures.ts';
import { comparisonResult } from '../../bench/resultSections.ts';

const entry = (model: string, accuracy: number, p50Ms: number) => ({
  model,
  version: 1,
  architecture: 'gru-64',
  method: 'DISTILLED',
  parameters: 1,
  fileBytes: 1,
  metrics: { accuracy, f1: accuracy, calibrationError: 0 },
  latency: { p50Ms, p95Ms: p50Ms },
  reviewsPerSecond: 1,
});
const result = comparisonResult.parse({
  machine: 'A machine',
  threads: 2,
  date: '2026-01-02T03:04:05.000Z',
  dataset: 'imdb',
  split: 'TEST',
  reviews: 24_999,
  entries: [
    entry('imdb-slow', 0.93, 20),
    entry('imdb-beaten', 0.88, 0.4),
    entry('imdb-fast', 0.87, 0.2),
    entry('imdb-good', 0.9, 0.3),
    entry('imdb-slowest', 0.93, 30),
  ],
});

describe('accuracyAgainstLatency', () => {
  it('names every model, the axes with their units, and the machine', () => {
    const svg = accuracyAgainstLatency(result);
    for (const text of [
      '>fast<',
      '>beaten<',
      '>slowest<',
      'median latency, ms',
      'accuracy, %',
      'A machine; 2 threads',
    ])
      expect(svg).toContain(text);
  });

  it('is the same file each time', () => {
    expect(accuracyAgainstLatency(result)).toBe(accuracyAgainstLatency(result));
  });
});
