/** Rows of the audit log. */
import { desc, lt, sql } from 'drizzle-orm';
import { auditEntries } from './accessTables.ts';
import type { Queries } from './database.ts';
import { checkFirst, decodePosition, encodeCursor, pageOf, type Page, type PageRequest } from './page.ts';

export type AuditRow = typeof auditEntries.$inferSelect;
export type NewAuditRow = Omit<typeof auditEntries.$inferInsert, 'position' | 'at'>;

export async function insertEntries({ orm }: Queries, entries: readonly NewAuditRow[]): Promise<void> {
  await orm.insert(auditEntries).values([...entries]);
}

/** The newest first. @throws DistilleryError BAD_USER_INPUT */
export async function listEntries({ orm }: Queries, { first, after }: PageRequest): Promise<Page<AuditRow>> {
  checkFirst(first);
  const found = await orm
    .select()
    .from(auditEntries)
    .where(after == null ? undefined : lt(auditEntries.position, decodePosition('audit', after)))
    .orderBy(desc(auditEntries.position))
    .limit(first + 1);
  return pageOf(found, first, (row) => ({ ...row, cursor: encodeCursor('audit', row.position) }));
}

export async function deleteEntriesBefore({ orm }: Queries, days: number): Promise<void> {
  await orm.delete(auditEntries).where(sql`${auditEntries.at} < now() - make_interval(days => ${days})`);
}
