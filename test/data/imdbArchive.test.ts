/** Reading the aclImdb archive: whole, real, cut off, damaged, and with another layout. */
import { describe, it, expect } from '@jest/globals';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readImdbArchive } from '../../src/data/imdbArchive.ts';
import type { Files } from './fakeArchive.ts';
import { wholeArchive, writeArchive } from './fakeArchive.ts';
import { temporaryFolder } from './folder.ts';
import { realArchive } from './realArchive.ts';

const folder = temporaryFolder();

async function refused(path: string, message: RegExp): Promise<void> {
  await expect(readImdbArchive(path)).rejects.toThrow(
    expect.objectContaining({ code: 'CORRUPT_ARCHIVE', message: expect.stringMatching(message) }),
  );
}

describe('a whole archive', () => {
  it('gives every review with its split and label, and skips the other files', async () => {
    const path = join(folder(), 'whole.tar.gz');
    await writeArchive(path, wholeArchive());
    const { reviews, sha256 } = await readImdbArchive(path);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(reviews).toHaveLength(50);
    expect(reviews).toContainEqual({
      id: 'train/pos/3_9',
      text: 'A made-up review, number 3 in train/pos.',
      label: 1,
      split: 'train',
    });
    expect(reviews).toContainEqual({
      id: 'test/neg/0_1',
      text: 'A made-up review, number 0 in test/neg.',
      label: 0,
      split: 'test',
    });
    expect(reviews.filter(({ split, label }) => split === 'unlabelled' && label === null)).toHaveLength(10);
  });

  it('may start its names with ./ and tells how far it is', async () => {
    const path = join(folder(), 'dotted.tar.gz');
    await writeArchive(
      path,
      Object.fromEntries(Object.entries(wholeArchive()).map(([name, content]) => [`./${name}`, content])),
    );
    const steps: [number, number][] = [];
    const { reviews } = await readImdbArchive(path, { onBytes: (done, total) => steps.push([done, total]) });
    expect(reviews).toHaveLength(50);
    const size = (await readFile(path)).length;
    expect(steps.at(-1)).toEqual([size, size]);
  });

  it('can be cancelled', async () => {
    const path = join(folder(), 'whole.tar.gz');
    await writeArchive(path, wholeArchive());
    await expect(readImdbArchive(path, { signal: AbortSignal.abort() })).rejects.toThrow(
      expect.objectContaining({ code: 'CANCELLED' }),
    );
  });
});

describe('another layout is refused', () => {
  const change = (without: string | RegExp, added: Files = {}): Files => ({
    ...Object.fromEntries(Object.entries(wholeArchive()).filter(([name]) => !name.match(without))),
    ...added,
  });
  const none = /^$/;
  it.each<[string, Files, RegExp]>([
    ['a folder is missing', change(/test\/neg/), /no reviews in test\/neg/],
    ['nothing is in it', {}, /no reviews in train\/pos, train\/neg, test\/pos, test\/neg/],
    ['another root', change(none, { 'other/train/pos/99_9.txt': 'x' }), /outside of aclImdb/],
    ['a name without rating', change(none, { 'aclImdb/train/pos/99.txt': 'x' }), /not named ID_RATING\.txt/],
    [
      'a low rating among the positive',
      change(none, { 'aclImdb/train/pos/99_3.txt': 'x' }),
      /rating 3; expected 7 to 10/,
    ],
    [
      'a middling rating among the negative',
      change(none, { 'aclImdb/test/neg/99_5.txt': 'x' }),
      /rating 5; expected 1 to 4/,
    ],
    [
      'a rated review among the unlabelled',
      change(none, { 'aclImdb/train/unsup/99_8.txt': 'x' }),
      /rating 8; expected 0/,
    ],
    [
      'unlabelled reviews under test',
      change(none, { 'aclImdb/test/unsup/1_0.txt': 'x' }),
      /unlabelled review under test/,
    ],
    [
      'an id twice',
      change(none, { 'aclImdb/train/pos/3_8.txt': 'x' }),
      /id of "aclImdb\/train\/pos\/3_8\.txt" stands in train\/pos twice/,
    ],
    ['an empty review', change(none, { 'aclImdb/train/pos/99_8.txt': ' \n' }), /is empty/],
    [
      'a review that is not UTF-8',
      change(none, { 'aclImdb/train/pos/99_8.txt': Buffer.of(0x61, 0xff, 0xfe) }),
      /not UTF-8/,
    ],
    [
      'a review of two megabytes',
      change(none, { 'aclImdb/train/pos/99_8.txt': 'long '.repeat(400_000) }),
      /too many for a review/,
    ],
  ])('%s', async (_, files, message) => {
    const path = join(folder(), 'archive.tar.gz');
    await writeArchive(path, files);
    await refused(path, message);
  });
});

describe('damaged bytes are refused', () => {
  const wholeBytes = async (): Promise<Buffer> => {
    const path = join(folder(), 'whole.tar.gz');
    await writeArchive(path, wholeArchive());
    return readFile(path);
  };
  const written = async (bytes: Buffer): Promise<string> => {
    const path = join(folder(), 'archive.tar.gz');
    await writeFile(path, bytes);
    return path;
  };

  it('cut off within', async () => {
    const bytes = await wholeBytes();
    await refused(await written(bytes.subarray(0, bytes.length / 2)), /cut off before its end/);
  });

  it('cut off within the last bytes, the checksum', async () => {
    const bytes = await wholeBytes();
    await refused(await written(bytes.subarray(0, bytes.length - 4)), /cut off before its end/);
  });

  it('a changed byte', async () => {
    const bytes = await wholeBytes();
    const at = Math.floor(bytes.length * 0.6);
    bytes[at] = (bytes[at] as number) ^ 0xff;
    await refused(await written(bytes), /damaged|tar/);
  });

  it('not gzip, not tar, empty', async () => {
    await refused(await written(Buffer.from('<html>Not found</html>')), /not gzip/);
    await refused(await written(gzipSync(Buffer.alloc(4096, 'x'))), /not a tar archive/);
    await refused(await written(Buffer.alloc(0)), /cut off|no reviews/);
  });

  it('a size that is no number', async () => {
    const path = join(folder(), 'archive.tar.gz');
    await writeArchive(path, wholeArchive());
    const tar = gunzipSync(await readFile(path));
    const header = tar.subarray(0, 512);
    header.fill(0xe9, 124, 136).fill(' ', 148, 156);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
      'latin1',
    );
    await writeFile(path, gzipSync(tar));
    await refused(path, /no size that can be read/);
  });

  it('a bomb, before it is unpacked', async () => {
    const path = join(folder(), 'archive.tar.gz');
    await writeArchive(path, { 'aclImdb/train/labeledBow.feat': Buffer.alloc(4_000_000) });
    const reading = readImdbArchive(path, { mostUnpackedBytes: 1_000_000 });
    await expect(reading).rejects.toMatchObject({
      code: 'CORRUPT_ARCHIVE',
      message: expect.stringMatching(/unpacks to more than 1000000 bytes/),
    });
  });

  it('a name that is longer than a message', async () => {
    const path = join(folder(), 'archive.tar.gz');
    await writeArchive(path, { [`elsewhere/${'a'.repeat(50_000)}`]: 'x' });
    await refused(path, /^.{0,2000}outside of aclImdb.{0,2000}$/);
  });

  it('a path that is not there, or a folder', async () => {
    await expect(readImdbArchive(join(folder(), 'nowhere'))).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
    await refused(folder(), /not a file/);
  });
});

(realArchive === null ? describe.skip : describe)('the real archive', () => {
  const archive = realArchive as string;

  it('has the published reviews, but for three in one known copy', async () => {
    const { reviews } = await readImdbArchive(archive);
    const count = (split: string, label: number | null) =>
      reviews.filter((review) => review.split === split && review.label === label).length;
    expect(count('unlabelled', null)).toBe(50_000);
    expect([12_500, 12_498]).toContain(count('train', 1));
    expect(count('train', 0)).toBe(12_500);
    expect([12_500, 12_499]).toContain(count('test', 1));
    expect(count('test', 0)).toBe(12_500);
    expect(new Set(reviews.map(({ id }) => id)).size).toBe(reviews.length);
  });

  it('is refused when only its first megabyte came', async () => {
    const bytes = Buffer.alloc(1 << 20);
    const file = await open(archive);
    await file.read(bytes, 0, bytes.length, 0);
    await file.close();
    const path = join(folder(), 'cut.tar.gz');
    await writeFile(path, bytes);
    await refused(
      path,
      /cut off before its end.*stopped after 1048576 of 1048576 bytes and [1-9]\d* reviews \(last entry: aclImdb\//s,
    );
  });
});
