/** Surveys on a real queue and database; their trainings are done by a child that trains nothing. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { DatasetCatalogue } from '../../src/data/catalogue.ts';
import { followSurvey, type SurveyProgress } from '../../src/jobs/surveyProgress.ts';
import { runsOfSurvey } from '../../src/jobs/surveyMaterial.ts';
import { SurveyRunner } from '../../src/jobs/surveyRunner.ts';
import type { Database } from '../../src/storage/database.ts';
import { planSurvey } from '../../src/survey/plan.ts';
import { surveySpec, type SurveySpec } from '../../src/survey/spec.ts';
import { studentConfig, teacherConfig } from '../../src/training/config.ts';
import { onEachDatabase } from '../storage/databases.ts';
import { openQueue, type OpenQueue } from './openQueue.ts';

const grid = {
  name: 'targets',
  question: 'Does it help?',
  students: [{ network: 'gru', sizes: [8] }],
  targets: ['scratch', 'soft', 'soft-then-hard'],
};
const specOf = (more: object = {}): SurveySpec =>
  surveySpec.parse({
    name: 'survey',
    title: 'A survey',
    dataset: 'sample',
    teacher: 'the-teacher',
    seeds: [1, 2],
    grids: [grid],
    ...more,
  });

onEachDatabase('survey_runner', (place) => {
  let open: OpenQueue & { runner: SurveyRunner; database: Database };
  let number = 0;

  async function openRunner(): Promise<typeof open> {
    const queue = await openQueue(place.database, place.dataDirectory, { concurrentRuns: 4 });
    const runner = new SurveyRunner({
      ...queue,
      database: place.database,
      catalogue: new DatasetCatalogue({ dataDirectory: place.dataDirectory }),
      logger: pino({ level: 'silent' }),
    });
    await runner.start();
    return { ...queue, runner, database: place.database };
  }

  beforeEach(async () => {
    open = await openRunner();
    number += 1;
    const teacher = teacherConfig.parse({ kind: 'teacher', name: 'the-teacher', dataset: 'sample' });
    await ended((await open.queue.submit(teacher)).id);
  });
  afterEach(async () => {
    await open.runner.stop();
    await open.queue.stop();
  });

  async function ended(runId: string): Promise<void> {
    for await (const _event of open.progress.follow(runId, 0)) void _event;
  }

  /** All messages until the survey's end. */
  async function followed(id: string): Promise<SurveyProgress[]> {
    const messages: SurveyProgress[] = [];
    for await (const message of followSurvey(open, id)) messages.push(message);
    return messages;
  }

  /** A name of its own for each test, since the database is one. */
  const named = (more: object = {}) => specOf({ name: `survey${number}`, ...more });
  /** Runs that no other test has made. */
  const own = (more: object = {}) => named({ training: { epochs: 100 + number }, ...more });

  it('makes every run, each on what it needs, and its analysis last', async () => {
    const survey = await open.runner.submit(own());
    const messages = await followed(survey.id);
    const last = messages.at(-1)!;
    expect(last).toMatchObject({ state: 'succeeded', counts: { planned: 6, succeeded: 6, waiting: 0 } });

    const all = await runsOfSurvey(survey, open.surveys, open.runs);
    for (const { planned, run } of all) {
      expect(run).toMatchObject({ state: 'succeeded', config: { seed: planned.seed, threads: 1 } });
      const parent = all.find((one) => one.planned.key === planned.parent)?.run;
      if (!parent) continue;
      expect(run!.usedModels).toEqual([`${parent.model!.name}@${parent.model!.version}`]);
      expect(run!.createdAt.getTime()).toBeGreaterThanOrEqual(parent.endedAt!.getTime());
    }
    const report = await open.surveys.report(survey.id);
    expect(report!.runs.map(({ runId }) => runId)).toEqual(all.map(({ run }) => run!.id));
    expect(report!.missing).toEqual([]);
  });

  it('keeps its students out of the list of models, and from becoming the best one', async () => {
    const survey = await open.runner.submit(own({ seeds: [1] }));
    await followed(survey.id);
    const names = async (ofSurveys: boolean) =>
      (await open.registry.list({ first: 200, ofSurveys })).items.map(({ card }) => card.name);
    const students = (await names(true)).filter((name) => name.startsWith(`${survey.name}-`));
    expect(students).toHaveLength(3);
    expect(await names(false)).not.toEqual(expect.arrayContaining(students));
    const best = await open.registry.resolve('best-student').catch(() => null);
    expect(best?.card.name ?? '').not.toMatch(new RegExp(`^${survey.name}-`));
  });

  it('tells the state of every run', async () => {
    const survey = await open.runner.submit(own());
    const messages = await followed(survey.id);
    const told = messages.flatMap(({ runs }) => runs).filter(({ state }) => state === 'succeeded');
    expect(new Set(told.map(({ key }) => key)).size).toBe(7);
    expect(told.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['gru-8 soft then hard, seed 2', 'analysis']),
    );
    expect(told.every(({ latest }) => latest?.phase === 'ended')).toBe(true);
  });

  it('takes over a run that did the same, whatever its name', async () => {
    const spec = own({ seeds: [1] });
    const config = studentConfig.parse({
      kind: 'student',
      name: 'by-hand',
      dataset: 'sample',
      architecture: 'gru-8',
      threads: 1,
      seed: 1,
      epochs: spec.training.epochs,
    });
    const { id } = await open.queue.submit(config);
    const survey = await open.runner.submit(spec);
    await followed(survey.id);
    const claims = await open.surveys.runsOf(survey.id);
    expect(claims.filter(({ adopted }) => adopted).map(({ runId }) => runId)).toEqual([id]);
  });

  it('adds seeds and grids to a survey that has ended, and keeps its runs', async () => {
    const survey = await open.runner.submit(own());
    await expect(open.runner.extend(survey.id, { seeds: [3] })).rejects.toMatchObject({ code: 'CONFLICT' });
    await followed(survey.id);
    const before = await open.surveys.runsOf(survey.id);

    const more = surveySpec.parse({ ...own(), grids: [{ ...grid, name: 'hot', temperatures: [8] }] });
    await open.runner.extend(survey.name, { seeds: [2, 3], grids: more.grids });
    await followed(survey.id);
    const after = await open.surveys.runsOf(survey.id);
    expect(after).toEqual(expect.arrayContaining(before));
    const { spec } = await open.surveys.get(survey.id);
    expect(spec.seeds).toEqual([1, 2, 3]);
    expect(after).toHaveLength(planSurvey(spec).runs.length);
    await expect(open.runner.extend(survey.id, { grids: more.grids })).rejects.toThrow(/"hot" already/);
  });

  it('says what came to nothing, with what would have gone on from it, and resumes with those', async () => {
    const failing = own({ dataset: 'fails-once', seeds: [1] });
    const survey = await open.runner.submit(failing);
    const last = (await followed(survey.id)).at(-1)!;
    expect(last).toMatchObject({ state: 'succeeded', counts: { succeeded: 1, failed: 1, waiting: 1 } });
    const report = await open.surveys.report(survey.id);
    expect(report!.missing.map(({ reason }) => reason)).toEqual([
      'one class only',
      'The run that it would have gone on from came to nothing.',
    ]);

    await open.runner.resume(survey.id);
    const resumed = (await followed(survey.id)).at(-1)!;
    expect(resumed).toMatchObject({ state: 'succeeded', counts: { succeeded: 3, failed: 0, waiting: 0 } });
    expect((await open.surveys.report(survey.id))!.missing).toEqual([]);
  });

  it('fails where no run succeeds', async () => {
    const survey = await open.runner.submit(own({ dataset: 'fails-always', seeds: [1] }));
    const last = (await followed(survey.id)).at(-1)!;
    expect(last.state).toBe('failed');
    const { error } = await open.surveys.get(survey.id);
    expect(error!.message).toMatch(/^None of its 3 runs succeeded\. one class only/);
  });

  it('is cancelled with its runs, and goes on', async () => {
    const survey = await open.runner.submit(
      own({ dataset: 'waits-first', grids: [{ ...grid, targets: ['scratch', 'soft'] }] }),
    );
    for await (const { counts } of followSurvey(open, survey.id)) if (counts.running >= 2) break;
    await open.runner.cancel(survey.id);
    expect(await open.surveys.get(survey.id)).toMatchObject({
      state: 'cancelled',
      error: { code: 'CANCELLED' },
    });
    const runs = await runsOfSurvey(survey, open.surveys, open.runs);
    for (const { run } of runs) if (run) await ended(run.id);
    const states = (await runsOfSurvey(survey, open.surveys, open.runs)).map(({ run }) => run?.state);
    expect(states.filter((state) => state === 'cancelled')).toHaveLength(4);
    await expect(open.runner.cancel(survey.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    const claims = await open.surveys.runsOf(survey.id);
    await expect(open.queue.resume(claims[0]!.runId)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/belongs to the survey "survey\d+".*resumeSurvey/),
      facts: { surveyId: survey.id },
    });

    await open.runner.resume(survey.id);
    const last = (await followed(survey.id)).at(-1)!;
    expect(last).toMatchObject({ state: 'succeeded', counts: { succeeded: 4 } });
    // The same runs: made anew, they would begin without the checkpoints that they have left.
    expect(await open.surveys.runsOf(survey.id)).toEqual(expect.arrayContaining(claims));
  });

  it('has its analysis to itself', async () => {
    const survey = await open.runner.submit(own({ seeds: [1] }));
    await followed(survey.id);
    const { analysisRun } = await open.surveys.get(survey.id);
    await place.database.executeSql("UPDATE runs SET state = 'failed' WHERE id = $1", [analysisRun]);
    await expect(open.queue.resume(analysisRun!)).rejects.toMatchObject({
      code: 'CONFLICT',
      facts: { surveyId: survey.id },
    });
    expect((await open.runs.get(analysisRun!)).state).toBe('failed');
  });

  it('leaves a run that it had only adopted to whoever made it', async () => {
    const spec = own({ seeds: [1], grids: [{ ...grid, targets: ['scratch'] }] });
    const config = studentConfig.parse({
      kind: 'student',
      name: 'waits-by-hand',
      dataset: 'sample',
      architecture: 'gru-8',
      threads: 1,
      seed: 1,
      epochs: spec.training.epochs,
    });
    const { id } = await open.queue.submit(config);
    const survey = await open.runner.submit(spec);
    for await (const { counts } of followSurvey(open, survey.id)) if (counts.running > 0) break;
    expect(await open.surveys.runsOf(survey.id)).toMatchObject([{ runId: id, adopted: true }]);
    await open.queue.cancel(id);
    await ended(id);
    await open.queue.resume(id);
    await ended(id);
    expect((await open.runs.get(id)).state).toBe('succeeded');
    expect((await followed(survey.id)).at(-1)).toMatchObject({ state: 'succeeded' });
  });

  it('goes on in another process after the first has stopped', async () => {
    const survey = await open.runner.submit(
      own({ dataset: 'waits-first', grids: [{ ...grid, targets: ['scratch', 'soft'] }] }),
    );
    for await (const { counts } of followSurvey(open, survey.id)) if (counts.running >= 2) break;
    await open.runner.stop();
    await open.queue.stop();
    open = await openRunner();
    const last = (await followed(survey.id)).at(-1)!;
    expect(last).toMatchObject({ state: 'succeeded', counts: { succeeded: 4 } });
    // None was made twice
    expect(await open.surveys.runsOf(survey.id)).toHaveLength(4);
  });

  it('refuses a name that is taken, a student as teacher, and more runs than make sense', async () => {
    const spec = own({ seeds: [1] });
    const survey = await open.runner.submit(spec);
    await expect(open.runner.submit(spec)).rejects.toMatchObject({
      code: 'CONFLICT',
      facts: { surveyId: survey.id },
    });
    await followed(survey.id);
    const { model } = (await runsOfSurvey(survey, open.surveys, open.runs))[0]!.run!;
    const other = { ...spec, name: `other${number}` };
    await expect(open.runner.submit({ ...other, teacher: model!.name })).rejects.toThrow(/is not a teacher/);
    const many = Array.from({ length: 5_001 }, (_, i) => i);
    await expect(open.runner.submit({ ...other, seeds: many })).rejects.toThrow(/at most 5000/);
    await expect(open.runner.resume('no-such-survey')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  describe('two processes on one database', () => {
    it('make each run once', async () => {
      const other = await openQueue(await place.another(), place.dataDirectory, { concurrentRuns: 2 });
      const second = new SurveyRunner({
        ...other,
        database: await place.another(),
        catalogue: new DatasetCatalogue({ dataDirectory: place.dataDirectory }),
        logger: pino({ level: 'silent' }),
      });
      await second.start();
      try {
        const survey = await open.runner.submit(own({ seeds: [1, 2, 3] }));
        await followed(survey.id);
        const claims = await open.surveys.runsOf(survey.id);
        const made = (await open.runs.list({ first: 100 })).items.filter(
          ({ config }) => 'epochs' in config && config.epochs === 100 + number,
        );
        expect(made.map(({ id }) => id).sort()).toEqual(claims.map(({ runId }) => runId).sort());
      } finally {
        await second.stop();
        await other.queue.stop();
      }
    });
  });
});
