/** What references mean while versions are published, aliases move and versions are tried, with real sessions. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { readConfig, type Config } from '../../src/config.ts';
import { DistilleryError } from '../../src/errors.ts';
import { modelFiles } from '../../src/models/card.ts';
import { ModelRegistry, type ModelVersion } from '../../src/models/registry.ts';
import { Routes, type Route, type RoutesDependencies } from '../../src/serving/routes.ts';
import { Serving } from '../../src/serving/serving.ts';
import { placeOf } from '../../src/serving/trial.ts';
import type { Database } from '../../src/storage/database.ts';
import { onEachDatabase } from '../storage/databases.ts';
import { wordSpotter } from './tinyModel.ts';

const referenceOf = ({ card }: ModelVersion) => `${card.name}@${card.version}`;
const texts = (count: number, word: string) =>
  Array.from({ length: count }, (_, index) => `film ${index} is ${word}`);

describe('the place of a text', () => {
  const places = (alias: string) => texts(20_000, 'good').map((text) => placeOf(alias, text));

  it('puts a share of the texts below that share', () => {
    for (const share of [0.01, 0.1, 0.5, 0.9]) {
      const below = places('best').filter((place) => place < share).length;
      // Four standard deviations of a binomial.
      expect(Math.abs(below - share * 20_000)).toBeLessThan(4 * Math.sqrt(20_000 * share * (1 - share)));
    }
  });

  it('is another one for another alias, and for a text that differs in one letter', () => {
    const [best, other] = [places('best'), places('other')];
    const both = best.filter((place, index) => place < 0.5 && (other[index] ?? 1) < 0.5).length;
    expect(Math.abs(both - 5_000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.25 * 0.75));
    const letters = [...'abcdefghijklmnopqrstuvwxyz'].map((letter) => placeOf('best', letter));
    expect(Math.max(...letters) - Math.min(...letters)).toBeGreaterThan(0.5);
  });
});

onEachDatabase('routes', (place) => {
  let config: Config;
  let serving: Serving;
  let registry: ModelRegistry;
  let routes: Routes;
  /** Each test has its own, since serving knows models by their folders. */
  let folder: string;
  const logged: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line) => void logged.push(line) });
  const started: Routes[] = [];

  beforeAll(() => {
    config = readConfig({
      DISTILLERY_DATA_DIRECTORY: place.dataDirectory,
      DISTILLERY_SERVING_WORKERS: '1',
      DISTILLERY_WARM_MODELS: 'nobody',
      DISTILLERY_MAX_TEXTS_PER_REQUEST: '500',
    });
    serving = new Serving(config);
  });
  beforeEach(async () => {
    await place.database.executeSql('TRUNCATE models, model_versions, model_aliases CASCADE');
    folder = await mkdtemp(join(place.dataDirectory, 'test-'));
    logged.length = 0;
    [registry, routes] = await open(place.database);
  });
  afterEach(() => Promise.all(started.splice(0).map((each) => each.stop())));
  afterAll(() => serving.stop());

  /** As another process on this database would have it, but for the inference threads. */
  async function open(
    database: Database,
    different: Partial<RoutesDependencies> = {},
  ): Promise<[ModelRegistry, Routes]> {
    const own = new ModelRegistry(database, folder, join(folder, 'released'));
    const opened = new Routes({ registry: own, serving, logger, config, ...different });
    started.push(opened);
    await opened.start();
    return [own, opened];
  }
  async function publish(name: string, swapped = false): Promise<ModelVersion> {
    const spotter = await wordSpotter(await mkdtemp(join(folder, 'prepared-')), { swapped });
    return registry.publish(spotter.folder, { ...spotter.card, name });
  }
  async function publishBroken(name: string): Promise<ModelVersion> {
    const spotter = await wordSpotter(await mkdtemp(join(folder, 'prepared-')));
    await writeFile(join(spotter.folder, modelFiles.graph), 'no graph');
    return registry.publish(spotter.folder, { ...spotter.card, name });
  }
  async function until(reached: () => unknown): Promise<void> {
    while (!(await reached())) await setTimeout(5);
  }
  const answering = async (reference: string, text = 'good', asked = routes) =>
    referenceOf((await asked.classify(reference, text)).version);
  const isOpen = (version: ModelVersion) =>
    serving.state().some(({ model, workers }) => model === referenceOf(version) && workers > 0);
  const statisticsOf = (alias: string) => {
    const trial = routes.trials().find((each) => each.alias === alias);
    if (!trial) throw new Error(`no trial of ${alias}`);
    return trial.statistics;
  };

  describe('a reference', () => {
    it('is known at once when it was asked for before', async () => {
      await publish('spotter');
      expect(routes.resolve('spotter')).toBeInstanceOf(Promise);
      const [route, same] = await Promise.all([routes.resolve('spotter'), routes.resolve('spotter')]);
      expect(same).toBe(route);
      expect(routes.resolve('spotter')).toBe(route);
      expect(route).toMatchObject({ version: { card: { name: 'spotter', version: 1 } }, trial: null });
    });

    it('that leads nowhere is refused until there is such a model', async () => {
      for (let time = 0; time < 2; time++)
        await expect(routes.resolve('spotter')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await publish('spotter');
      expect(await answering('spotter')).toBe('spotter@1');
    });

    it('means what was published and set as soon as that is done, in a version that is open already', async () => {
      await publish('early');
      await routes.setAlias('live', 'early');
      for (const reference of ['early', 'live', 'best-student']) await routes.resolve(reference);
      const second = await publish('early', true);
      expect(isOpen(second)).toBe(true);
      expect(await answering('early')).toBe('early@2');
      expect(await answering('live')).toBe('early@1');
      const third = await publish('late');
      // Nobody has asked for it.
      expect(isOpen(third)).toBe(false);
      await routes.setAlias('live', 'late');
      expect(isOpen(third)).toBe(true);
      expect(await answering('live')).toBe('late@1');
      // No reference that is remembered means it any more.
      await routes.setAlias('live', 'early');
      expect(isOpen(third)).toBe(false);
      await routes.setAlias('live', 'late');
      expect((await routes.resolve('late')).version.aliases).toEqual(['live']);
    });

    it('that was being looked up during a change is not remembered with its former meaning', async () => {
      await publish('spotter');
      await publish('other');
      await routes.setAlias('live', 'spotter');
      const found: (Route | Promise<Route>)[] = [];
      const setting = routes.setAlias('live', 'other');
      for (let time = 0; time < 20; time++) {
        found.push(routes.resolve('live'));
        await setTimeout(0);
      }
      await setting;
      expect(await answering('live')).toBe('other@1');
      await Promise.all(found);
      expect(await answering('live')).toBe('other@1');
    });
  });

  it('opens the models that are to be open from the start, and passes over those that are not there', async () => {
    const asked = await publish('asked-for');
    const warmModels = ['nobody', 'best-student', 'asked-for'];
    await open(place.database, { config: { ...config, warmModels } });
    expect(isOpen(asked)).toBe(true);
    expect(logged).toEqual([]);
  });

  describe('another process', () => {
    it('hears of new versions, aliases and trials', async () => {
      const [, other] = await open(await place.another());
      const means = async (reference: string, expected: string) =>
        referenceOf((await other.resolve(reference)).version) === expected;
      await publish('spotter');
      await publish('swapped', true);
      await routes.setAlias('live', 'spotter');
      for (const reference of ['spotter', 'live']) await other.resolve(reference);
      await expect(other.resolve('third')).rejects.toMatchObject({ code: 'NOT_FOUND' });

      await publish('spotter');
      await until(() => means('spotter', 'spotter@2'));
      await routes.setAlias('live', 'swapped');
      await until(() => means('live', 'swapped@1'));
      await publish('third');
      await until(() => means('third', 'third@1').catch(() => false));
      await routes.setAlias('live', 'spotter', { share: 0.5 });
      await until(async () => (await other.resolve('live')).trial);
      for (const text of texts(40, 'good'))
        expect(await answering('live', text, other)).toBe(await answering('live', text));
    });

    const onServers = place.kind === 'pglite' ? it.skip : it;
    onServers('takes up what it has missed while it could not hear', async () => {
      const [, other] = await open(await place.another());
      await publish('spotter');
      await publish('swapped', true);
      await routes.setAlias('live', 'spotter');
      await other.resolve('live');
      await place.database.executeSql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'distillery-listen'`,
      );
      await routes.setAlias('live', 'swapped');
      await until(async () => referenceOf((await other.resolve('live')).version) === 'swapped@1');
    });
  });

  describe('a canary', () => {
    beforeEach(async () => {
      await publish('stable');
      await publish('tried', true);
      await routes.setAlias('live', 'stable');
      await routes.setAlias('live', 'tried', { share: 0.3 });
    });

    it('answers its share of the texts, always the same ones', async () => {
      const asked = texts(200, 'good');
      const answers = await routes.classifyMany('live', asked);
      const expected = asked.map((text) => (placeOf('live', text) < 0.3 ? 'tried@1' : 'stable@1'));
      expect(new Set(expected).size).toBe(2);
      expect(answers.map(({ version }) => referenceOf(version))).toEqual(expected);
      // Each answer is that of the version that it names.
      expect(answers.map(({ prediction }) => prediction.label)).toEqual(
        expected.map((version) => (version === 'stable@1' ? 'positive' : 'negative')),
      );
      for (const [index, text] of asked.slice(0, 20).entries())
        expect(await answering('live', text)).toBe(expected[index]);
      const { stable, candidate } = statisticsOf('live');
      expect([stable.failed, candidate.failed]).toEqual([0, 0]);
      expect(stable.answered + candidate.answered).toBe(220);
      expect(candidate.answered).toBeGreaterThanOrEqual(expected.filter((by) => by === 'tried@1').length);
      expect(candidate.latencySumMs).toBeGreaterThan(0);
    });

    it('refuses texts as without one, before any is classified', async () => {
      await expect(routes.classifyMany('live', ['good', ' '])).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining('Text 2'),
      });
      await expect(routes.classifyMany('live', [])).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      await expect(routes.classify('live', '')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      const { stable, candidate } = statisticsOf('live');
      expect([stable, candidate].map(({ answered, failed }) => answered + failed)).toEqual([0, 0]);
    });

    it('ends when the alias is set to its version or wholly to another, and counts anew when it begins again', async () => {
      await routes.classifyMany('live', texts(20, 'good'));
      await publish('unrelated');
      expect(statisticsOf('live').stable.answered).toBeGreaterThan(0);
      await routes.setAlias('live', 'stable', { share: 0.5 });
      expect(await routes.resolve('live')).toMatchObject({ trial: null });
      expect(routes.trials()).toEqual([]);
      await routes.setAlias('live', 'tried', { share: 0.5 });
      expect(statisticsOf('live').stable.answered).toBe(0);
      await routes.setAlias('live', 'tried');
      expect(routes.trials()).toEqual([]);
      expect(await answering('live')).toBe('tried@1');
    });
  });

  describe('a shadow', () => {
    const counted = (alias: string) => {
      const { candidate, skipped } = statisticsOf(alias);
      return candidate.answered + candidate.failed + skipped;
    };
    beforeEach(async () => {
      await publish('stable');
      await publish('tried', true);
      await routes.setAlias('live', 'stable');
    });

    it('answers nobody, and is compared with the version that does', async () => {
      await routes.setAlias('live', 'tried', { shadow: true });
      const answers = await routes.classifyMany('live', texts(40, 'good'));
      expect(answers.map(({ version }) => referenceOf(version))).toEqual(Array(40).fill('stable@1'));
      expect(answers.map(({ prediction }) => prediction.label)).toEqual(Array(40).fill('positive'));
      await until(() => counted('live') === 40);
      const differ = statisticsOf('live');
      expect(differ.stable.answered).toBe(40);
      expect(differ.candidate.answered).toBeGreaterThan(0);
      expect(differ).toMatchObject({ agreed: 0, candidate: { failed: 0 } });
      // Logits of 0 and 2, and the same the other way round.
      const difference = 1 / (1 + Math.exp(-2)) - 1 / (1 + Math.exp(2));
      expect(differ.differenceSum / differ.candidate.answered).toBeCloseTo(difference, 5);

      // Neither word: both have equal logits.
      await routes.setAlias('live', 'tried', { shadow: true });
      for (const text of texts(20, 'odd')) await routes.classify('live', text);
      await until(() => counted('live') === 20);
      const agree = statisticsOf('live');
      expect(agree.candidate.answered).toBeGreaterThan(0);
      expect(agree.agreed).toBe(agree.candidate.answered);
      expect(agree.differenceSum).toBe(0);
    });

    it('is given its share alone, and no more than it gets through', async () => {
      await routes.setAlias('live', 'tried', { shadow: true, share: 0.4 });
      const some = texts(100, 'good');
      await routes.classifyMany('live', some);
      const given = some.filter((text) => placeOf('live', text) < 0.4).length;
      await until(() => counted('live') >= given);
      expect(counted('live')).toBe(given);

      await routes.setAlias('live', 'tried', { shadow: true });
      const many = await routes.classifyMany('live', texts(500, 'good'));
      expect(new Set(many.map(({ version }) => referenceOf(version)))).toEqual(new Set(['stable@1']));
      await until(() => counted('live') >= 500);
      expect(counted('live')).toBe(500);
    });

    it('that fails is counted, and the client has its answer', async () => {
      const tried = await publish('failing');
      await routes.setAlias('live', 'failing', { shadow: true });
      await rm(join(tried.folder, modelFiles.graph));
      serving.release(tried);
      await until(() => !isOpen(tried));
      expect(await answering('live')).toBe('stable@1');
      await until(() => counted('live') === 1);
      expect(statisticsOf('live')).toMatchObject({
        stable: { answered: 1, failed: 0 },
        candidate: { answered: 0, failed: 1 },
        agreed: 0,
      });
    });
  });

  describe('a version that can not be opened', () => {
    it('does not take the place of the one before', async () => {
      await publish('spotter');
      expect(await answering('spotter')).toBe('spotter@1');
      await publishBroken('spotter');
      expect(await answering('spotter')).toBe('spotter@1');
      expect(logged.join('')).toContain('spotter@2');
      await expect(routes.classify('spotter@2', 'good')).rejects.toMatchObject({
        code: 'INVALID_CHECKPOINT',
      });
      await publish('spotter');
      expect(await answering('spotter')).toBe('spotter@3');
    });

    it('for want of room is tried again', async () => {
      let refusals = 0;
      const full: RoutesDependencies['serving'] = {
        classify: (...given) => serving.classify(...given),
        classifyMany: (...given) => serving.classifyMany(...given),
        async warm(model) {
          if (refusals++ === 0) throw new DistilleryError('UNAVAILABLE', 'full');
          await serving.warm(model);
        },
        release: (model) => serving.release(model),
      };
      const [, overloaded] = await open(place.database, { serving: full });
      await publish('spotter');
      expect(await answering('spotter', 'good', overloaded)).toBe('spotter@1');
      await publish('spotter');
      await until(async () => (await answering('spotter', 'good', overloaded)) === 'spotter@2');
      expect(refusals).toBe(2);
    });

    it('is refused for an alias, wholly and on trial, before the alias is moved', async () => {
      await publish('spotter');
      await publishBroken('broken');
      await routes.setAlias('live', 'spotter');
      for (const terms of [{}, { share: 0.1 }, { shadow: true }])
        await expect(routes.setAlias('live', 'broken', terms)).rejects.toMatchObject({
          code: 'INVALID_CHECKPOINT',
        });
      expect(await registry.meaningOf('live')).toMatchObject({
        version: { card: { name: 'spotter' } },
        candidate: null,
      });
    });
  });

  it('answers without a failure while versions are published and aliases move', async () => {
    const names = ['left', 'right'];
    for (const name of names) await publish(name, name === 'right');
    await routes.setAlias('live', 'left');
    /** Which versions a reference may mean from when until when, counted in steps of this test. */
    const periods: Record<string, { version: string; from: number; to: number }[]> = {
      left: [{ version: 'left@1', from: 0, to: Infinity }],
      live: [{ version: 'left@1', from: 0, to: Infinity }],
    };
    let step = 0;
    async function change(reference: string, version: string, make: () => Promise<unknown>): Promise<void> {
      const before = periods[reference]?.at(-1);
      periods[reference]?.push({ version, from: ++step, to: Infinity });
      await make();
      if (before) before.to = ++step;
    }
    let changing = true;
    let answers = 0;
    async function client(reference: string, number: number): Promise<void> {
      for (let count = 0; changing || count < 10; count++) {
        const askedAt = step;
        const { version, prediction } = await routes.classify(reference, `film ${number} ${count} is good`);
        const valid = periods[reference]?.filter(({ from, to }) => from <= step && to >= askedAt) ?? [];
        expect(valid.map((period) => period.version)).toContain(referenceOf(version));
        // Odd versions of "left" find "good" positive, as even ones and "right" do not.
        const isStraight = version.card.name === 'left' && version.card.version % 2 === 1;
        expect(prediction.label).toBe(isStraight ? 'positive' : 'negative');
        answers++;
        await setTimeout(0);
      }
    }
    const clients = ['left', 'live', 'left', 'live'].map(client);
    for (let count = 0; count < 15; count++) {
      const number = count + 2;
      await change('left', `left@${number}`, () => publish('left', number % 2 === 0));
      const target = count % 2 === 0 ? 'right@1' : `left@${number}`;
      await change('live', target, () => routes.setAlias('live', target));
    }
    changing = false;
    await Promise.all(clients);
    expect(answers).toBeGreaterThan(100);
    expect(await answering('left')).toBe('left@16');
    expect(logged).toEqual([]);
  });
});
