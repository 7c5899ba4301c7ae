/** What an artefact consists of: the name, the size and the checksum of each of its files. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorDetails } from '../errors.ts';
import { sha256OfFile } from '../files.ts';

/** Relative, with `/`, and never out of the artefact's folder; empty where the artefact is one file. */
const fileName = z
  .string()
  .refine((name) => name === '' || name.split('/').every((part) => !['', '.', '..'].includes(part)));

export const manifest = z.object({
  /** Names this state of the artefact: its bytes lie under this name in the store. */
  push: z.string().regex(/^[\w-]+$/),
  files: z.array(z.object({ name: fileName, bytes: z.number().int().min(0), sha256: z.string().length(64) })),
});
export type Manifest = z.infer<typeof manifest>;

/** The files of an artefact, in order; `['']` where it is one file. @throws ENOENT */
export async function filesOf(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [''];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .map((name) => name.split('\\').join('/'))
    .sort();
}

/** Whether exactly these files lie at `path`, byte by byte. */
export async function isAsIn({ files }: Manifest, path: string): Promise<boolean> {
  try {
    const here = await filesOf(path);
    if (here.join('\n') !== [...files.map(({ name }) => name)].sort().join('\n')) return false;
    for (const { name, bytes, sha256 } of files) {
      const file = join(path, name);
      if ((await stat(file)).size !== bytes || (await sha256OfFile(file)) !== sha256) return false;
    }
    return true;
  } catch (error) {
    if (errorDetails(error).code === 'ENOENT') return false;
    throw error;
  }
}
