/** What a process does again and again beside its work, each time after the time before has ended. */
import type { Logger } from '../log.ts';

export class Upkeep {
  readonly #logger: Logger;
  readonly #stops: (() => Promise<void>)[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** What fails is logged, and tried again the next time. Timers go by a clock that nobody sets. */
  every(milliseconds: number, task: () => Promise<void>, { atOnce = false } = {}): void {
    let pending: Promise<void> | null = null;
    const go = () => {
      pending ??= task()
        .catch((error: unknown) => this.#logger.error({ err: error }, 'the upkeep of this process failed'))
        .finally(() => (pending = null));
    };
    const timer = setInterval(go, milliseconds);
    timer.unref();
    if (atOnce) go();
    this.#stops.push(async () => {
      clearInterval(timer);
      await pending;
    });
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()));
  }
}
