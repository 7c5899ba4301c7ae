/** Stores a run's news one after another, in the order in which they came, and waits where the database is away. */
import { DistilleryError } from '../errors.ts';
import { overOutages, type Patience } from '../storage/outage.ts';

/** News that wait for the database; the events of a run are a few a second at most. */
const mostWaiting = 50_000;

export class OrderedWrites {
  readonly #patience: Patience;
  readonly #onFailure: (error: unknown) => void;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  #failed = false;

  /** @param onFailure told once: nothing is written after a write that failed */
  constructor(patience: Patience, onFailure: (error: unknown) => void) {
    this.#patience = patience;
    this.#onFailure = onFailure;
  }

  /** @param write may be done more than once, where its first outcome is unknown */
  add(write: () => Promise<unknown>): void {
    if (this.#failed) return;
    if (this.#waiting >= mostWaiting) return this.#fail(tooMany());
    this.#waiting++;
    this.#tail = this.#tail.then(async () => {
      try {
        if (!this.#failed) await overOutages(write, this.#patience);
      } catch (error) {
        this.#fail(error);
      } finally {
        this.#waiting--;
      }
    });
  }

  written(): Promise<void> {
    return this.#tail;
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#onFailure(error);
  }
}

function tooMany(): DistilleryError {
  return new DistilleryError(
    'UNAVAILABLE',
    `More than ${mostWaiting} news of the run wait for the database.`,
    { limit: mostWaiting },
  );
}
