/** Tells of data and checkpoints on their way: twice a second at most, since every event is a stored row. */
import { performance } from 'node:perf_hooks';
import type { DataProgress } from '../data/dataset.ts';
import { progressOf, type Report } from '../progress/progress.ts';

const millisecondsBetweenEvents = 500;

/**
 * For callers that are told of every chunk. The first chunk that brings something and the last one always go through:
 * the one says that the source answers, the other that all is there.
 *
 * @param now milliseconds of a clock that only goes forward
 */
export function loadingReport(report: Report, now: () => number = () => performance.now()): DataProgress {
  let next = -Infinity;
  let begun = false;
  let complete = false;
  return (message, done, total) => {
    const first = !begun && done > 0;
    const last = !complete && done === total;
    complete = done === total;
    begun ||= first;
    if (!first && !last && now() < next) return;
    next = now() + millisecondsBetweenEvents;
    report(progressOf('loading-data', { message, step: done, total }));
  };
}
