/** A benchmark's table as comma-separated values, a line a model. */
import { latencyAt, referenceOf, type BenchmarkReport } from './report.ts';

const heads = [
  'model',
  'architecture',
  'method',
  'reviews',
  'accuracy',
  'accuracy_low',
  'accuracy_high',
  'precision',
  'recall',
  'f1',
  'calibration_error',
  'p50_ms',
  'p90_ms',
  'p95_ms',
  'p99_ms',
  'reviews_per_second',
  'file_bytes',
  'parameters',
  'highest_rate_per_second',
  'valid',
] as const;

export function benchmarkCsv({ entries, reviews }: BenchmarkReport): string {
  const lines = entries.map((entry) => [
    referenceOf(entry),
    entry.architecture,
    entry.method.toLowerCase(),
    reviews,
    entry.metrics.accuracy,
    entry.metrics.accuracyInterval?.low,
    entry.metrics.accuracyInterval?.high,
    entry.metrics.precision,
    entry.metrics.recall,
    entry.metrics.f1,
    entry.metrics.calibrationError,
    ...[50, 90, 95, 99].map((percentile) => latencyAt(entry.latency, percentile)),
    entry.reviewsPerSecond,
    entry.fileBytes,
    entry.parameters,
    entry.highestRate?.ratePerSecond,
    entry.valid,
  ]);
  return [heads, ...lines].map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number | boolean | null | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hands a text to the reader as a file. */
export function saveText(text: string, fileName: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(url);
}
