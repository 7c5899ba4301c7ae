/** Many handlers on one LISTEN: the part of listening that both databases share. */

export type Handler = (payload: string) => void;

export class Channels {
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #listen: (channel: string) => Promise<void>;
  readonly #unlisten: (channel: string) => Promise<void>;
  /** LISTEN and UNLISTEN of a channel must reach the database in the order in which they were asked for. */
  #order: Promise<unknown> = Promise.resolve();

  constructor(listen: (channel: string) => Promise<void>, unlisten: (channel: string) => Promise<void>) {
    this.#listen = listen;
    this.#unlisten = unlisten;
  }

  /** Resolves when the database listens. The answer removes the handler, and with the last one the LISTEN. */
  async add(channel: string, handler: Handler): Promise<() => Promise<void>> {
    const own: Handler = (payload) => handler(payload);
    const handlers = this.#handlers.get(channel) ?? new Set();
    this.#handlers.set(channel, handlers.add(own));
    try {
      await this.#inOrder(() => (handlers.size > 0 ? this.#listen(channel) : undefined));
    } catch (error) {
      handlers.delete(own);
      throw error;
    }
    return async () => {
      if (!handlers.delete(own) || handlers.size > 0) return;
      await this.#inOrder(() => (handlers.size === 0 ? this.#unlisten(channel) : undefined));
    };
  }

  get names(): string[] {
    return [...this.#handlers].filter(([, handlers]) => handlers.size > 0).map(([channel]) => channel);
  }

  deliver(channel: string, payload: string): void {
    for (const handler of [...(this.#handlers.get(channel) ?? [])]) handler(payload);
  }

  /** Tells every handler that notifications may have been missed. */
  deliverMissed(): void {
    for (const channel of this.names) this.deliver(channel, '');
  }

  #inOrder(task: () => Promise<void> | undefined): Promise<void> {
    const result = this.#order.then(task);
    this.#order = result.catch(() => undefined);
    return result;
  }
}
