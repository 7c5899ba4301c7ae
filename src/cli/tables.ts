/** Tables of a comparison: one review by every model, and accuracy beside latency. */
import Table from 'cli-table3';

export interface ReportEntry {
  model: string;
  version: number;
  architecture: string;
  method: string;
  parameters: number;
  fileBytes: number;
  metrics: { accuracy: number; f1: number; calibrationError: number };
  latency: { p50Ms: number; p95Ms: number };
  reviewsPerSecond: number;
}

export interface Difference {
  model: string;
  other: string;
  difference: number;
  low: number;
  high: number;
}

export interface ComparisonRow {
  model: { reference: string; architecture: string };
  classification: {
    label: string;
    probabilities: { positive: number };
    latencyMs: number;
  };
}

const plain = { style: { head: [], border: [], compact: true } };
export const whole = (value: number): string => Math.round(value).toLocaleString('en');

export function reportTable(entries: readonly ReportEntry[]): string {
  const table = new Table({
    ...plain,
    head: [
      'model',
      'method',
      'accuracy',
      'F1',
      'calibration\nerror',
      'p50 ms',
      'p95 ms',
      'reviews/s',
      'parameters',
      'file MB',
    ],
    colAligns: ['left', 'left', ...Array<'right'>(8).fill('right')],
  });
  for (const { metrics, latency, ...entry } of entries) {
    table.push([
      `${entry.model}@${entry.version}`,
      entry.method.toLowerCase(),
      metrics.accuracy.toFixed(4),
      metrics.f1.toFixed(4),
      metrics.calibrationError.toFixed(4),
      latency.p50Ms.toFixed(2),
      latency.p95Ms.toFixed(2),
      whole(entry.reviewsPerSecond),
      whole(entry.parameters),
      (entry.fileBytes / 1e6).toFixed(2),
    ]);
  }
  return table.toString();
}

/** A line for each two models: by how much the accuracy of the one is above that of the other. */
export function differenceLines(comparisons: readonly Difference[]): string {
  const points = (share: number) => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)}`;
  return comparisons
    .map(
      ({ model, other, difference, low, high }) =>
        `${model} against ${other}: ${points(difference)} points (95 % interval ${points(low)} to ${points(high)})`,
    )
    .join('\n');
}

export function comparisonTable(rows: readonly ComparisonRow[]): string {
  const table = new Table({
    ...plain,
    head: ['model', 'network', 'label', 'probability positive', 'ms'],
    colAligns: ['left', 'left', 'left', 'right', 'right'],
  });
  for (const { model, classification } of rows) {
    table.push([
      model.reference,
      model.architecture,
      classification.label.toLowerCase(),
      classification.probabilities.positive.toFixed(3),
      classification.latencyMs.toFixed(2),
    ]);
  }
  return table.toString();
}
