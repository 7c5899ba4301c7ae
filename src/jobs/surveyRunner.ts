/** Carries surveys out: queues their runs as soon as what they need is there, and their analysis when all have ended. */
import type { DatasetCatalogue } from '../data/catalogue.ts';
import { DistilleryError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { ModelRegistry } from '../models/registry.ts';
import type { Database } from '../storage/database.ts';
import { isFinal } from '../storage/progressLog.ts';
import { runEndedChannel, type Run, type RunStore } from '../storage/runs.ts';
import type { Survey, SurveyStore } from '../storage/surveys.ts';
import { configOf, planSurvey } from '../survey/plan.ts';
import { surveySpec, type SurveyExtension, type SurveySpec } from '../survey/spec.ts';
import type { DistillationConfig, StudentConfig } from '../training/config.ts';
import { runConfig, surveyConfig } from '../training/config.ts';
import type { RunQueue } from './runQueue.ts';
import { finishedRun, readSpec, runsOfSurvey, type PlannedAndDone } from './surveyMaterial.ts';
import { referenceOf } from '../names.ts';

export interface SurveyRunnerDependencies {
  database: Database;
  surveys: SurveyStore;
  runs: RunStore;
  queue: RunQueue;
  registry: ModelRegistry;
  catalogue: DatasetCatalogue;
  logger: Logger;
}

/** Whoever was told that a run has ended may have died of it: all look again. */
const lookAgainMs = 30_000;
/** More runs than this are a mistake in an axis, not a survey. */
const mostRuns = 5_000;

export class SurveyRunner {
  readonly #database: Database;
  readonly #surveys: SurveyStore;
  readonly #runs: RunStore;
  readonly #queue: RunQueue;
  readonly #registry: ModelRegistry;
  readonly #catalogue: DatasetCatalogue;
  readonly #logger: Logger;
  /** One look at the surveys after the other; what is told meanwhile leads to one more. */
  #looking: Promise<void> = Promise.resolve();
  #waiting = false;
  #unlisten: (() => Promise<void>) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(dependencies: SurveyRunnerDependencies) {
    this.#database = dependencies.database;
    this.#surveys = dependencies.surveys;
    this.#runs = dependencies.runs;
    this.#queue = dependencies.queue;
    this.#registry = dependencies.registry;
    this.#catalogue = dependencies.catalogue;
    this.#logger = dependencies.logger;
  }

  /** Goes on with the surveys that are running, then whenever a run has ended. The queue must have been started. */
  async start(): Promise<void> {
    this.#unlisten = await this.#database.listen(runEndedChannel, () => this.#look());
    this.#timer = setInterval(() => this.#look(), lookAgainMs).unref();
    this.#look();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearInterval(this.#timer);
    await this.#unlisten?.();
    await this.#looking;
  }

  /**
   * Stores a survey and queues its first runs. Model references are pinned to the versions that they mean now.
   * @throws DistilleryError CONFLICT for a name that is taken, NOT_FOUND for a model, BAD_USER_INPUT for a survey that
   *   can't be
   */
  async submit(spec: SurveySpec): Promise<Survey> {
    const survey = await this.#surveys.create(await this.#pinned(spec));
    this.#look();
    return survey;
  }

  /**
   * Adds seeds, grids and models to a survey that has ended; runs that are there are not done again.
   * @throws DistilleryError CONFLICT while it is running or for a grid of a name that is there, else as {@link submit}
   */
  async extend(reference: string, { seeds = [], grids = [], beside = [] }: SurveyExtension): Promise<Survey> {
    const survey = await this.#surveys.get(reference);
    const spec = readSpec(survey);
    const known = grids.find(({ name }) => spec.grids.some((grid) => grid.name === name));
    if (known) {
      throw new DistilleryError(
        'CONFLICT',
        `The survey has a grid "${known.name}" already. Give the new one another name.`,
        { grid: known.name },
      );
    }
    const extended = surveySpec.parse({
      ...spec,
      seeds: [...new Set([...spec.seeds, ...seeds])],
      grids: [...spec.grids, ...grids],
      beside: [...new Set([...spec.beside, ...beside])],
    });
    return this.#restart(survey, await this.#pinned(extended));
  }

  /**
   * Goes on with a survey that was cancelled or whose runs failed: those are resumed, from their checkpoints where these
   * are kept.
   * @throws DistilleryError CONFLICT while it is running
   */
  async resume(reference: string): Promise<Survey> {
    const survey = await this.#surveys.get(reference);
    return this.#restart(survey, readSpec(survey));
  }

  /** Ends a survey with those of its runs that it has queued itself. @throws DistilleryError CONFLICT where it has ended */
  async cancel(reference: string): Promise<Survey> {
    const survey = await this.#surveys.get(reference);
    await this.#surveys.end(survey.id, 'cancelled', {
      code: 'CANCELLED',
      message: 'The survey was cancelled; resumeSurvey goes on with it.',
    });
    const { analysisRun } = await this.#surveys.get(survey.id);
    const own = (await this.#surveys.runsOf(survey.id)).filter(({ adopted }) => !adopted);
    for (const run of await this.#runs.many(own.map(({ runId }) => runId))) await this.#cancelRun(run);
    if (analysisRun !== null) await this.#cancelRun(await this.#runs.get(analysisRun));
    return this.#surveys.get(survey.id);
  }

  async #cancelRun(run: Run): Promise<void> {
    if (isFinal(run.state)) return;
    try {
      await this.#queue.cancel(run.id);
    } catch (error) {
      // It may have ended by itself in the meantime.
      if (!isConflict(error)) throw error;
    }
  }

  async #restart({ id }: Survey, spec: SurveySpec): Promise<Survey> {
    const all = await runsOfSurvey({ id, spec }, this.#surveys, this.#runs);
    const failed = all.filter(({ run }) => run && isFinal(run.state) && run.state !== 'succeeded');
    // At once: a look at the survey in between would take it for one whose runs have all ended.
    await this.#surveys.restart(id, spec, async (transaction) => {
      for (const { planned, run, adopted } of failed) {
        if (adopted) await this.#surveys.release(id, [planned.key], transaction);
        else await this.#queue.resumeWithin(transaction, run!.id);
      }
    });
    this.#look();
    return this.#surveys.get(id);
  }

  /** @throws DistilleryError NOT_FOUND, BAD_USER_INPUT */
  async #pinned(spec: SurveySpec): Promise<SurveySpec> {
    const { runs } = planSurvey(spec);
    if (runs.length > mostRuns) {
      throw new DistilleryError(
        'BAD_USER_INPUT',
        `The survey would be ${runs.length} runs; at most ${mostRuns} are taken. Leave values of an axis out, or make several surveys.`,
        { runs: runs.length, limit: mostRuns },
      );
    }
    const teacher = await this.#registry.resolve(spec.teacher);
    const pin = ({ card }: typeof teacher) => referenceOf(card);
    if (teacher.card.method !== 'teacher') {
      throw new DistilleryError('BAD_USER_INPUT', `${pin(teacher)} is not a teacher; a survey needs one.`, {
        reference: pin(teacher),
      });
    }
    const beside = await Promise.all(spec.beside.map((reference) => this.#registry.resolve(reference)));
    return { ...spec, teacher: pin(teacher), beside: [...new Set(beside.map(pin))] };
  }

  #look(): void {
    if (this.#waiting || this.#stopped) return;
    this.#waiting = true;
    this.#looking = this.#looking.then(async () => {
      this.#waiting = false;
      try {
        for (const survey of await this.#surveys.running()) await this.#advance(survey);
      } catch (error) {
        if (!this.#stopped) this.#logger.error({ err: error }, 'the surveys could not be looked after');
      }
    });
  }

  /** Queues what can be queued by now; another process may do the same, and each run is made once. */
  async #advance(survey: Survey): Promise<void> {
    if (survey.analysisRun !== null) return this.#settle(survey, await this.#runs.get(survey.analysisRun));
    const spec = readSpec(survey);
    const all = await runsOfSurvey(survey, this.#surveys, this.#runs);
    const byKey = new Map(all.map((one) => [one.planned.key, one]));
    let open = 0;
    for (const one of all) {
      if (this.#stopped) return;
      const { planned, cell } = one;
      // Of another survey, which gave it up: this one has not
      if (one.adopted && one.run && isFinal(one.run.state) && one.run.state !== 'succeeded') {
        await this.#surveys.release(survey.id, [planned.key]);
        one.run = null;
      }
      if (one.run === null && isReady(one, byKey)) {
        const startFrom = planned.parent === null ? null : finishedRun(byKey.get(planned.parent)!)!.model;
        const config = configOf(spec, cell, planned, spec.teacher, startFrom);
        one.run = await this.#startOrAdopt(survey, planned.key, config);
      }
      if (one.run ? !isFinal(one.run.state) : mayComeTrue(one, byKey)) open += 1;
    }
    if (open > 0) return;
    await this.#analyse(survey, spec, all);
  }

  /** @returns the run that does it, queued now or found */
  async #startOrAdopt(
    survey: Survey,
    key: string,
    config: StudentConfig | DistillationConfig,
  ): Promise<Run | null> {
    const found = await this.#sameWork(config);
    try {
      if (found) {
        await this.#database.transaction((transaction) =>
          this.#surveys.claim(transaction, survey.id, { key, runId: found.id, adopted: true }),
        );
        return found;
      }
      return await this.#queue.submit(config, (transaction, runId) =>
        this.#surveys.claim(transaction, survey.id, { key, runId, adopted: false }),
      );
    } catch (error) {
      // Another process was quicker, or the survey has ended meanwhile
      if (isConflict(error)) return null;
      throw error;
    }
  }

  /** A run that does or did the same: the same settings, used models and seed, on the dataset as it is now. */
  async #sameWork(config: StudentConfig | DistillationConfig): Promise<Run | null> {
    const wanted = workOf(config);
    const startFrom = config.kind === 'distillation' ? config.teacher : config.startFrom;
    for (const run of await this.#runs.alike(config, startFrom === null ? [] : [startFrom])) {
      if (workOf(run.config) === wanted && (await this.#isUpToDate(run, config.dataset))) return run;
    }
    return null;
  }

  /** Whether the model that a run published is there, and learnt from the reviews that its dataset has now. */
  async #isUpToDate({ id, state }: Run, dataset: string): Promise<boolean> {
    if (state !== 'succeeded') return true;
    const published = await this.#registry.publishedBy(id);
    const { fingerprint } = await this.#catalogue.describe(dataset);
    if (published === null) return false;
    // Not prepared any more: nothing to compare with
    return fingerprint === null || published.card.dataset?.fingerprint === fingerprint;
  }

  async #analyse(survey: Survey, spec: SurveySpec, all: readonly PlannedAndDone[]): Promise<void> {
    const models = all.flatMap((one) => finishedRun(one)?.model ?? []);
    try {
      if (models.length === 0) {
        const reason = all.find(({ run }) => run?.error)?.run?.error?.message ?? '';
        const message = `None of its ${all.length} runs succeeded. ${reason}`.trim();
        return await this.#surveys.end(survey.id, 'failed', { code: 'CONFLICT', message });
      }
      const config = surveyConfig.parse({
        kind: 'survey',
        survey: survey.id,
        dataset: spec.dataset,
        models: [spec.teacher, ...spec.beside, ...models],
        threads: spec.threads,
      });
      await this.#queue.submit(config, (transaction, runId) =>
        this.#surveys.claimAnalysis(transaction, survey.id, runId),
      );
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }

  /** An analysis that succeeded has ended the survey itself. */
  async #settle(survey: Survey, analysis: Run): Promise<void> {
    if (!isFinal(analysis.state) || analysis.state === 'succeeded') return;
    const error = analysis.error ?? { code: 'CANCELLED' as const, message: 'Its analysis was cancelled.' };
    await this.#surveys.end(survey.id, 'failed', error).catch((cause: unknown) => {
      if (!isConflict(cause)) throw cause;
    });
  }
}

type ByKey = ReadonlyMap<string, PlannedAndDone>;

/** Whether what it goes on from is there. */
function isReady({ planned: { parent } }: PlannedAndDone, byKey: ByKey): boolean {
  const before = parent === null ? undefined : byKey.get(parent);
  return !before || finishedRun(before) !== null;
}

/** Whether a planned run that has none yet may still get one. */
function mayComeTrue({ planned: { parent } }: PlannedAndDone, byKey: ByKey): boolean {
  const before = parent === null ? undefined : byKey.get(parent);
  if (!before) return true;
  if (before.run === null) return mayComeTrue(before, byKey);
  return !isFinal(before.run.state) || before.run.state === 'succeeded';
}

/** What a run does, apart from the name of its model; the models that it uses are compared where they are pinned. */
function workOf(config: Run['config']): string {
  return JSON.stringify({
    ...runConfig.parse(config),
    name: undefined,
    teacher: undefined,
    ensemble: undefined,
    startFrom: undefined,
  });
}

function isConflict(error: unknown): boolean {
  return error instanceof DistilleryError && error.code === 'CONFLICT';
}
