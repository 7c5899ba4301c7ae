/** All datasets by name: built in, or imported. Each is prepared once and opened from disk afterwards. */
import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sharedFolder, type ArtefactStore } from '../artefacts/store.ts';
import { DistilleryError, errorDetails } from '../errors.ts';
import { exists } from '../files.ts';
import { namePattern, nameRule } from '../names.ts';
import { assemble } from './assemble.ts';
import type { DataProgress, Dataset, DatasetDescription, Review, SourceReviews, Split } from './dataset.ts';
import { describeImdb, readImdb } from './imdb.ts';
import { openPrepared, readDescription, writePrepared, type PreparedDescription } from './prepared.ts';
import { readReviews } from './reviewsPart.ts';
import { generateSample, sampleSource } from './sample.ts';
import type { UploadFormat } from './upload.ts';
import { parseUpload } from './upload.ts';

export interface CatalogueOptions {
  readonly dataDirectory: string;
  /** Where imported datasets are found by other machines; the data directory alone without it. */
  readonly store?: ArtefactStore | undefined;
  /** The aclImdb archive, where it lies on this machine already. */
  readonly imdbArchive?: string | undefined;
  /** Told while a dataset is downloaded or read; often, so throttle what is costly. */
  readonly onProgress?: DataProgress | undefined;
}

/** A dataset that can be made again at any time. */
interface BuiltIn {
  /** A new value makes prepared folders of older code be prepared again. */
  readonly recipe: string;
  describe(): Promise<Pick<DatasetDescription, 'source' | 'state'>>;
  read(signal?: AbortSignal): Promise<SourceReviews>;
}

const uploadRecipe = 'upload-1';

export class DatasetCatalogue {
  readonly #root: string;
  readonly #store: ArtefactStore;
  readonly #builtIn: ReadonlyMap<string, BuiltIn>;

  constructor({
    dataDirectory,
    store = sharedFolder(dataDirectory),
    imdbArchive,
    onProgress = () => undefined,
  }: CatalogueOptions) {
    this.#root = join(dataDirectory, 'datasets');
    this.#store = store;
    const place = { dataDirectory, archive: imdbArchive };
    this.#builtIn = new Map<string, BuiltIn>([
      [
        'imdb',
        {
          recipe: 'imdb-1',
          describe: () => describeImdb(place),
          read: (signal) => readImdb(place, onProgress, signal),
        },
      ],
      [
        'sample',
        {
          recipe: 'sample-1',
          describe: async () => ({ source: sampleSource, state: 'available' }),
          read: async () => generateSample(),
        },
      ],
    ]);
  }

  /** The built-in names first, then imported ones in alphabetical order. */
  async names(): Promise<string[]> {
    return [...this.#builtIn.keys(), ...(await this.imported())];
  }

  /** Those that can't be made again, in alphabetical order. */
  async imported(): Promise<string[]> {
    const entries = await readdir(this.#root, { withFileTypes: true }).catch(() => []);
    const here = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const elsewhere = (await this.#store.list('datasets/')).map((path) => path.slice('datasets/'.length));
    return [...new Set([...here, ...elsewhere])]
      .filter((name) => namePattern.test(name) && !this.#builtIn.has(name))
      .sort();
  }

  /**
   * Never prepares or downloads anything. A damaged folder is told in `source`, not thrown, so that a list stays readable.
   *
   * @throws DistilleryError NOT_FOUND listing the known names
   */
  async describe(name: string): Promise<DatasetDescription> {
    await this.#checkKnown(name);
    const builtIn = this.#builtIn.get(name);
    try {
      const description = await this.#description(name);
      if (description !== null) {
        const { source, counts, fingerprint } = description;
        return { name, source, state: 'ready', counts, fingerprint };
      }
    } catch (error) {
      if (!(error instanceof DistilleryError)) throw error;
      return { name, source: error.message, state: 'absent', counts: null, fingerprint: null };
    }
    if (builtIn === undefined) throw await this.#unknown(name);
    return { name, ...(await builtIn.describe()), counts: null, fingerprint: null };
  }

  /**
   * Prepares the dataset first where that has not been done: minutes for a download, seconds otherwise.
   *
   * @throws DistilleryError NOT_FOUND listing the known names; CORRUPT_ARCHIVE or UNAVAILABLE from the source;
   * INVALID_DATASET where an imported dataset's folder is damaged; CANCELLED
   */
  async open(name: string, options: { signal?: AbortSignal } = {}): Promise<Dataset> {
    await this.#checkKnown(name);
    const builtIn = this.#builtIn.get(name);
    const ready = await this.#openReady(name, builtIn);
    if (ready !== null) return ready;
    if (builtIn === undefined) throw await this.#unknown(name);
    const source = await builtIn.read(options.signal);
    await this.#prepare(name, builtIn.recipe, source);
    return this.#openPrepared(name);
  }

  /**
   * Some reviews of a dataset that is prepared already, in its order. Never prepares or downloads anything, and reads
   * no more than it needs.
   *
   * @param part `offset` reviews are passed over, then `count` are read, or fewer where the split ends before
   * @returns the reviews, and how many the whole split has
   * @throws DistilleryError NOT_FOUND listing the known names; CONFLICT where it is not prepared; INVALID_DATASET where
   * an imported dataset's folder is damaged
   */
  async read(
    name: string,
    split: Split,
    part: { offset: number; count: number },
  ): Promise<{ reviews: Review[]; total: number }> {
    await this.#checkKnown(name);
    const description = await this.#description(name);
    if (description === null) {
      throw new DistilleryError(
        'CONFLICT',
        `The dataset "${name}" is not ready, and looking never prepares or downloads one: the first run that uses it does.`,
        { name },
      );
    }
    return {
      reviews: await readReviews(this.#folder(name), split, part),
      total: description.counts[split],
    };
  }

  /**
   * Adds reviews under a new name; nothing is stored unless all of them are valid, and other machines can find them.
   *
   * @throws DistilleryError BAD_USER_INPUT for the name, CONFLICT where it exists, INVALID_DATASET for the content,
   *   UNAVAILABLE where the artefact store can't be written
   */
  async import(name: string, format: UploadFormat, content: string): Promise<Dataset> {
    if (!namePattern.test(name)) {
      throw new DistilleryError('BAD_USER_INPUT', `"${name}" cannot name a dataset; expected ${nameRule}.`, {
        name,
      });
    }
    if ((await this.names()).includes(name)) throw taken(name);
    const source = parseUpload(name, format, content);
    // Another import of that name may have come first in the meantime.
    if (!(await this.#prepare(name, uploadRecipe, source))) throw taken(name);
    try {
      await this.#store.push(artefactOf(name), { once: true });
    } catch (error) {
      await rm(this.#folder(name), { recursive: true, force: true });
      throw isConflict(error) ? taken(name) : error;
    }
    return this.#openPrepared(name);
  }

  /**
   * @returns null where the dataset has to be prepared, for the first time or again
   * @throws DistilleryError INVALID_DATASET where an imported dataset's is unreadable
   */
  async #description(name: string): Promise<PreparedDescription | null> {
    const builtIn = this.#builtIn.get(name);
    try {
      const description = await readDescription(this.#folder(name));
      return builtIn === undefined || description?.recipe === builtIn.recipe ? description : null;
    } catch (error) {
      if (builtIn !== undefined && error instanceof DistilleryError) return null;
      throw error;
    }
  }

  /** @returns null where the dataset has to be prepared; a damaged folder of a built-in one is removed for that */
  async #openReady(name: string, builtIn: BuiltIn | undefined): Promise<Dataset | null> {
    const folder = this.#folder(name);
    try {
      const description = await readDescription(folder);
      if (description === null) return null;
      if (builtIn === undefined || description.recipe === builtIn.recipe)
        return await openPrepared(folder, description);
    } catch (error) {
      if (!(error instanceof DistilleryError)) throw error;
      if (builtIn === undefined) {
        const stored = (await this.#store.pull(artefactOf(name))) ? await readDescription(folder) : null;
        if (stored) return openPrepared(folder, stored);
        throw new DistilleryError(
          error.code,
          `${error.message} Remove that folder and import the dataset again.`,
          error.facts,
          { cause: error },
        );
      }
    }
    // Renamed first, so that no other process sees it half removed.
    const aside = join(this.#root, `.${name}.${randomUUID()}.partial`);
    await rename(folder, aside).catch((error: unknown) => {
      if (errorDetails(error).code !== 'ENOENT') throw error; // else another process was quicker
    });
    await rm(aside, { recursive: true, force: true });
    return null;
  }

  /** @returns false where the folder was there already */
  #prepare(name: string, recipe: string, { source, reviews }: SourceReviews): Promise<boolean> {
    return writePrepared(this.#folder(name), { name, recipe, source }, assemble(reviews));
  }

  async #openPrepared(name: string): Promise<Dataset> {
    const folder = this.#folder(name);
    const description = await readDescription(folder);
    if (description === null)
      throw new DistilleryError('INTERNAL', `The prepared dataset ${folder} has vanished.`, { folder });
    return openPrepared(folder, description);
  }

  #folder(name: string): string {
    return join(this.#root, name);
  }

  /** An imported dataset is here afterwards, wherever it was imported. */
  async #checkKnown(name: string): Promise<void> {
    if (namePattern.test(name)) {
      if (this.#builtIn.has(name) || (await exists(this.#folder(name)))) return;
      if (await this.#store.pull(artefactOf(name))) return;
    }
    throw await this.#unknown(name);
  }

  async #unknown(name: string): Promise<DistilleryError> {
    const names = await this.names();
    return new DistilleryError('NOT_FOUND', `There is no dataset "${name}"; known are ${names.join(', ')}.`, {
      name,
      names,
    });
  }
}

const artefactOf = (name: string) => `datasets/${name}`;

function isConflict(error: unknown): boolean {
  return error instanceof DistilleryError && error.code === 'CONFLICT';
}

function taken(name: string): DistilleryError {
  return new DistilleryError('CONFLICT', `There is a dataset "${name}" already; give another name.`, {
    name,
  });
}
