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
  latency: Record<'p50Ms' | 'p90Ms' | 'p95Ms' | 'p99Ms', number | null> | null;
  reviewsPerSecond: number;
  highestRate: { ratePerSecond: number; latencyBoundMs: number; percentile: number } | null;
  accuracyOfReference: number | null;
  valid: boolean;
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

/** Without colours and lines between rows. */
export const plainTable = { style: { head: [], border: [], compact: true } };
export const whole = (value: number): string => Math.round(value).toLocaleString('en');

interface ReportColumn {
  readonly head: string;
  /** null where there is nothing to tell. */
  readonly cell: (entry: ReportEntry) => string | null;
  readonly left?: boolean;
}

const milliseconds = (percentile: 'p50Ms' | 'p90Ms' | 'p95Ms' | 'p99Ms'): ReportColumn => ({
  head: percentile.replace('Ms', ' ms'),
  cell: ({ latency }) => latency?.[percentile]?.toFixed(2) ?? null,
});

const reportColumns: readonly ReportColumn[] = [
  { head: 'model', cell: ({ model, version }) => `${model}@${version}`, left: true },
  { head: 'method', cell: ({ method }) => method.toLowerCase(), left: true },
  { head: 'accuracy', cell: ({ metrics }) => metrics.accuracy.toFixed(4) },
  { head: 'of its\nreference', cell: ofReference },
  { head: 'F1', cell: ({ metrics }) => metrics.f1.toFixed(4) },
  { head: 'calibration\nerror', cell: ({ metrics }) => metrics.calibrationError.toFixed(4) },
  milliseconds('p50Ms'),
  milliseconds('p90Ms'),
  milliseconds('p95Ms'),
  milliseconds('p99Ms'),
  { head: 'reviews/s', cell: ({ reviewsPerSecond }) => whole(reviewsPerSecond) },
  { head: 'within bound', cell: withinBound },
  { head: 'parameters', cell: ({ parameters }) => whole(parameters) },
  { head: 'file MB', cell: ({ fileBytes }) => (fileBytes / 1e6).toFixed(2) },
];

function ofReference({ accuracyOfReference, valid }: ReportEntry): string | null {
  if (accuracyOfReference === null) return null;
  return `${(100 * accuracyOfReference).toFixed(1)} %${valid ? '' : ', invalid'}`;
}

function withinBound({ highestRate }: ReportEntry): string | null {
  if (highestRate === null) return null;
  const { ratePerSecond, percentile, latencyBoundMs } = highestRate;
  return `${whole(ratePerSecond)}/s (p${percentile} ≤ ${latencyBoundMs} ms)`;
}

/** Columns that no entry has anything for are left out, such as percentiles that need more samples. */
export function reportTable(entries: readonly ReportEntry[]): string {
  const columns = reportColumns.filter(({ cell }) => entries.some((entry) => cell(entry) !== null));
  const table = new Table({
    ...plainTable,
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ left }) => (left ? 'left' : 'right')),
  });
  for (const entry of entries) table.push(columns.map(({ cell }) => cell(entry) ?? '–'));
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
    ...plainTable,
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
