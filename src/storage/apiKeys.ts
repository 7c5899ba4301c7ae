/** Rows of API keys. */
import { asc, eq, sql } from 'drizzle-orm';
import { apiKeys } from './accessTables.ts';
import type { Database, Queries, Transaction } from './database.ts';

/** Told when keys were made or revoked. */
const keysChannel = 'distillery_keys';

/** All but the hash, which nobody is told. */
const told = {
  id: apiKeys.id,
  name: apiKeys.name,
  hint: apiKeys.hint,
  scopes: apiKeys.scopes,
  requestsPerMinute: apiKeys.requestsPerMinute,
  createdAt: apiKeys.createdAt,
  lastUsedAt: apiKeys.lastUsedAt,
  expiresAt: apiKeys.expiresAt,
  revokedAt: apiKeys.revokedAt,
};
export type ToldKey = Omit<typeof apiKeys.$inferSelect, 'hash'>;

/** @returns null where the name is taken */
export async function insertKey(
  { orm }: Transaction,
  { expiresInDays, ...key }: typeof apiKeys.$inferInsert & { expiresInDays: number | null },
): Promise<ToldKey | null> {
  const expiresAt = expiresInDays === null ? null : sql`now() + make_interval(days => ${expiresInDays})`;
  const [row] = await orm
    .insert(apiKeys)
    .values({ ...key, expiresAt })
    .onConflictDoNothing({ target: apiKeys.name })
    .returning(told);
  return row ?? null;
}

/** By the time they were made. */
export async function allKeys({ orm }: Queries): Promise<ToldKey[]> {
  return orm.select(told).from(apiKeys).orderBy(asc(apiKeys.createdAt), asc(apiKeys.name));
}

/** One that was revoked before stays as it is. @returns null where there is none */
export async function revokeKey({ orm }: Transaction, name: string): Promise<ToldKey | null> {
  const [row] = await orm
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, now())` })
    .where(eq(apiKeys.name, name))
    .returning(told);
  return row ?? null;
}

const isLive = sql`${apiKeys.revokedAt} is null and (${apiKeys.expiresAt} is null or ${apiKeys.expiresAt} > now())`;

/** @returns null for one that is unknown, revoked or, by the database's clock, over; with the time that it has left */
export async function findLiveKey(
  { orm }: Queries,
  hash: string,
): Promise<(ToldKey & { leftMs: number | null }) | null> {
  const [row] = await orm
    .select({
      ...told,
      leftMs: sql<number | null>`(extract(epoch from ${apiKeys.expiresAt} - now()) * 1000)::float8`,
    })
    .from(apiKeys)
    .where(sql`${apiKeys.hash} = ${hash} and ${isLive}`);
  return row ?? null;
}

/** Whether there is a key that was not revoked, and an admin's that can be used. */
export async function keysThere({ orm }: Queries): Promise<{ any: boolean; admin: boolean }> {
  const [row] = await orm
    .select({
      // Revoked ones too: to revoke the last key must not let everybody in.
      any: sql<boolean>`count(*) > 0`,
      admin: sql<boolean>`coalesce(bool_or(${isLive} and ${apiKeys.scopes} ? 'admin'), false)`,
    })
    .from(apiKeys);
  return row ?? { any: false, admin: false };
}

/** At most once a minute, however many processes ask. */
export async function touchKey({ orm }: Queries, id: string): Promise<void> {
  await orm
    .update(apiKeys)
    .set({ lastUsedAt: sql`now()` })
    .where(
      sql`${apiKeys.id} = ${id} and (${apiKeys.lastUsedAt} is null or ${apiKeys.lastUsedAt} < now() - interval '1 minute')`,
    );
}

/** Heard by every process once the transaction is committed. */
export async function announceKeys(transaction: Transaction): Promise<void> {
  await transaction.executeSql('SELECT pg_notify($1, $2)', [keysChannel, 'changed']);
}

/** @returns stops it */
export function onAnnouncedKeys(
  database: Pick<Database, 'listen'>,
  heard: () => void,
): Promise<() => Promise<void>> {
  return database.listen(keysChannel, heard);
}
