/** Whether a model's files are those that were published; where they are not, they are brought from the artefact store. */
import { stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { filesOf } from '../artefacts/manifest.ts';
import type { ArtefactStore } from '../artefacts/store.ts';
import { DistilleryError } from '../errors.ts';
import { exists, sha256OfFile } from '../files.ts';
import { referenceOf } from '../names.ts';
import { modelFiles, type ModelCard } from './card.ts';

/** SHA-256 of each file of a model's folder, by its name in there. */
export type Checksums = Readonly<Record<string, string>>;

/** A version of the registry, as far as its files go. */
export interface StoredModel {
  readonly card: ModelCard;
  readonly folder: string;
  /** null where none were taken: of a released model, which each machine has as its own release brings it. */
  readonly files?: Checksums | null;
}

/** The artefact that a model's folder is. */
export function storePath({ dataDirectory }: ArtefactStore, folder: string): string {
  return relative(dataDirectory, folder).split(sep).join('/');
}

export async function checksumsOf(folder: string): Promise<Checksums> {
  const checksums: Record<string, string> = {};
  for (const name of await filesOf(folder)) checksums[name] = await sha256OfFile(join(folder, name));
  return checksums;
}

export class IntactFiles {
  readonly #store: ArtefactStore;
  /** By path: size, time and inode of a file when its checksum was right. */
  readonly #checked = new Map<string, string>();
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(store: ArtefactStore) {
    this.#store = store;
  }

  /**
   * Files that this process has checked before, and that have not been touched since, are not read again.
   * @throws DistilleryError INVALID_CHECKPOINT for a file that is missing or has other bytes than it was published with,
   *   which no store could replace; UNAVAILABLE where the store can't be asked
   */
  require(model: StoredModel): Promise<void> {
    const { folder } = model;
    const underWay = this.#underWay.get(folder);
    if (underWay) return underWay;
    const required = this.#require(model).finally(() => this.#underWay.delete(folder));
    this.#underWay.set(folder, required);
    return required;
  }

  async #require(model: StoredModel): Promise<void> {
    const fault = await this.#faultOf(model);
    if (!fault) return;
    const pulled = await this.#store.pull(storePath(this.#store, model.folder));
    const left = pulled ? await this.#faultOf(model) : fault;
    // What has no checksums is for those who open it to judge.
    if (!left || !model.files) return;
    const reference = referenceOf(model.card);
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `${reference} can't be used: ${left.file} in ${model.folder} ${left.what}. Restore the folder from a backup, or make the model again.`,
      { model: reference, file: left.file },
    );
  }

  async #faultOf({ folder, files }: StoredModel): Promise<{ file: string; what: string } | null> {
    if (!files) {
      const there = await exists(join(folder, modelFiles.graph));
      return there ? null : { file: modelFiles.graph, what: 'is missing' };
    }
    for (const [file, sha256] of Object.entries(files)) {
      // The registry's card is the one that holds.
      if (file === modelFiles.card) continue;
      const path = join(folder, file);
      const found = await stat(path).catch(() => null);
      if (!found) return { file, what: 'is missing' };
      const state = `${found.size} ${found.mtimeMs} ${found.ino} ${sha256}`;
      if (this.#checked.get(path) === state) continue;
      if ((await sha256OfFile(path)) !== sha256)
        return { file, what: `does not have the sha256 ${sha256} that it was published with` };
      this.#checked.set(path, state);
    }
    return null;
  }
}
