/** How often one client may ask in a minute, and how many wrong keys it may send; counted in this process alone. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';
import type { Actor } from './actor.ts';

/** Of a key, where nothing else is set. */
const requestsOfKey = 60_000;
const wrongKeys = 20;
const duration = 60;

export class RateLimits {
  readonly #setting: number | undefined;
  /** By how many requests they allow: keys of the same allowance share one. */
  readonly #limiters = new Map<number, RateLimiterMemory>();
  readonly #guesses = new RateLimiterMemory({ points: wrongKeys, duration });

  constructor({ requestsPerMinute }: Pick<Config, 'requestsPerMinute'>) {
    this.#setting = requestsPerMinute;
  }

  /** Counts a request. @throws DistilleryError RATE_LIMITED */
  take(actor: Actor, address: string): Promise<void> | undefined {
    const isLocal = actor.name === 'local';
    const limit = actor.requestsPerMinute ?? this.#setting ?? (isLocal ? null : requestsOfKey);
    if (limit === null) return undefined;
    let limiter = this.#limiters.get(limit);
    if (!limiter) this.#limiters.set(limit, (limiter = new RateLimiterMemory({ points: limit, duration })));
    const client = isLocal ? `address ${address}` : `key ${actor.keyId ?? actor.name}`;
    return limiter.consume(client).then(
      () => undefined,
      (reason: unknown) => {
        throw tooMany(reason, `More than ${limit} requests came in a minute`);
      },
    );
  }

  /** @throws DistilleryError RATE_LIMITED where the address has sent too many wrong keys */
  async checkGuesses(address: string): Promise<void> {
    const found = await this.#guesses.get(address);
    if (found && found.consumedPoints >= wrongKeys)
      throw tooMany(found, `More than ${wrongKeys} wrong keys came in a minute`);
  }

  async countGuess(address: string): Promise<void> {
    await this.#guesses.penalty(address);
  }
}

function tooMany(reason: unknown, words: string): DistilleryError {
  const retryAfterMs = reason instanceof RateLimiterRes ? Math.max(1, reason.msBeforeNext) : duration * 1_000;
  const seconds = Math.ceil(retryAfterMs / 1_000);
  return new DistilleryError('RATE_LIMITED', `${words}. Try again in ${seconds} s.`, { retryAfterMs });
}
