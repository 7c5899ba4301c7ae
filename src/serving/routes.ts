/** Which version answers a text: what references mean, kept in memory and up to date, and aliases that try a version. */
import { LRUCache } from 'lru-cache';
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { ChangedBy, TrialTerms } from '../models/aliases.ts';
import type { Candidate, Meaning, ModelRegistry, ModelVersion } from '../models/registry.ts';
import type { ClassifyOptions, Prediction, Serving } from './serving.ts';
import { Shadows } from './shadows.ts';
import { checkCount, checkText } from './textLimits.ts';
import { countAnswer, emptyStatistics, isFaultOfModel, isGiven, type Trial } from './trial.ts';
import { referenceOf } from '../names.ts';

/** What a reference means: a version, and where it is an alias what that tries beside. */
export interface Route {
  readonly version: ModelVersion;
  readonly trial: Trial | null;
}

export interface Answer {
  readonly version: ModelVersion;
  readonly prediction: Prediction;
}

/** An alias as it stands in the database. */
export interface Alias extends Route {
  readonly name: string;
}

export interface RoutesDependencies {
  readonly registry: ModelRegistry;
  readonly serving: Pick<Serving, 'classify' | 'classifyMany' | 'warm' | 'release'>;
  readonly logger: Logger;
  readonly config: Pick<Config, 'maxTextCharacters' | 'maxTextsPerRequest' | 'warmModels'>;
}

/** References that are remembered, and as many that lead nowhere. */
const mostReferences = 1_000;
/** Before what could not be looked up or opened, though it may be there, is tried again. */
const retryMs = 2_000;

export class Routes {
  readonly #registry: ModelRegistry;
  readonly #serving: RoutesDependencies['serving'];
  readonly #logger: Logger;
  readonly #config: RoutesDependencies['config'];
  readonly #shadows: Shadows;
  readonly #routes = new LRUCache<string, Route>({ max: mostReferences });
  /** A client that goes on asking for a model that is not there would cost three queries each time. */
  readonly #missing = new LRUCache<string, DistilleryError>({ max: mostReferences });
  readonly #lookUps = new Map<string, Promise<Route>>();
  /** By alias; those that this process has met. */
  readonly #trials = new Map<string, Trial>();
  #refreshing: Promise<void> = Promise.resolve();
  #nextRefresh: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #stopListening: (() => Promise<void>) | null = null;

  constructor({ registry, serving, logger, config }: RoutesDependencies) {
    this.#registry = registry;
    this.#serving = serving;
    this.#logger = logger;
    this.#config = config;
    this.#shadows = new Shadows(serving);
  }

  /** Hears of changes from now on, and opens the models that are to be open from the start. */
  async start(): Promise<void> {
    this.#stopListening = await this.#registry.onChange(() => this.refresh());
    await Promise.all(this.#config.warmModels.map((reference) => this.#warm(reference)));
  }

  /** Changes are not heard any more. */
  async stop(): Promise<void> {
    await this.#stopListening?.();
    await (this.#nextRefresh ?? this.#refreshing);
    if (this.#retry) clearTimeout(this.#retry);
  }

  /**
   * At once where the reference is known.
   * @throws DistilleryError NOT_FOUND
   */
  resolve(reference: string): Route | Promise<Route> {
    return this.#routes.get(reference) ?? this.#lookUp(reference);
  }

  /** @throws DistilleryError NOT_FOUND, or as {@link Serving.classify} */
  async classify(reference: string, text: string, options: ClassifyOptions = {}): Promise<Answer> {
    const { version, trial } = await this.resolve(reference);
    if (trial) return this.#classifyOnTrial(trial, text, options);
    return { version, prediction: await this.#serving.classify(version, text, options) };
  }

  /** @throws DistilleryError NOT_FOUND, or as {@link Serving.classifyMany} */
  async classifyMany(
    reference: string,
    texts: readonly string[],
    options: ClassifyOptions = {},
  ): Promise<Answer[]> {
    const { version, trial } = await this.resolve(reference);
    if (!trial) {
      const predictions = await this.#serving.classifyMany(version, texts, options);
      return predictions.map((prediction) => ({ version, prediction }));
    }
    // Here, since serving would only see them one by one.
    checkCount(texts.length, this.#config.maxTextsPerRequest);
    for (const [index, text] of texts.entries()) checkText(text, this.#config.maxTextCharacters, index);
    return Promise.all(texts.map((text) => this.#classifyOnTrial(trial, text, options)));
  }

  /**
   * Points an alias at a version, or lets it try one; both only after the version has been opened.
   * @returns the version, when requests to this process get it
   * @throws DistilleryError INVALID_CHECKPOINT for a version whose files can't be read, or as
   *   {@link ModelRegistry.setAlias}
   */
  async setAlias(
    alias: string,
    reference: string,
    terms: TrialTerms = {},
    by: ChangedBy = {},
  ): Promise<ModelVersion> {
    const version = await this.#registry.resolve(reference);
    await this.#serving.warm(version);
    return this.#registry.setAlias(alias, referenceOf(version.card), terms, by);
  }

  /**
   * Lets an alias mean the version again that it meant last before its present one; a trial ends.
   * @throws DistilleryError as {@link setAlias} and {@link ModelRegistry.versionBefore}
   */
  async rollbackAlias(alias: string, actor: string | null): Promise<ModelVersion> {
    const { card } = await this.#registry.versionBefore(alias);
    return this.setAlias(alias, referenceOf(card), {}, { actor, rollback: true });
  }

  async aliases(): Promise<Alias[]> {
    const meanings = await this.#registry.aliases();
    return meanings.map((meaning) => ({
      name: meaning.reference,
      version: meaning.version,
      trial: this.#trialOf(meaning),
    }));
  }

  /** Those that this process has met, with what came of them here. */
  trials(): Trial[] {
    return [...this.#trials.values()];
  }

  /**
   * Looks everything up again that is remembered. Where a reference means another version now, that version is opened
   * first, and the one before goes on answering until it is, or for good where it can't be opened.
   * @returns resolves when all that was changed before the call is heeded; never rejects
   */
  refresh(): Promise<void> {
    // What is being looked up may have been read before the change.
    this.#lookUps.clear();
    this.#missing.clear();
    this.#nextRefresh ??= this.#refreshing.then(() => {
      this.#refreshing = this.#refresh();
      this.#nextRefresh = null;
      return this.#refreshing;
    });
    return this.#nextRefresh;
  }

  async #refresh(): Promise<void> {
    const references = new Set([...this.#routes.keys(), ...this.#trials.keys()]);
    const before = this.#routed();
    try {
      const meanings = await this.#registry.meaningsOf([...references]);
      await Promise.all(
        [...references].map((reference) => this.#replace(reference, meanings.get(reference))),
      );
      const now = this.#routed();
      for (const [folder, version] of before) if (!now.has(folder)) this.#serving.release(version);
    } catch (error) {
      this.#logger.error({ err: error }, 'what models mean could not be looked up; what is known goes on');
      this.#refreshLater();
    }
  }

  /** The versions that some reference means or tries, by folder. */
  #routed(): Map<string, ModelVersion> {
    const versions = [...this.#routes.values()].flatMap(({ version, trial }) =>
      trial ? [version, trial.candidate] : [version],
    );
    return new Map(versions.map((version) => [version.folder, version]));
  }

  async #replace(reference: string, meaning: Meaning | undefined): Promise<void> {
    const before = this.#routes.peek(reference);
    if (!meaning) {
      this.#routes.delete(reference);
      this.#trials.delete(reference);
      return;
    }
    const open = [before?.version.folder, before?.trial?.candidate.folder];
    const versions = [meaning.version, ...(meaning.candidate ? [meaning.candidate.version] : [])];
    for (const version of versions) {
      if (open.includes(version.folder)) continue;
      try {
        await this.#serving.warm(version);
      } catch (error) {
        const { card } = version;
        this.#logger.error(
          { err: error, reference, model: referenceOf(card) },
          'a version could not be opened; the one before goes on answering',
        );
        if (!isFaultOfModel(error)) this.#refreshLater();
        return;
      }
    }
    this.#remember(meaning);
  }

  #refreshLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      void this.refresh();
    }, retryMs).unref();
  }

  #remember(meaning: Meaning): Route {
    const { reference, version } = meaning;
    const route = { version, trial: this.#trialOf(meaning) };
    this.#routes.set(reference, route);
    if (route.trial) this.#trials.set(reference, route.trial);
    else this.#trials.delete(reference);
    return route;
  }

  /** With the statistics that it has so far. */
  #trialOf({ reference, version, candidate }: Meaning): Trial | null {
    if (!candidate) return null;
    const known = this.#trials.get(reference);
    const statistics = known && isSameTrial(known, version, candidate) ? known.statistics : emptyStatistics();
    return { ...candidate, alias: reference, stable: version, candidate: candidate.version, statistics };
  }

  #lookUp(reference: string): Promise<Route> {
    const missing = this.#missing.get(reference);
    if (missing) return Promise.reject(missing);
    const underWay = this.#lookUps.get(reference);
    if (underWay) return underWay;
    const lookUp: Promise<Route> = this.#registry.meaningOf(reference).then(
      (meaning) => (this.#isLast(reference, lookUp) ? this.#remember(meaning) : this.resolve(reference)),
      (error: unknown) => {
        if (!this.#isLast(reference, lookUp)) return this.resolve(reference);
        if (error instanceof DistilleryError && error.code === 'NOT_FOUND')
          this.#missing.set(reference, error);
        throw error;
      },
    );
    this.#lookUps.set(reference, lookUp);
    return lookUp;
  }

  /** Whether nothing has changed since; the look-up has ended then. */
  #isLast(reference: string, lookUp: Promise<Route>): boolean {
    return this.#lookUps.get(reference) === lookUp && this.#lookUps.delete(reference);
  }

  async #classifyOnTrial(trial: Trial, text: string, options: ClassifyOptions): Promise<Answer> {
    const isChosen = isGiven(trial, text);
    const role = isChosen && !trial.shadow ? 'candidate' : 'stable';
    const counts = trial.statistics[role];
    let prediction: Prediction;
    try {
      prediction = await this.#serving.classify(trial[role], text, options);
    } catch (error) {
      if (isFaultOfModel(error)) counts.failed++;
      throw error;
    }
    countAnswer(counts, prediction);
    if (isChosen && trial.shadow) this.#shadows.add({ trial, text, answer: prediction });
    return { version: trial[role], prediction };
  }

  async #warm(reference: string): Promise<void> {
    try {
      const { version, trial } = await this.resolve(reference);
      await Promise.all(
        [version, ...(trial ? [trial.candidate] : [])].map((model) => this.#serving.warm(model)),
      );
    } catch (error) {
      if (error instanceof DistilleryError && error.code === 'NOT_FOUND')
        this.#logger.debug({ reference }, 'a model that was to be opened at start is not there');
      else this.#logger.error({ err: error, reference }, 'a model could not be opened at start');
    }
  }
}

function isSameTrial(trial: Trial, stable: ModelVersion, candidate: Candidate): boolean {
  return (
    trial.stable.folder === stable.folder &&
    trial.candidate.folder === candidate.version.folder &&
    trial.share === candidate.share &&
    trial.shadow === candidate.shadow &&
    trial.since.getTime() === candidate.since.getTime()
  );
}
