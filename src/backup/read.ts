/** Reads a backup and holds every byte of it to its manifest. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { DistilleryError } from '../errors.ts';
import { migrationNames } from '../storage/migrations.ts';
import { manifest as manifestSchema, manifestName, memberName, type Manifest } from './manifest.ts';

/** Where a member's bytes go. */
export type Keep = (name: string, content: AsyncIterable<Buffer>) => Promise<void>;

/**
 * Reads all of it before it answers: until then nothing that `keep` was given is known to be right.
 * @param keep may be left out, to check alone
 * @throws DistilleryError CORRUPT_ARCHIVE for a file that is no backup, or not as it was written; CONFLICT for one of a
 *   newer release; NOT_FOUND
 */
export async function readBackup(file: string, keep: Keep = drain): Promise<Manifest> {
  const found: Manifest['members'] = {};
  let manifest: Manifest | null = null;
  const archive = extract();
  const reading = pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), archive);
  // It is awaited below; where the loop fails first, that is the error to tell.
  reading.catch(() => undefined);
  try {
    for await (const entry of archive) {
      const { name } = entry.header;
      if (manifest) throw corrupt(file, `after its manifest comes ${shown(name)}`);
      if (name === manifestName) manifest = readManifest(file, await text(entry));
      else if (!memberName.test(name) || entry.header.type !== 'file' || Object.hasOwn(found, name))
        throw corrupt(file, `it holds ${shown(name)}, which no backup does`);
      else found[name] = await kept(name, entry as AsyncIterable<Buffer>, keep);
    }
    await reading;
  } catch (error) {
    throw readable(file, error);
  }
  if (!manifest) throw corrupt(file, 'it ends before its manifest: it was cut short, or is no backup');
  compare(file, manifest, found);
  checkRelease(manifest);
  return manifest;
}

async function kept(
  name: string,
  content: AsyncIterable<Buffer>,
  keep: Keep,
): Promise<Manifest['members'][string]> {
  const hash = createHash('sha256');
  let bytes = 0;
  await keep(
    name,
    (async function* () {
      for await (const chunk of content) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    })(),
  );
  return { bytes, sha256: hash.digest('hex') };
}

const drain: Keep = async (_name, content) => {
  for await (const chunk of content) void chunk;
};

function readManifest(file: string, content: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(content));
  } catch {
    throw corrupt(file, 'its manifest is not as one is written');
  }
}

function compare(file: string, { members }: Manifest, found: Manifest['members']): void {
  for (const name of new Set([...Object.keys(members), ...Object.keys(found)])) {
    const [expected, is] = [members[name], found[name]];
    if (!is || !expected)
      throw corrupt(file, `${shown(name)} is ${is ? 'unknown to its manifest' : 'missing'}`);
    if (is.bytes !== expected.bytes || is.sha256 !== expected.sha256)
      throw corrupt(file, `${shown(name)} is not as it was written: expected the sha256 ${expected.sha256}`);
  }
}

function checkRelease({ release, migration }: Manifest): void {
  if (migrationNames().includes(migration)) return;
  throw new DistilleryError(
    'CONFLICT',
    `The backup is of release ${release}, whose database (${migration}) this release does not know. Restore it with that release or a newer one.`,
    { release, migration },
  );
}

function readable(file: string, error: unknown): unknown {
  if (error instanceof DistilleryError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES')
    return new DistilleryError('NOT_FOUND', `The backup ${file} can't be read (${code}).`, { file });
  // Of the system, such as a full disk; the rest is what tar-stream makes of the bytes.
  return syscall === undefined ? corrupt(file, 'it is cut short, damaged or no tar', error) : error;
}

const shown = (name: string) => JSON.stringify(name.slice(0, 200));

function corrupt(file: string, what: string, cause?: unknown): DistilleryError {
  return new DistilleryError(
    'CORRUPT_ARCHIVE',
    `${file} can't be restored: ${what}. Nothing was changed. Use another copy of the backup.`,
    { file },
    { cause },
  );
}
