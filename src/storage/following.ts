/** Followers: generators that wait for news which comes by notification, and end at once when nobody reads on. */

/** Notifications wake a follower; this is for a connection that died without telling. */
const rereadMs = 15_000;

/** Remembers a wake that comes before the wait, so that none is lost between reading and waiting. */
export class WakeUp {
  readonly wake = () => {
    this.#woken = true;
    this.#resolve?.();
  };
  readonly #stop: AbortSignal;
  #woken = false;
  #resolve: (() => void) | null = null;

  constructor(stop: AbortSignal) {
    this.#stop = stop;
    stop.addEventListener('abort', this.wake);
  }

  async wait(): Promise<void> {
    if (!this.#woken && !this.#stop.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, rereadMs);
        this.#resolve = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#resolve = null;
    this.#woken = false;
  }

  close(): void {
    this.#stop.removeEventListener('abort', this.wake);
  }
}

/**
 * A generator that ends when `signal` aborts or its consumer returns, also while it waits.
 * @param start is given the signal that it must heed
 */
export function following<T>(
  start: (stop: AbortSignal) => AsyncGenerator<T>,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  const returned = new AbortController();
  const events = start(signal ? AbortSignal.any([signal, returned.signal]) : returned.signal);
  // A generator that waits would see its own return() only after the next event.
  const end = events.return.bind(events);
  events.return = (value) => {
    returned.abort();
    return end(value);
  };
  return events;
}
