/** The `imdb` dataset: the Large Movie Review Dataset, from a given archive or downloaded from its authors. */
import { basename, join } from 'node:path';
import { DistilleryError } from '../errors.ts';
import { exists } from '../files.ts';
import type { DataProgress, DatasetDescription, SourceReviews } from './dataset.ts';
import { downloadFile } from './download.ts';
import { readImdbArchive } from './imdbArchive.ts';

const address = 'https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz';
const officialSha256 = 'c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe';
const title = 'Large Movie Review Dataset (Maas et al. 2011)';
const knownArchives = new Map([
  [officialSha256, 'the published archive'],
  [
    '1954d9f7cde4c848cbe30ab394a6d778839907e9be225178d8480ea3a0d42869',
    'a known copy without three reviews and the bag-of-words files',
  ],
]);

export interface ImdbPlace {
  readonly dataDirectory: string;
  /** The archive on this machine, where it was given. */
  readonly archive?: string | undefined;
}

/** Where the reviews would come from, while the dataset is not prepared yet. */
export async function describeImdb(place: ImdbPlace): Promise<Pick<DatasetDescription, 'source' | 'state'>> {
  const path = await archivePath(place);
  if (path === null) return { source: `${title}, to be downloaded from ${address}`, state: 'absent' };
  if (await exists(path)) return { source: `${title}, from ${path}`, state: 'available' };
  return { source: `${title}: there is no archive at ${path}`, state: 'absent' };
}

/** @throws DistilleryError as {@link readImdbArchive}; UNAVAILABLE where it must be downloaded and cannot be */
export async function readImdb(
  place: ImdbPlace,
  onProgress: DataProgress,
  signal?: AbortSignal,
): Promise<SourceReviews> {
  const path = (await archivePath(place)) ?? (await download(place.dataDirectory, onProgress, signal));
  const { sha256, reviews } = await readImdbArchive(path, {
    signal,
    onBytes: (done, total) => onProgress(`Reading ${basename(path)}`, done, total),
  });
  const known = knownArchives.get(sha256) ?? 'not an archive known to us';
  return { source: `${title}, ${basename(path)} with sha256 ${sha256} (${known})`, reviews };
}

/** The given path, or that of an earlier download; null where it has to be downloaded. */
async function archivePath({ dataDirectory, archive }: ImdbPlace): Promise<string | null> {
  if (archive !== undefined) return archive;
  const downloaded = downloadTarget(dataDirectory);
  return (await exists(downloaded)) ? downloaded : null;
}

function downloadTarget(dataDirectory: string): string {
  return join(dataDirectory, 'downloads', basename(address));
}

async function download(
  dataDirectory: string,
  onProgress: DataProgress,
  signal?: AbortSignal,
): Promise<string> {
  const target = downloadTarget(dataDirectory);
  try {
    await downloadFile(address, target, {
      sha256: officialSha256,
      signal,
      onProgress: (done, total) => onProgress(`Downloading ${basename(address)}`, done, total),
    });
  } catch (error) {
    if (!(error instanceof DistilleryError) || error.code !== 'UNAVAILABLE') throw error;
    const remedy = `Without network, give DISTILLERY_IMDB_ARCHIVE the path of ${basename(address)}, or use the dataset "sample".`;
    throw new DistilleryError('UNAVAILABLE', `${error.message} ${remedy}`, error.facts, { cause: error });
  }
  return target;
}
