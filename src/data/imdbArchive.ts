/** Reads the Large Movie Review Dataset (Maas et al. 2011) straight from its gzipped tar archive, entry by entry. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { DistilleryError, errorDetails } from '../errors.ts';
import type { SourceReview } from './dataset.ts';

const layout =
  'expected a gzipped tar archive with aclImdb/train/{pos,neg,unsup}/ID_RATING.txt and aclImdb/test/{pos,neg}/ID_RATING.txt';
const reviewPath = /^(train|test)\/(pos|neg|unsup)\/(.*)$/;
const reviewName = /^(\d+)_(\d+)\.txt$/;
const root = 'aclImdb/';
/** The longest review has 14 kB; anything beyond this is not one. */
const largestReviewBytes = 1_000_000;
/** Files beside the reviews have up to 40 MB, and all that is unpacked 300 MB: an archive of more is none of reviews. */
const usualUnpackedBytes = 2_000_000_000;
const longestName = 200;
const neededFolders = ['train/pos', 'train/neg', 'test/pos', 'test/neg'];

export interface ImdbArchive {
  /** sha256 of the archive's bytes. */
  readonly sha256: string;
  readonly reviews: readonly SourceReview[];
}

/**
 * @param path the archive, in the published layout; the bag-of-words files may be missing
 * @param onBytes compressed bytes read so far, and in all
 * @throws DistilleryError NOT_FOUND without the file; CORRUPT_ARCHIVE where its bytes or its layout are not as
 * expected, saying where reading stopped; CANCELLED
 */
export async function readImdbArchive(
  path: string,
  options: {
    onBytes?: (done: number, total: number) => void;
    signal?: AbortSignal;
    /** An archive that unpacks to more is refused. */
    mostUnpackedBytes?: number;
  } = {},
): Promise<ImdbArchive> {
  const { mostUnpackedBytes = usualUnpackedBytes } = options;
  const total = await sizeOf(path);
  const hash = createHash('sha256');
  const reviews: SourceReview[] = [];
  const folders = new Map<string, Set<string>>();
  let bytes = 0;
  let unpacked = 0;
  let last = 'none';

  const stopped = (what: string, cause?: unknown) =>
    new DistilleryError(
      'CORRUPT_ARCHIVE',
      `The archive ${path} is not readable: ${what}; ${layout}. Reading stopped after ${bytes} of ${total} bytes and ${reviews.length} reviews (last entry: ${last}).`,
      { path, bytes, totalBytes: total, reviews: reviews.length, lastEntry: last },
      { cause },
    );

  const tar = extract();
  const feeding = pipeline(
    createReadStream(path, { highWaterMark: 1 << 20 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        options.onBytes?.(bytes, total);
        yield chunk;
      }
    },
    createGunzip({ chunkSize: 1 << 18 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        unpacked += chunk.length;
        if (unpacked > mostUnpackedBytes) throw stopped(`it unpacks to more than ${mostUnpackedBytes} bytes`);
        yield chunk;
      }
    },
    tar,
    { signal: options.signal },
  );
  // Its error is reported below; until then it must not count as unhandled.
  feeding.catch(() => undefined);

  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    for await (const entry of tar) {
      const { name: whole, type, size = 0 } = entry.header;
      const name = whole.slice(0, longestName);
      last = name;
      const inside = whole.replace(/^\.\//, '');
      // null where it is no number: tar-stream would then wait for the entry's end for ever
      if (!Number.isSafeInteger(size)) throw stopped(`"${name}" has no size that can be read`);
      if (!inside.startsWith(root)) throw stopped(`it has an entry "${name}" outside of ${root}`);
      const match = reviewPath.exec(inside.slice(root.length));
      const file = match?.[3] ?? '';
      if (match === null || file === '' || type !== 'file') {
        entry.resume();
        continue;
      }
      const split = match[1] as 'train' | 'test';
      const folder = match[2] as 'pos' | 'neg' | 'unsup';
      const numbers = reviewName.exec(file);
      if (numbers === null) throw stopped(`"${name}" is not named ID_RATING.txt`);
      const rating = Number(numbers[2]);
      const problem = ratingProblem(split, folder, rating);
      if (problem !== null) throw stopped(`"${name}" ${problem}`);
      if (size > largestReviewBytes) throw stopped(`"${name}" has ${size} bytes, too many for a review`);
      const ids = folders.get(`${split}/${folder}`) ?? new Set();
      folders.set(`${split}/${folder}`, ids);
      const number = numbers[1] as string;
      if (ids.has(number)) throw stopped(`the id of "${name}" stands in ${split}/${folder} twice`);
      ids.add(number);

      const chunks: Uint8Array[] = [];
      for await (const chunk of entry) chunks.push(chunk as Uint8Array);
      let text: string;
      try {
        text = decoder.decode(Buffer.concat(chunks));
      } catch (cause) {
        throw stopped(`"${name}" is not UTF-8`, cause);
      }
      if (text.trim() === '') throw stopped(`"${name}" is empty`);
      reviews.push({
        id: `${split}/${folder}/${file.slice(0, -4)}`,
        text,
        label: folder === 'unsup' ? null : folder === 'pos' ? 1 : 0,
        split: folder === 'unsup' ? 'unlabelled' : split,
      });
    }
    await feeding;
  } catch (error) {
    tar.destroy();
    if (options.signal?.aborted)
      throw new DistilleryError('CANCELLED', 'Reading the archive was cancelled.', {}, { cause: error });
    if (error instanceof DistilleryError) throw error;
    throw stopped(streamProblem(error), error);
  }
  const missing = neededFolders.filter((folder) => !folders.has(folder));
  if (missing.length > 0) throw stopped(`it has no reviews in ${missing.join(', ')}`);
  return { sha256: hash.digest('hex'), reviews };
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (found === null) {
    throw new DistilleryError(
      'NOT_FOUND',
      `There is no archive at ${path}; give DISTILLERY_IMDB_ARCHIVE the path of aclImdb_v1.tar.gz.`,
      { path },
    );
  }
  if (!found.isFile())
    throw new DistilleryError('CORRUPT_ARCHIVE', `${path} is not a file; ${layout}.`, { path });
  return found.size;
}

/** Ratings of 5 and 6 were left out when the dataset was made; unlabelled reviews carry 0. */
function ratingProblem(
  split: 'train' | 'test',
  folder: 'pos' | 'neg' | 'unsup',
  rating: number,
): string | null {
  if (folder === 'unsup') {
    if (split === 'test') return 'is an unlabelled review under test';
    return rating === 0 ? null : `has rating ${rating}; expected 0 for an unlabelled review`;
  }
  const [lowest, highest] = folder === 'pos' ? [7, 10] : [1, 4];
  return rating >= lowest && rating <= highest
    ? null
    : `has rating ${rating}; expected ${lowest} to ${highest} in ${folder}`;
}

function streamProblem(error: unknown): string {
  const { code, message } = errorDetails(error);
  if (code === 'Z_BUF_ERROR' || /unexpected end/i.test(message)) return 'it is cut off before its end';
  if (code === 'Z_DATA_ERROR') return `its gzip data is damaged or it is not gzip (${message})`;
  if (/tar header/i.test(message)) return 'what is inside the gzip data is not a tar archive';
  return message;
}
