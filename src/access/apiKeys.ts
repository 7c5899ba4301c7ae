/** API keys: made, told once, revoked, and looked up at every request from memory. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { DistilleryError } from '../errors.ts';
import { namePattern, nameRule } from '../names.ts';
import * as rows from '../storage/apiKeys.ts';
import type { Scope } from '../storage/accessTables.ts';
import type { Database } from '../storage/database.ts';
import type { Actor } from './actor.ts';

export type ApiKey = rows.ToldKey;

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** null for a key that lasts until it is revoked. */
  readonly expiresInDays: number | null;
  /** null for the server's setting. */
  readonly requestsPerMinute: number | null;
}

interface Known {
  /** null for a key that opens nothing. */
  readonly actor: Actor | null;
  /** On the clock of `performance.now()`. */
  readonly until: number;
}

const prefix = 'dst_';
/** A change is heard at once; this is how long a process that was cut off from its database may be wrong. */
const rememberedMs = 5_000;
const usedEveryMs = 60_000;
const largestLimit = 1_000_000_000;

export const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

export class ApiKeys {
  readonly #database: Database;
  /** By hash. Apart, so that guesses push no right key out. */
  readonly #right = new LRUCache<string, Known>({ max: 10_000 });
  readonly #wrong = new LRUCache<string, Known>({ max: 1_000 });
  readonly #usedAt = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  readonly #writes = new Set<Promise<void>>();
  /** Counts changes: what was looked up before one is not remembered after it. */
  #changes = 0;
  #there = { any: false, admin: false };
  #stopListening: (() => Promise<void>) | null = null;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Hears of changes by any process from now on. */
  async start(): Promise<void> {
    this.#stopListening = await rows.onAnnouncedKeys(this.#database, () => void this.#changed());
    this.#there = await rows.keysThere(this.#database);
  }

  /** Changes are not heard any more, and nothing is being written. */
  async stop(): Promise<void> {
    await this.#stopListening?.();
    await Promise.all(this.#writes);
  }

  /** Whether a key was ever made: neither time nor the revocation of the last one opens a server. */
  get exist(): boolean {
    return this.#there.any;
  }

  /** Whether some key can make others. */
  async adminExists(): Promise<boolean> {
    return (await rows.keysThere(this.#database)).admin;
  }

  /**
   * @returns the key itself, which is told this once, beside what is kept of it
   * @throws DistilleryError BAD_USER_INPUT for a name, scopes or numbers that are none; CONFLICT for a name that is taken
   */
  async make(wanted: NewKey): Promise<{ key: string; kept: ApiKey }> {
    check(wanted);
    const key = prefix + randomBytes(32).toString('base64url');
    const kept = await this.#database.transaction(async (transaction) => {
      const row = await rows.insertKey(transaction, {
        ...wanted,
        id: randomUUID(),
        hash: hashOf(key),
        hint: key.slice(0, prefix.length + 4),
        scopes: [...new Set(wanted.scopes)],
      });
      if (row) await rows.announceKeys(transaction);
      return row;
    });
    if (!kept) {
      const message = `A key was named "${wanted.name}" before. Choose another name: the audit log goes by it.`;
      throw new DistilleryError('CONFLICT', message, { name: wanted.name });
    }
    await this.#changed();
    return { key, kept };
  }

  /** All that were ever made, the oldest first. */
  list(): Promise<ApiKey[]> {
    return rows.allKeys(this.#database);
  }

  /** Takes effect in every process at once. @throws DistilleryError NOT_FOUND */
  async revoke(name: string): Promise<ApiKey> {
    const revoked = await this.#database.transaction(async (transaction) => {
      const row = await rows.revokeKey(transaction, name);
      if (row) await rows.announceKeys(transaction);
      return row;
    });
    if (!revoked) {
      const shown = name.slice(0, 100);
      throw new DistilleryError('NOT_FOUND', `There is no key named "${shown}".`, { name: shown });
    }
    await this.#changed();
    return revoked;
  }

  /** Whether this process has met the key as a right one, be it right still or not. */
  hasMet(hash: string): boolean {
    return this.#right.has(hash);
  }

  /**
   * At once for a key that was asked for in the last seconds. That memory is gone through by hash, in a time that tells
   * nothing of the key.
   * @returns null for a key that opens nothing
   */
  find(hash: string): Actor | null | Promise<Actor | null> {
    const known = this.#right.get(hash) ?? this.#wrong.get(hash);
    if (!known || known.until < performance.now()) return this.#lookUp(hash);
    if (known.actor) this.#used(known.actor);
    return known.actor;
  }

  /** Calls `listener` when a key may open less than before. @returns stops it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #lookUp(hash: string): Promise<Actor | null> {
    const changes = this.#changes;
    const row = await rows.findLiveKey(this.#database, hash);
    const actor = row && toActor(row);
    if (changes === this.#changes) {
      const until = performance.now() + Math.min(rememberedMs, row?.leftMs ?? Infinity);
      (actor ? this.#right : this.#wrong).set(hash, { actor, until });
      if (!actor) this.#right.delete(hash);
    }
    if (actor) this.#used(actor);
    return actor;
  }

  async #changed(): Promise<void> {
    this.#changes++;
    // Those that were right are looked up again; they stay, as ones that are no guesses.
    // A copy: each that is set moves to the front of what is gone through.
    for (const [hash, known] of [...this.#right.entries()]) this.#right.set(hash, { ...known, until: -1 });
    this.#wrong.clear();
    try {
      this.#there = await rows.keysThere(this.#database);
    } catch {
      // The database is away, and every look-up fails with it; its return is told as a change.
    }
    for (const listener of this.#listeners) listener();
  }

  /** Written aside: no request waits for it. */
  #used({ keyId }: Actor): void {
    const now = performance.now();
    if (keyId === null || now - (this.#usedAt.get(keyId) ?? -Infinity) < usedEveryMs) return;
    this.#usedAt.set(keyId, now);
    const write = rows.touchKey(this.#database, keyId).catch(() => void this.#usedAt.delete(keyId));
    this.#writes.add(write);
    void write.finally(() => this.#writes.delete(write));
  }
}

function toActor({ name, id, scopes, requestsPerMinute }: ApiKey): Actor {
  return { name, keyId: id, scopes, requestsPerMinute };
}

function check({ name, scopes, expiresInDays, requestsPerMinute }: NewKey): void {
  const refuse = (message: string) => {
    throw new DistilleryError('BAD_USER_INPUT', message);
  };
  if (!namePattern.test(name)) refuse(`"${name.slice(0, 100)}" can't name a key; expected ${nameRule}.`);
  // What the log calls those who have none.
  if (name === 'local' || name === 'configuration')
    refuse(`"${name}" is kept for clients without a key of their own.`);
  if (scopes.length === 0) refuse('A key needs a scope: classify, train or admin.');
  if (expiresInDays !== null && !within(expiresInDays, 36_500))
    refuse(`The key would last ${expiresInDays} days; expected 1 to 36500.`);
  if (requestsPerMinute !== null && !within(requestsPerMinute, largestLimit))
    refuse(`${requestsPerMinute} requests per minute; expected 1 to ${largestLimit}.`);
}

const within = (value: number, largest: number) => Number.isInteger(value) && value >= 1 && value <= largest;
