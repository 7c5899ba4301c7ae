/** How the start page names runs. */
import type { RunKind } from '../../api/operations.ts';

export const kindNames: Record<RunKind, string> = {
  BASELINE: 'Baseline',
  BENCHMARK: 'Benchmark',
  DISTILLATION: 'Distillation',
  IMPORT: 'Import',
  QUANTIZATION: 'Quantisation',
  STUDENT: 'Student from scratch',
  SURVEY: 'Survey report',
  TEACHER: 'Teacher',
};

/** What the run publishes, or else what it works on. */
export function runName(run: { id: string; configuration: Record<string, unknown> }): string {
  const { name, models, model, dataset } = run.configuration;
  if (typeof name === 'string') return name;
  if (Array.isArray(models) && models.length > 0) {
    const [first, ...others] = models.map(String);
    return others.length > 0 ? `${first} and ${others.length} more` : first!;
  }
  if (typeof model === 'string') return model;
  return typeof dataset === 'string' ? dataset : run.id.slice(0, 8);
}
