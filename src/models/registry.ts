/** The registry: which models there are, in which versions, under which aliases, and in which folders. */
import { join, relative, sep } from 'node:path';
import { sharedFolder, type ArtefactStore } from '../artefacts/store.ts';
import { DistilleryError } from '../errors.ts';
import { exists } from '../files.ts';
import { referenceOf } from '../names.ts';
import * as aliasRows from '../storage/aliases.ts';
import type { Database, Transaction } from '../storage/database.ts';
import * as rows from '../storage/models.ts';
import type { ModelRow } from '../storage/models.ts';
import { overOutages } from '../storage/outage.ts';
import { checkFirst, decodeCursor, encodeCursor, pageOf } from '../storage/page.ts';
import type { Page, PageRequest } from '../storage/page.ts';
import * as aliases from './aliases.ts';
import type { ChangedBy, TrialTerms } from './aliases.ts';
import { modelCard } from './card.ts';
import type { ModelCard } from './card.ts';
import { checksumsOf, IntactFiles, storePath, type Checksums, type StoredModel } from './intactFiles.ts';
import { checkName, graphSize, modelFolders, moveFolder, readCard, writeCard } from './modelFolder.ts';

export interface ModelVersion {
  readonly card: ModelCard;
  readonly folder: string;
  /** null where they are not known. */
  readonly files: Checksums | null;
  /** Size of `model.onnx`. */
  readonly sizeBytes: number;
  readonly aliases: string[];
  readonly createdAt: Date;
}

/** A version that an alias tries beside its own. */
export interface Candidate {
  readonly version: ModelVersion;
  /** Of the texts, above 0 and up to 1: those that it answers, or as a shadow is given as well. */
  readonly share: number;
  /** The alias's own version answers every text, and what the candidate says is only counted. */
  readonly shadow: boolean;
  readonly since: Date;
}

/** What a reference means now. */
export interface Meaning {
  /** As it was asked for. */
  readonly reference: string;
  readonly version: ModelVersion;
  /** Of an alias that tries one. */
  readonly candidate: Candidate | null;
}

/** What {@link ModelRegistry.start} found on disk and in no row. */
export interface FoundModels {
  /** `name@version` of each. */
  registered: string[];
  ignored: { folder: string; reason: string }[];
}

/** How long a lost database is waited for, to be told whether what was asked of it last is done. */
const commitUnknownMs = 900_000;
export type AliasChange = aliasRows.AliasChangeRow;

export class ModelRegistry {
  readonly #database: Database;
  readonly #roots: Record<ModelRow['root'], string>;
  readonly #store: ArtefactStore;
  readonly #intact: IntactFiles;
  readonly #listeners = new Set<() => Promise<void>>();

  /** @param store where the models of the data directory are found by other machines */
  constructor(
    database: Database,
    dataDirectory: string,
    releasedFolder: string,
    store: ArtefactStore = sharedFolder(dataDirectory),
  ) {
    this.#database = database;
    this.#store = store;
    this.#intact = new IntactFiles(store);
    this.#roots = { data: join(dataDirectory, 'models'), released: releasedFolder };
  }

  /**
   * Registers the released models, and complete model folders, here or in the artefact store, that have no row: from
   * a crash between moving a folder into place and storing its row, or after the database was lost. Doing it again
   * changes nothing.
   */
  async start(): Promise<FoundModels> {
    const found: FoundModels = { registered: [], ignored: [] };
    const look = async (root: ModelRow['root'], folder: string) => {
      try {
        const reference = await this.#register(root, folder);
        if (reference) found.registered.push(reference);
      } catch (error) {
        if (!(error instanceof DistilleryError) || error.code === 'UNAVAILABLE') throw error;
        found.ignored.push({ folder, reason: error.message });
      }
    };
    for (const root of ['released', 'data'] as const)
      for (const folder of await modelFolders(this.#roots[root])) await look(root, folder);
    const stored = await this.#store.list('models/');
    const known = stored.length > 0 ? await rows.pathsIn(this.#database, 'data') : new Set();
    for (const path of stored) {
      if (known.has(path.slice('models/'.length))) continue;
      await this.#store.pull(path);
      await look('data', join(this.#store.dataDirectory, path));
    }
    return found;
  }

  /**
   * What everyone who needs a version's files asks for first: that they are here, and are those that were published.
   * @throws DistilleryError INVALID_CHECKPOINT, UNAVAILABLE
   */
  requireFiles(model: StoredModel): Promise<void> {
    return this.#intact.require(model);
  }

  /**
   * @param reference an alias, a name (its newest version) or `name@version`; an alias comes before a name
   * @returns of an alias its own version, whatever it tries
   * @throws DistilleryError NOT_FOUND with everything that exists
   */
  async resolve(reference: string): Promise<ModelVersion> {
    return (await this.meaningOf(reference)).version;
  }

  /** @throws DistilleryError as {@link resolve} */
  async meaningOf(reference: string): Promise<Meaning> {
    const meaning = (await this.meaningsOf([reference])).get(reference);
    if (meaning) return meaning;
    throw await aliases.unknownReference(this.#database, reference);
  }

  /** By reference, in as many queries as for one; those that mean nothing are left out. */
  async meaningsOf(references: readonly string[]): Promise<Map<string, Meaning>> {
    const parsed = references.flatMap((reference) => aliases.parseReference(reference) ?? []);
    if (parsed.length === 0) return new Map();
    const found = await aliasRows.findMeanings(this.#database, parsed);
    return new Map(
      found.map(({ reference, version, candidate }) => [
        reference,
        {
          reference,
          version: this.#versionOf(version),
          candidate: candidate && { ...candidate, version: this.#versionOf(candidate.version) },
        },
      ]),
    );
  }

  /** What every alias means, by its name. */
  async aliases(): Promise<Meaning[]> {
    const names = await aliasRows.allAliases(this.#database);
    const meanings = await this.meaningsOf(names);
    return names.flatMap((name) => meanings.get(name) ?? []);
  }

  /**
   * Calls `listener` when references may mean something else than before: after a change by any process, and where
   * one may have been missed. {@link publish} and {@link setAlias} of this registry resolve when it has resolved.
   * @returns stops it
   */
  async onChange(listener: () => Promise<void>): Promise<() => Promise<void>> {
    const stop = await aliasRows.onAnnouncedChange(this.#database, () => void listener());
    this.#listeners.add(listener);
    return async () => {
      this.#listeners.delete(listener);
      await stop();
    };
  }

  /** The newest version of every name, by name; the students that surveys made only where they are asked for. */
  async list({
    first,
    after,
    ofSurveys = false,
  }: PageRequest & { ofSurveys?: boolean }): Promise<Page<ModelVersion>> {
    checkFirst(first);
    const found = await rows.newestVersions(
      this.#database,
      after ? decodeCursor('model', after) : null,
      first + 1,
      { ofSurveys },
    );
    return pageOf(found, first, (row) => ({
      ...this.#versionOf(row),
      cursor: encodeCursor('model', row.name),
    }));
  }

  /** The version that a run has published, if it got so far. */
  async publishedBy(runId: string): Promise<ModelVersion | null> {
    const row = await rows.findByRun(this.#database, runId);
    return row && this.#versionOf(row);
  }

  /**
   * Gives the model the next version of its name and moves its folder into place; nobody sees a part of it.
   * @param preparedFolder complete but for `card.json`; it is moved away
   * @param runId the run that made it: publishing again for the same run answers with the first version
   * @param check asked within the transaction that publishes; where it throws, nothing is published
   * @throws DistilleryError INVALID_CHECKPOINT for an incomplete folder, BAD_USER_INPUT for a bad name
   */
  async publish(
    preparedFolder: string,
    card: Omit<ModelCard, 'version'>,
    runId: string | null = null,
    check?: (transaction: Transaction) => Promise<void>,
  ): Promise<ModelVersion> {
    checkName(card.name, 'model name');
    let moved: string | null = null;
    try {
      await this.#database.transaction(async (transaction) => {
        await check?.(transaction);
        const { lastVersion } = await rows.lockName(transaction, card.name);
        if (runId && (await rows.findByRun(transaction, runId))) return;
        const sizeBytes = await graphSize(preparedFolder);
        const version = await this.#freeVersion(card.name, lastVersion);
        // Which model is the newest goes by it: the clocks of the machines that train may differ.
        const createdAt = (await rows.momentOf(transaction)).toISOString();
        const complete = modelCard.parse({ ...card, version, createdAt });
        await writeCard(preparedFolder, { ...complete, runId });
        const path = `${card.name}/${version}`;
        const folder = join(this.#roots.data, path);
        await moveFolder(preparedFolder, folder);
        moved = folder;
        const files = await checksumsOf(folder);
        await this.#store.push(`models/${path}`);
        await rows.insertVersion(transaction, {
          name: card.name,
          version,
          card: complete,
          root: 'data',
          path,
          sizeBytes,
          files,
          runId,
        });
        await aliases.keepAliases(transaction, complete);
        await aliasRows.announceChange(transaction);
      });
    } catch (error) {
      // Lost with its connection, the transaction may have been committed all the same.
      if (moved && !(await this.#isStored(card.name, moved))) {
        await moveFolder(moved, preparedFolder);
        // Where that fails, the next start of a server finds a model that nobody has heard of, and registers it.
        await this.#store.remove(storePath(this.#store, moved)).catch(() => undefined);
        throw error;
      }
      if (!moved) throw error;
    }
    await this.#changed();
    const row = runId
      ? await rows.findByRun(this.#database, runId)
      : await rows.findVersion(this.#database, card.name);
    if (!row) throw new DistilleryError('INTERNAL', `The new version of ${card.name} was not stored.`);
    return this.#versionOf(row);
  }

  /**
   * Points an alias at a version, which ends what it tried before, or lets it try the version beside its own. Tried
   * out of itself, its own version ends the trial.
   * @returns the version that the reference means
   * @throws DistilleryError NOT_FOUND for the reference; BAD_USER_INPUT for an alias that is no name or a model's
   *   name, for a share that is none, and for a trial under an alias that does not exist yet
   */
  async setAlias(
    alias: string,
    reference: string,
    terms: TrialTerms = {},
    by: ChangedBy = {},
  ): Promise<ModelVersion> {
    aliases.checkAlias(alias, terms);
    const { card } = await this.resolve(reference);
    await this.#database.transaction(async (transaction) => {
      await aliases.pointAlias(transaction, alias, card, terms, by);
      await aliasRows.announceChange(transaction);
    });
    await this.#changed();
    return this.resolve(referenceOf(card));
  }

  /** Every change of an alias, the newest first. @throws DistilleryError NOT_FOUND, BAD_USER_INPUT */
  async aliasHistory(alias: string, request: PageRequest): Promise<Page<AliasChange>> {
    await aliases.checkIsAlias(this.#database, alias);
    return aliasRows.historyOf(this.#database, alias, request);
  }

  /** Where a rollback of the alias leads. @throws DistilleryError as {@link versionBefore} */
  async versionBefore(alias: string): Promise<ModelVersion> {
    return this.#versionOf(await aliases.versionBefore(this.#database, alias));
  }

  /**
   * Whether a run may publish under `name`; asked before the work begins, since an alias would hide the model.
   * @throws DistilleryError BAD_USER_INPUT
   */
  async checkNewName(name: string, kind: 'teacher' | 'student' | 'model'): Promise<void> {
    checkName(name, 'model name');
    if (!(await aliases.hidesModel(this.#database, name, kind))) return;
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `"${name}" is an alias, so a ${kind} can't have it as its name. Choose another.`,
      { name },
    );
  }

  async #isStored(name: string, folder: string): Promise<boolean> {
    const path = relative(this.#roots.data, folder).split(sep).join('/');
    const ask = () =>
      this.#database.transaction(async (transaction) => {
        // Waits for the transaction that is asked about, should the database be still at it.
        await rows.lockName(transaction, name);
        return (await rows.findByPath(transaction, 'data', path)) !== null;
      });
    return overOutages(ask, { patienceMs: commitUnknownMs });
  }

  async #changed(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener()));
  }

  /** @returns `name@version` if the folder was new */
  async #register(root: ModelRow['root'], folder: string): Promise<string | null> {
    const { runId, ...card } = await readCard(folder);
    const path = relative(this.#roots[root], folder).split(sep).join('/');
    if (root === 'data' && path !== `${card.name}/${card.version}`) {
      throw new DistilleryError(
        'INVALID_CHECKPOINT',
        `Its card says ${referenceOf(card)}, but the folder is ${path}.`,
      );
    }
    const sizeBytes = await graphSize(folder);
    return this.#database.transaction(async (transaction) => {
      const { lastVersion } = await rows.lockName(transaction, card.name);
      const known = await rows.findByPath(transaction, root, path);
      if (known) {
        if (root === 'released') {
          const { name, version } = known;
          await rows.updateCard(transaction, known, { ...card, name, version }, sizeBytes);
          await aliasRows.announceChange(transaction);
        }
        return null;
      }
      if (runId && (await rows.findByRun(transaction, runId))) return null;
      // A released model comes with a number of its own, which a model of the user's may have already.
      const taken = await rows.findVersion(transaction, card.name, card.version);
      const version = taken ? await this.#freeVersion(card.name, lastVersion) : card.version;
      const complete = { ...card, version };
      const files = root === 'data' ? await this.#shared(folder) : null;
      await rows.insertVersion(transaction, {
        name: card.name,
        version,
        card: complete,
        root,
        path,
        sizeBytes,
        files,
        runId,
      });
      await aliases.keepAliases(transaction, complete, { replaceTeacher: false });
      await aliasRows.announceChange(transaction);
      return `${card.name}@${version}`;
    });
  }

  /** Makes sure that other machines find a folder of the data directory. @returns its checksums */
  async #shared(folder: string): Promise<Checksums> {
    const path = storePath(this.#store, folder);
    if (!(await this.#store.list(path)).includes(path)) await this.#store.push(path);
    return checksumsOf(folder);
  }

  /** Also passes over a folder that is there without a row, so that a number never means two models. */
  async #freeVersion(name: string, lastVersion: number): Promise<number> {
    const stored = await this.#store.list(`models/${name}/`);
    let version = lastVersion + 1;
    while (
      stored.includes(`models/${name}/${version}`) ||
      (await exists(join(this.#roots.data, name, String(version))))
    )
      version++;
    return version;
  }

  #versionOf(row: ModelRow): ModelVersion {
    return {
      // Cards of earlier releases lack what has a default
      card: modelCard.parse(row.card),
      folder: join(this.#roots[row.root], row.path),
      files: row.files,
      sizeBytes: row.sizeBytes,
      aliases: row.aliases,
      createdAt: row.createdAt,
    };
  }
}
