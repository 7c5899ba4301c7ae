/** Where artefacts (models, checkpoints, imported datasets, logits, reports) lie for all processes, whatever disk each has. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * An artefact is a file or a folder that is written once as a whole, or replaced as a whole. It is named by its path
 * relative to the data directory, with `/` on every platform. The data directory is where it is worked with; the store
 * is where other machines find it.
 */
export interface ArtefactStore {
  readonly dataDirectory: string;
  /** Says early what every later call would. @throws DistilleryError UNAVAILABLE */
  requireUsable(): Promise<void>;
  /**
   * Makes what lies in the data directory there for all, at once and whole, in place of what the store had.
   * @param options.once only where the store has nothing there yet
   * @throws DistilleryError UNAVAILABLE; CONFLICT for `once`, where somebody was quicker
   */
  push(path: string, options?: { once?: boolean }): Promise<void>;
  /**
   * Makes what lies in the data directory equal to what the store has, checksum by checksum; what is equal already is
   * not fetched. Nothing of it is seen before it is whole.
   * @returns false where the store has nothing there that is not in the data directory
   * @throws DistilleryError UNAVAILABLE; CORRUPT_ARCHIVE where the store's bytes are not those that were pushed
   */
  pull(path: string): Promise<boolean>;
  /** The artefacts whose path begins with `under`, where they need not be in the data directory. @throws as {@link push} */
  list(under: string): Promise<string[]>;
  /** Takes it, or all that lies in that folder, away from the data directory and the store. @throws as {@link push} */
  remove(path: string): Promise<void>;
}

/** One machine, or several on one disk: what is in the data directory is there for all. */
export function sharedFolder(dataDirectory: string): ArtefactStore {
  return {
    dataDirectory,
    requireUsable: () => Promise.resolve(),
    push: () => Promise.resolve(),
    pull: () => Promise.resolve(false),
    list: () => Promise.resolve([]),
    remove: (path) => rm(join(dataDirectory, path), { recursive: true, force: true }),
  };
}
