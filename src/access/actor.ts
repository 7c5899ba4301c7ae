/** Who asks, and what that opens. */
import type { Scope } from '../storage/accessTables.ts';

/** From the least to the most; each opens what those before it open. */
export const scopes = ['classify', 'train', 'admin'] as const satisfies readonly Scope[];

export interface Actor {
  /** The key's name, or how else the client was let in. */
  readonly name: string;
  /** null for the key of the configuration, and for clients without a key. */
  readonly keyId: string | null;
  readonly scopes: readonly Scope[];
  /** null for the server's setting. */
  readonly requestsPerMinute: number | null;
}

/** Anyone on this machine, where no key is asked for. */
export const localActor: Actor = { name: 'local', keyId: null, scopes: ['admin'], requestsPerMinute: null };

/** Whoever holds DISTILLERY_API_KEY. */
export const configuredActor: Actor = { ...localActor, name: 'configuration' };

export function opens({ scopes: held }: Pick<Actor, 'scopes'>, needed: Scope): boolean {
  return held.some((scope) => scopes.indexOf(scope) >= scopes.indexOf(needed));
}
