/** What is printed of a comparison. */
import { describe, expect, it } from '@jest/globals';
import { comparisonTable, differenceLines, reportTable } from '../../src/cli/tables.ts';

const rows = (table: string) =>
  table
    .split('\n')
    .filter((line) => line.includes('│'))
    .map((line) =>
      line
        .split('│')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

describe('the table of a benchmark', () => {
  it('has a line for each model, with units that a person reads', () => {
    const [, , line] = rows(
      reportTable([
        {
          model: 'small',
          version: 3,
          architecture: 'gru-32',
          method: 'DISTILLED',
          parameters: 1_234_567,
          fileBytes: 4_938_268,
          metrics: { accuracy: 0.87654, f1: 0.5, calibrationError: 0.01 },
          latency: { p50Ms: 0.256, p90Ms: 1, p95Ms: null, p99Ms: null },
          reviewsPerSecond: 1234.5,
          highestRate: null,
          accuracyOfReference: null,
          valid: true,
        },
      ]),
    );
    expect(line).toEqual(
      ['small@3', 'distilled', '0.8765', '0.5000', '0.0100'].concat([
        '0.26',
        '1.00',
        '1,235',
        '1,234,567',
        '4.94',
      ]),
    );
  });

  it('has columns for what any of the models has, and marks those that lost too much', () => {
    const entry = {
      ...{ version: 1, architecture: 'gru-32', method: 'DISTILLED', parameters: 1_000, fileBytes: 4_000_000 },
      metrics: { accuracy: 0.8, f1: 0.8, calibrationError: 0.01 },
      reviewsPerSecond: 1_000,
    };
    const latency = { p50Ms: 1, p90Ms: 2, p95Ms: 3, p99Ms: 4 };
    const table = reportTable([
      {
        ...{ ...entry, model: 'full', accuracyOfReference: null, valid: true, latency },
        highestRate: { ratePerSecond: 1_234.5, percentile: 99, latencyBoundMs: 50 },
      },
      {
        ...{ ...entry, model: 'small', accuracyOfReference: 0.9871, valid: false, latency: null },
        highestRate: null,
      },
    ]);
    const [full, small] = rows(table).slice(-2);
    expect(full?.slice(3, 4)).toEqual(['–']);
    expect(full?.slice(6, 12)).toEqual(['1.00', '2.00', '3.00', '4.00', '1,000', '1,235/s (p99 ≤ 50 ms)']);
    expect(small?.slice(3, 4)).toEqual(['98.7 %, invalid']);
    expect(small?.slice(6, 12)).toEqual(['–', '–', '–', '–', '1,000', '–']);
  });
});

describe('the table of one review', () => {
  it('has the answer of each model', () => {
    const [, line] = rows(
      comparisonTable([
        {
          model: { reference: 'small@1', architecture: 'gru-32' },
          classification: { label: 'NEGATIVE', probabilities: { positive: 0.12345 }, latencyMs: 0.5 },
        },
      ]),
    );
    expect(line).toEqual(['small@1', 'gru-32', 'negative', '0.123', '0.50']);
  });
});

describe('the lines of differences', () => {
  it('tell points with their sign', () => {
    const line = { model: 'b@1', other: 'a@1', difference: 0.0123, low: -0.001, high: 0.0256 };
    expect(differenceLines([line])).toBe('b@1 against a@1: +1.2 points (95 % interval −0.1 to +2.6)');
  });
});
