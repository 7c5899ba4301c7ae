/** `distillery key …`: API keys, made without a server or beside one on PostgreSQL. */
import Table from 'cli-table3';
import { scopes } from '../access/actor.ts';
import type { ApiKeys } from '../access/apiKeys.ts';
import { openKeys } from '../app.ts';
import { DistilleryError } from '../errors.ts';
import { plainTable } from './tables.ts';
import { readSettings, type SettingOptions } from './settings.ts';

interface CreateOptions extends SettingOptions {
  /** Separated by commas. */
  scope: string;
  days?: string;
  requestsPerMinute?: string;
}

/** Prints the key alone on standard output. @throws DistilleryError as {@link ApiKeys.make}, UNAVAILABLE while a server has the data directory's database */
export async function createKey(name: string, options: CreateOptions): Promise<void> {
  const wanted = options.scope.split(',').map((word) => {
    const scope = scopes.find((each) => each === word.trim());
    if (scope) return scope;
    throw new DistilleryError('BAD_USER_INPUT', `"${word}" is no scope; expected ${scopes.join(', ')}.`);
  });
  await withKeys(options, async (keys) => {
    const { key } = await keys.make({
      name,
      scopes: wanted,
      expiresInDays: numberOf(options.days),
      requestsPerMinute: numberOf(options.requestsPerMinute),
    });
    process.stderr.write('This key is told this once. A server with keys asks every client for one.\n');
    process.stdout.write(`${key}\n`);
  });
}

export async function listKeys(options: SettingOptions): Promise<void> {
  await withKeys(options, async (keys) => {
    const table = new Table({ ...plainTable, head: ['name', 'key', 'scopes', 'last used', 'state'] });
    for (const { name, hint, scopes: held, lastUsedAt, expiresAt, revokedAt } of await keys.list()) {
      const ends = expiresAt ? `ends ${expiresAt.toISOString()}` : 'open';
      const state = revokedAt ? `revoked ${revokedAt.toISOString()}` : ends;
      table.push([name, `${hint}…`, held.join(', '), lastUsedAt?.toISOString() ?? 'never', state]);
    }
    process.stdout.write(`${table.toString()}\n`);
  });
}

/** @throws DistilleryError NOT_FOUND */
export async function revokeKey(name: string, options: SettingOptions): Promise<void> {
  await withKeys(options, async (keys) => {
    await keys.revoke(name);
    process.stdout.write(`${name} is revoked.\n`);
  });
}

async function withKeys(options: SettingOptions, use: (keys: ApiKeys) => Promise<void>): Promise<void> {
  const { keys, close } = await openKeys(readSettings(options));
  try {
    await use(keys);
  } finally {
    await close();
  }
}

const numberOf = (text: string | undefined) => (text === undefined ? null : Number(text));
