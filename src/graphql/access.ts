/** Who may ask: API keys, hosts and origins. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';

type Access = Pick<Config, 'host' | 'apiKey'>;

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}

/** @throws DistilleryError BAD_USER_INPUT where anyone on the network could use this server */
export function requireKeyBeyondLoopback({ host, apiKey }: Access): void {
  if (apiKey !== undefined || isLoopback(host)) return;
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `The server would listen on ${host}, which other machines can reach, without an API key. Set DISTILLERY_API_KEY to at least 16 characters, or listen on 127.0.0.1.`,
    { host },
  );
}

/** Compares in a time that does not depend on where the keys differ. */
export function keyIsRight({ apiKey }: Access, given: unknown): boolean {
  if (apiKey === undefined) return true;
  if (typeof given !== 'string') return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(apiKey));
}

export function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/**
 * Whether a browser may have been tricked into this request: by a foreign page (a WebSocket is not held back by
 * CORS), or, where no key guards the server, by a foreign name that was made to point at this machine.
 */
export function isForeign({ apiKey }: Access, { headers }: IncomingMessage): boolean {
  const { host, origin } = headers;
  if (origin !== undefined && hostOfOrigin(origin) !== host) return true;
  if (apiKey !== undefined || host === undefined) return false;
  return !isLoopback(host.replace(/:\d+$/, ''));
}

function hostOfOrigin(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
