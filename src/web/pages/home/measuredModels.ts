/** Models as points of the chart: those whose accuracy and latency are known, on one dataset. */
import type { HomeModelFragment } from '../../api/operations.ts';
import type { Measured } from './paretoFront.ts';

export interface MeasuredModel extends Measured {
  readonly model: HomeModelFragment;
  /** What the accuracy was measured on. */
  readonly part: 'test' | 'validation';
}

export function measuredModels(models: readonly HomeModelFragment[], dataset: string): MeasuredModel[] {
  return models.flatMap((model) => {
    const { test, validation } = model.metrics;
    const metrics = test ?? validation;
    const latency = model.latency?.p50Ms;
    if (model.dataset?.name !== dataset || !metrics || !latency) return [];
    return { model, latency, accuracy: metrics.accuracy, part: test ? 'test' : 'validation' } as const;
  });
}

/** @returns datasets that models were measured on, the one with most models first */
export function datasetsOf(models: readonly HomeModelFragment[]): string[] {
  const counts = new Map<string, number>();
  for (const { dataset } of models)
    if (dataset) counts.set(dataset.name, (counts.get(dataset.name) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
}
