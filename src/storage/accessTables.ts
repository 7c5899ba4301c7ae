/** The tables of who may ask, and of who has asked for what, as Drizzle sees them. */
import { bigint, index, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { ErrorCode } from '../errors.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** What a key opens: `classify` reads and classifies, `train` starts runs as well, `admin` does everything. */
export type Scope = 'classify' | 'train' | 'admin';

/** Keys are told once, when they are made; what is kept can't be turned back into one. */
export const apiKeys = pgTable('api_keys', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull().unique(),
  /** SHA-256 of the key, in hex: keys are 256 random bits, which no dictionary holds. */
  hash: text('hash').notNull().unique(),
  /** The first characters of the key, by which its owner knows it again. */
  hint: text('hint').notNull(),
  scopes: jsonb('scopes').$type<Scope[]>().notNull(),
  /** null for the server's setting. */
  requestsPerMinute: integer('requests_per_minute'),
  createdAt: moment('created_at').notNull().defaultNow(),
  lastUsedAt: moment('last_used_at'),
  expiresAt: moment('expires_at'),
  revokedAt: moment('revoked_at'),
});

/** Every mutation that was asked for. Only added to, and removed when old: the database refuses changes. */
export const auditEntries = pgTable(
  'audit_entries',
  {
    position: bigint('position', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    at: moment('at').notNull().defaultNow(),
    /** The name of the key, or how else the client was let in. */
    actor: text('actor').notNull(),
    keyId: uuid('key_id').references(() => apiKeys.id),
    /** The mutation's root field. */
    mutation: text('mutation').notNull(),
    /** Its arguments, long texts cut and secrets left out. */
    arguments: jsonb('arguments').$type<Record<string, unknown>>().notNull(),
    /** null where it succeeded. */
    errorCode: text('error_code').$type<ErrorCode>(),
    requestId: text('request_id').notNull(),
    transport: text('transport').$type<'http' | 'websocket'>().notNull(),
  },
  (table) => [index('audit_entries_at').on(table.at)],
);
