/** Who may come in: hosts and origins, API keys, and how often. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';
import type { Scope } from '../storage/accessTables.ts';
import { configuredActor, localActor, opens, type Actor } from './actor.ts';
import { hashOf, type ApiKeys } from './apiKeys.ts';
import { RateLimits } from './rateLimits.ts';

type Settings = Pick<Config, 'host' | 'apiKey' | 'requestsPerMinute' | 'introspection'>;

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}

export function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

export const addressOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? 'unknown';

/** @throws DistilleryError FORBIDDEN, which says what is needed */
export function requireScope(actor: Actor, scope: Scope, what: string): void {
  if (opens(actor, scope)) return;
  throw new DistilleryError(
    'FORBIDDEN',
    `The API key "${actor.name}" does not open ${what}: a key with the scope ${scope} is needed.`,
    { scope, scopes: actor.scopes },
  );
}

export class Gate {
  /** Whether everyone who is let in may ask for the schema. */
  readonly tellsSchema: boolean;
  readonly #config: Settings;
  readonly #keys: ApiKeys;
  readonly #limits: RateLimits;
  readonly #loopback: boolean;
  readonly #configured: string | null;

  constructor(config: Settings, keys: ApiKeys) {
    this.#config = config;
    this.#keys = keys;
    this.#limits = new RateLimits(config);
    this.#loopback = isLoopback(config.host);
    this.#configured = config.apiKey === undefined ? null : hashOf(config.apiKey);
    this.tellsSchema = config.introspection ?? this.#loopback;
  }

  /** @throws DistilleryError BAD_USER_INPUT where anyone on the network could use this server, or nobody */
  async requireKeyBeyondLoopback(): Promise<void> {
    if (this.#loopback || this.#configured !== null || (await this.#keys.adminExists())) return;
    const { host } = this.#config;
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `The server would listen on ${host}, which other machines can reach, without an API key. Set DISTILLERY_API_KEY to at least 16 characters, make an admin key with "distillery key create", or listen on 127.0.0.1.`,
      { host },
    );
  }

  /** Beyond loopback, with a key in the configuration, and as soon as one was made. */
  get #keyNeeded(): boolean {
    return !this.#loopback || this.#configured !== null || this.#keys.exist;
  }

  /**
   * Whether a browser may have been tricked into this request: by a foreign page (a WebSocket is not held back by
   * CORS), or, where no key guards the server, by a foreign name that was made to point at this machine.
   */
  isForeign({ headers }: IncomingMessage): boolean {
    const { host, origin } = headers;
    if (origin !== undefined && hostOfOrigin(origin) !== host) return true;
    if (this.#keyNeeded || host === undefined) return false;
    return !isLoopback(host.replace(/:\d+$/, ''));
  }

  /**
   * @param key what the client gave as its key
   * @throws DistilleryError UNAUTHENTICATED for none or a wrong one, RATE_LIMITED after too many of those
   */
  async admit(key: unknown, address: string): Promise<Actor> {
    if (!this.#keyNeeded) return localActor;
    if (typeof key !== 'string' || key === '') throw unauthenticated();
    const hash = hashOf(key);
    // A key that was made can't be guessed, and its owner may share an address with someone who tries.
    if (!this.#keys.hasMet(hash)) await this.#limits.checkGuesses(address);
    const actor = await this.#actorOf(hash);
    if (actor) return actor;
    await this.#limits.countGuess(address);
    throw unauthenticated();
  }

  /** For a client that was let in before. @throws DistilleryError UNAUTHENTICATED where its key opens nothing any more */
  async recheck(key: unknown): Promise<Actor> {
    if (!this.#keyNeeded) return localActor;
    const actor = typeof key === 'string' && key !== '' ? await this.#actorOf(hashOf(key)) : null;
    if (actor) return actor;
    throw unauthenticated();
  }

  #actorOf(hash: string): Actor | null | Promise<Actor | null> {
    if (this.#configured !== null && equal(hash, this.#configured)) return configuredActor;
    return this.#keys.find(hash);
  }

  /** Counts a request or an operation. @throws DistilleryError RATE_LIMITED */
  count(actor: Actor, address: string): Promise<void> | undefined {
    return this.#limits.take(actor, address);
  }
}

const unauthenticated = () =>
  new DistilleryError(
    'UNAUTHENTICATED',
    'The API key is missing or wrong. Send it as "Authorization: Bearer <key>".',
  );

/** In a time that does not depend on where the hashes differ. */
const equal = (one: string, other: string) => timingSafeEqual(Buffer.from(one), Buffer.from(other));

function hostOfOrigin(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
