/** How runs are called and how their states look, in the list and on their own page. */
import { Badge } from '@mantine/core';
import type { RunKind, RunState } from '../api/operations.ts';
import { words } from './format.ts';

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

export const runStates: readonly RunState[] = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'];

export const isOver = (state: RunState): boolean => state !== 'QUEUED' && state !== 'RUNNING';

/** @returns what the run is named after: what it publishes, or else what it measures */
export function runName({
  id,
  configuration,
}: {
  id: string;
  configuration: Record<string, unknown>;
}): string {
  const { name, models, model, dataset } = configuration;
  if (typeof name === 'string') return name;
  if (Array.isArray(models)) {
    const [first, ...others] = models.map(String);
    if (first !== undefined) return others.length > 0 ? `${first} and ${others.length} more` : first;
  }
  if (typeof model === 'string') return model;
  return typeof dataset === 'string' ? dataset : id.slice(0, 8);
}

/** @returns seconds that were worked on it, so far; null before work began */
export function runSeconds(run: { startedAt: string | null; endedAt: string | null }): number | null {
  if (run.startedAt === null) return null;
  const end = run.endedAt === null ? Date.now() : Date.parse(run.endedAt);
  return Math.max(0, (end - Date.parse(run.startedAt)) / 1000);
}

const stateColours: Record<RunState, string> = {
  QUEUED: 'gray',
  RUNNING: 'blue',
  SUCCEEDED: 'teal',
  FAILED: 'red',
  CANCELLED: 'yellow',
};

/** The colour is a dot beside the word: the word keeps the page's contrast. */
export function StateBadge({ state }: { state: RunState }) {
  return (
    <Badge variant="dot" color={stateColours[state]}>
      {words(state)}
    </Badge>
  );
}
