/** Turns the reviews that a phase has done into progress events, a few each second at most, with rate and time left. */
import { performance } from 'node:perf_hooks';
import { progressOf } from './progress.ts';
import type { Phase, Progress, Report } from './progress.ts';

/** Events are stored rows, so a phase tells only so many a second. */
const millisecondsBetweenEvents = 500;
/** The rate is measured over the last events, so that it follows a machine whose speed changes. */
const eventsInRate = 20;

export class PhaseReporter {
  readonly #report: Report;
  readonly #phase: Phase;
  readonly #total: number;
  readonly #marks: { at: number; done: number }[] = [];
  #before = 0;
  #done = 0;
  #message: string | null = null;

  /** @param done reviews of the phase that an earlier process has done; they say nothing about this one's rate */
  constructor(report: Report, phase: Phase, totalReviews: number, done = 0) {
    this.#report = report;
    this.#phase = phase;
    this.#total = totalReviews;
    this.#done = done;
    this.#marks.push({ at: performance.now(), done });
  }

  /** A part of the phase starts, such as one of several models; `message` says which. */
  begin(message: string): void {
    this.#before = this.#done;
    this.#message = message;
    this.#tell({});
  }

  /**
   * @param done reviews of the present part, or of the phase where it has no parts
   * @param figures what else to tell; by default the step is the reviews done
   * @returns whether an event was due
   */
  advance(done: number, figures: () => Partial<Progress> = () => ({})): boolean {
    this.#done = this.#before + done;
    const due = performance.now() - this.#marks[this.#marks.length - 1]!.at >= millisecondsBetweenEvents;
    if (due || this.#done === this.#total) this.#tell(figures());
    return due;
  }

  #tell(figures: Partial<Progress>): void {
    const at = performance.now();
    this.#marks.push({ at, done: this.#done });
    if (this.#marks.length > eventsInRate) this.#marks.shift();
    const since = this.#marks[0]!;
    const perSecond = (1000 * (this.#done - since.done)) / Math.max(1, at - since.at);
    this.#report(
      progressOf(this.#phase, {
        step: this.#done,
        total: this.#total,
        reviewsPerSecond: perSecond > 0 ? perSecond : null,
        secondsLeft: perSecond > 0 ? (this.#total - this.#done) / perSecond : null,
        message: this.#message,
        ...figures,
      }),
    );
  }
}
