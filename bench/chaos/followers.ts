/** Subscribers: each follows one run through one server with the product's own client, whatever happens in between. */
import { DistilleryClient } from '../../src/client.ts';

export interface SeenEvent {
  readonly sequence: number;
  readonly at: string;
}

export interface Follower {
  readonly runId: string;
  readonly seen: readonly SeenEvent[];
  /** What ended it before its run had ended; null where nothing did. */
  readonly failure: string | null;
}

export class Followers {
  readonly #clients: readonly DistilleryClient[];
  readonly #all: Promise<Follower>[] = [];

  constructor(urls: readonly string[]) {
    // A server that is killed again and again while it starts must not be given up.
    this.#clients = urls.map((url) => new DistilleryClient({ url, reconnects: 1_000, keepAliveMs: 3_000 }));
  }

  /** Through each of the servers. @returns resolves when the run has ended for all of them */
  async follow(runId: string): Promise<void> {
    const all = this.#clients.map((client) => follow(client, runId));
    this.#all.push(...all);
    await Promise.all(all);
  }

  ended(): Promise<Follower[]> {
    return Promise.all(this.#all);
  }
}

async function follow(client: DistilleryClient, runId: string): Promise<Follower> {
  const seen: SeenEvent[] = [];
  try {
    for await (const { sequence, at } of client.progress(runId)) seen.push({ sequence, at });
    return { runId, seen, failure: null };
  } catch (error) {
    return { runId, seen, failure: error instanceof Error ? error.message : JSON.stringify(error) };
  }
}
