/** The real aclImdb archive, for tests that need real reviews; null where it is not on this machine. */
import { createReadStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

const candidates = [process.env.DISTILLERY_IMDB_ARCHIVE, '../shared/data/aclImdb_v1.tar.gz'];
const found = candidates.find((path) => path !== undefined && path !== '' && existsSync(path));

export const realArchive: string | null = found === undefined ? null : resolve(found);

if (realArchive === null) {
  process.stderr.write(
    'Tests on real reviews are skipped: set DISTILLERY_IMDB_ARCHIVE to the path of aclImdb_v1.tar.gz.\n',
  );
}

/** The first reviews of the archive, without reading the rest of it. */
export async function firstRealReviews(archive: string, count: number): Promise<string[]> {
  const source = createReadStream(archive);
  const tar = extract();
  source.pipe(createGunzip()).pipe(tar);
  const texts: string[] = [];
  for await (const entry of tar) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry) chunks.push(chunk as Uint8Array);
    if (entry.header.type === 'file') texts.push(Buffer.concat(chunks).toString('utf8'));
    if (texts.length >= count) break;
  }
  source.destroy();
  return texts;
}
