/** Runs as metrics and traces see them: from the start of a run's process to its end. */
import type { RunInChild } from '../training/child.ts';
import type { Metrics, RunOutcome } from './metrics.ts';
import type { Tracing } from './tracing.ts';

/** @returns `runInChild`, with what it does counted and traced */
export function observedRuns(
  runInChild: RunInChild,
  { metrics, tracing }: { metrics: Metrics; tracing: Tracing | null },
): RunInChild {
  return async (job, options) => {
    const { kind } = job.config;
    const trace = tracing?.startRun(job.runId, kind);
    const end = (outcome: RunOutcome) => {
      metrics.runEnded(kind, outcome);
      trace?.end(outcome);
    };
    metrics.runStarted(kind);
    try {
      const outcome = await runInChild(job, {
        ...options,
        onProgress: (progress) => {
          trace?.phase(progress.phase);
          options.onProgress(progress);
        },
      });
      end('succeeded');
      return outcome;
    } catch (error) {
      end(outcomeOf(options.signal));
      throw error;
    }
  };
}

function outcomeOf({ aborted, reason }: AbortSignal): RunOutcome {
  if (!aborted) return 'failed';
  return reason === 'cancel' ? 'cancelled' : 'interrupted';
}
