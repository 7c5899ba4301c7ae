/** Gives texts to versions that shadow an alias: one at a time, behind the answers that clients wait for. */
import { setImmediate } from 'node:timers/promises';
import type { Prediction, Serving } from './serving.ts';
import { countAnswer, isFaultOfModel, type Trial } from './trial.ts';

interface ShadowedText {
  readonly trial: Trial;
  readonly text: string;
  /** What the stable version has answered. */
  readonly answer: Prediction;
}

/** Texts that may wait; more are passed over. */
const mostWaiting = 256;
/** A text that gets no worker for so long stands in the way of clients' texts. */
const patienceMs = 100;

export class Shadows {
  readonly #serving: Pick<Serving, 'classify'>;
  readonly #waiting: ShadowedText[] = [];
  #working = false;

  constructor(serving: Pick<Serving, 'classify'>) {
    this.#serving = serving;
  }

  add(text: ShadowedText): void {
    if (this.#waiting.length >= mostWaiting) text.trial.statistics.skipped++;
    else this.#waiting.push(text);
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      // In a later turn of the event loop: the answer to the client goes out in this one.
      await setImmediate();
      await this.#ask(next);
    }
    this.#working = false;
  }

  async #ask({ trial, text, answer }: ShadowedText): Promise<void> {
    const { statistics, candidate } = trial;
    try {
      const shadow = await this.#serving.classify(candidate, text, { deadlineMs: patienceMs });
      countAnswer(statistics.candidate, shadow);
      if (shadow.label === answer.label) statistics.agreed++;
      statistics.differenceSum += Math.abs(shadow.probabilities.positive - answer.probabilities.positive);
    } catch (error) {
      if (isFaultOfModel(error)) statistics.candidate.failed++;
      else statistics.skipped++;
    }
  }
}
