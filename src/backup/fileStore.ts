/** Where files are found that are not in the data directory: as much of an artefact store as a backup needs. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** An artefact is a file or a folder, named by its path in the data directory, with slashes. */
export interface FileStore {
  /** Those whose path begins with `under`, where they need not be in the data directory. */
  list(under: string): Promise<readonly string[]>;
  /** Brings it into the data directory. @returns whether there is one */
  pull(path: string): Promise<boolean>;
  /** Makes what is in the data directory there for other machines. */
  push(path: string): Promise<void>;
  /** Takes it away from the data directory and from everywhere else. */
  remove(path: string): Promise<void>;
}

/** All there is lies in the data directory. */
export function oneDisk(dataDirectory: string): FileStore {
  return {
    list: () => Promise.resolve([]),
    pull: () => Promise.resolve(false),
    push: () => Promise.resolve(),
    remove: (path) => rm(join(dataDirectory, path), { recursive: true, force: true }),
  };
}
