/** What a backup says of itself, as its last member: a backup that was cut short has none. */
import { z } from 'zod';

export const manifestName = 'manifest.json';

/** The parts of the data directory that are backed up, in the order in which they are put back. */
export const folders = ['models', 'datasets', 'surveys', 'runs', 'logits'] as const;
export type BackedUpFolder = (typeof folders)[number];

export const rowsName = (table: string): string => `rows/${table}.ndjson`;
/** @param path in the data directory, with slashes */
export const fileName = (path: string): string => `files/${path}`;

/** Members of other names are no backup's: they could lead out of the place that is restored into. */
export const memberName = new RegExp(
  `^(rows/[a-z_]+\\.ndjson|files/(${folders.join('|')})(/(?!\\.{1,2}(/|$))[^/\\\\\\0]+)+)$`,
);

export const manifest = z.object({
  format: z.literal(1),
  /** The version of Distillery that made it. */
  release: z.string(),
  createdAt: z.iso.datetime(),
  /** The newest migration that the database had had. */
  migration: z.string(),
  /** By the members' names, in their order. */
  members: z.record(
    z.string().regex(memberName),
    z.object({ bytes: z.number().int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});
export type Manifest = z.infer<typeof manifest>;
