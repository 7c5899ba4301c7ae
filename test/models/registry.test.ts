import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ModelCard } from '../../src/models/card.ts';
import { ModelRegistry } from '../../src/models/registry.ts';
import { onEachDatabase } from '../storage/databases.ts';
import { exampleCard } from './exampleCard.ts';

onEachDatabase('registry', (place) => {
  let registry: ModelRegistry;
  let released: string;
  const models = () => join(place.dataDirectory, 'models');

  beforeEach(async () => {
    await place.database.executeSql('TRUNCATE models, model_versions, model_aliases CASCADE');
    released = join(place.dataDirectory, 'released');
    for (const folder of [models(), released]) await rm(folder, { recursive: true, force: true });
    registry = new ModelRegistry(place.database, place.dataDirectory, released);
  });

  async function prepare(folder = join(place.dataDirectory, 'prepared', randomUUID())): Promise<string> {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'model.onnx'), '12345');
    await writeFile(join(folder, 'tokenizer.json'), '{}');
    return folder;
  }
  async function release(path: string, card: ModelCard): Promise<void> {
    const folder = await prepare(join(released, path));
    await writeFile(join(folder, 'card.json'), JSON.stringify(card));
  }
  const publish = async (values: Parameters<typeof exampleCard>[0], runId?: string) =>
    registry.publish(await prepare(), exampleCard(values), runId);

  describe('publishing', () => {
    it('gives the next version and moves the folder into place with its card', async () => {
      const first = await publish({ name: 'gru' });
      const second = await publish({ name: 'gru' });
      expect([first.card.version, second.card.version]).toEqual([1, 2]);
      expect(second.folder).toBe(join(models(), 'gru', '2'));
      expect(second.sizeBytes).toBe(5);
      expect((await readdir(second.folder)).sort()).toEqual(['card.json', 'model.onnx', 'tokenizer.json']);
      expect(JSON.parse(await readFile(join(second.folder, 'card.json'), 'utf8'))).toMatchObject(second.card);
    });

    it('gives each of many that publish at once a version of its own', async () => {
      const other = new ModelRegistry(await place.another(), place.dataDirectory, released);
      const folders = await Promise.all(Array.from({ length: 8 }, () => prepare()));
      const published = await Promise.all(
        folders.map((folder, index) =>
          (index % 2 ? registry : other).publish(folder, exampleCard({ name: 'gru' }), randomUUID()),
        ),
      );
      expect(published.map(({ card }) => card.version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    it('publishes a run once, however often the run gets there', async () => {
      const runId = randomUUID();
      const first = await publish({ name: 'gru' }, runId);
      const again = await publish({ name: 'gru' }, runId);
      expect(again.card.version).toBe(first.card.version);
      expect((await registry.publishedBy(runId))?.card).toEqual(first.card);
      expect(await registry.publishedBy(randomUUID())).toBeNull();
    });

    it('leaves nothing behind when it is refused', async () => {
      const empty = join(place.dataDirectory, 'prepared', randomUUID());
      await mkdir(empty, { recursive: true });
      await expect(registry.publish(empty, exampleCard())).rejects.toMatchObject({
        code: 'INVALID_CHECKPOINT',
        facts: { file: 'model.onnx' },
      });
      for (const name of ['../up', 'a/b', 'A', '', '.x', 'x'.repeat(65), 'a@1']) {
        await expect(registry.publish(await prepare(), exampleCard({ name }))).rejects.toMatchObject({
          code: 'BAD_USER_INPUT',
        });
      }
      expect((await registry.list({ first: 10 })).items).toEqual([]);
      expect((await publish({ name: 'example' })).card.version).toBe(1);
    });

    it('puts the folder back when the row can not be stored', async () => {
      const folder = await prepare();
      await place.database.executeSql(
        'ALTER TABLE model_versions ADD CONSTRAINT full_up CHECK (size_bytes > 1000) NOT VALID',
      );
      try {
        await expect(registry.publish(folder, exampleCard({ name: 'gru' }))).rejects.toThrow();
      } finally {
        await place.database.executeSql('ALTER TABLE model_versions DROP CONSTRAINT full_up');
      }
      expect(await readdir(folder)).toContain('model.onnx');
      expect((await registry.publish(folder, exampleCard({ name: 'gru' }))).card.version).toBe(1);
    });
  });

  describe('what is found on disk at start', () => {
    it('registers a folder whose row was lost in a crash, with the run that made it', async () => {
      const runId = randomUUID();
      const { folder } = await publish({ name: 'gru' }, runId);
      await place.database.executeSql('TRUNCATE models, model_versions, model_aliases CASCADE');
      expect(await registry.start()).toEqual({ registered: ['gru@1'], ignored: [] });
      expect((await registry.publishedBy(runId))?.folder).toBe(folder);
      expect(await registry.start()).toEqual({ registered: [], ignored: [] });
    });

    it('says which folders it ignores and why, and never gives their version again', async () => {
      await mkdir(join(models(), 'broken', '1'), { recursive: true });
      await writeFile(join(models(), 'broken', '1', 'card.json'), '{');
      await mkdir(join(models(), 'half', '1'), { recursive: true });
      await writeFile(
        join(models(), 'half', '1', 'card.json'),
        JSON.stringify(exampleCard({ name: 'half' })),
      );
      await mkdir(join(models(), 'strange', '1'), { recursive: true });
      await writeFile(
        join(models(), 'strange', '1', 'card.json'),
        JSON.stringify(exampleCard({ name: 'other' })),
      );
      const { registered, ignored } = await registry.start();
      expect(registered).toEqual([]);
      expect(ignored.map(({ reason }) => reason)).toEqual([
        expect.stringContaining('JSON'),
        expect.stringContaining('has no model.onnx'),
        expect.stringContaining('other@1'),
      ]);
      expect((await publish({ name: 'broken' })).card.version).toBe(2);
    });

    it('registers released models once, in both layouts, and serves them from where they are', async () => {
      await release('teacher', exampleCard({ name: 'teacher', method: 'teacher', version: 3 }));
      await release('gru-64/2', exampleCard({ name: 'gru-64', version: 2, accuracy: 0.9 }));
      expect((await registry.start()).registered.sort()).toEqual(['gru-64@2', 'teacher@3']);
      expect((await registry.start()).registered).toEqual([]);
      expect((await registry.resolve('teacher')).folder).toBe(join(released, 'teacher'));
      expect((await registry.resolve('best-student')).card.name).toBe('gru-64');
      expect((await publish({ name: 'gru-64' })).card.version).toBe(3);
    });

    it('takes a changed card of a released model over, and gives a number of its own to one whose number is taken', async () => {
      await publish({ name: 'gru' });
      await release('gru', exampleCard({ name: 'gru', version: 1, engine: 'released' }));
      expect((await registry.start()).registered).toEqual(['gru@2']);
      expect((await registry.resolve('gru@1')).card.engine).toBe('onnx');
      await release('gru', exampleCard({ name: 'gru', version: 1, engine: 'released again' }));
      expect((await registry.start()).registered).toEqual([]);
      expect((await registry.resolve('gru@2')).card).toMatchObject({ version: 2, engine: 'released again' });
    });

    it("does not take the alias teacher from the user's own teacher", async () => {
      await publish({ name: 'mine', method: 'teacher' });
      await release('shipped', exampleCard({ name: 'shipped', method: 'teacher' }));
      await registry.start();
      expect((await registry.resolve('teacher')).card.name).toBe('mine');
    });
  });

  describe('references', () => {
    it('resolve by name to the newest version, by number, and by alias', async () => {
      for (let version = 1; version <= 11; version++) await publish({ name: 'gru' });
      expect((await registry.resolve('gru')).card.version).toBe(11);
      expect((await registry.resolve('gru@9')).card.version).toBe(9);
      await registry.setAlias('champion', 'gru@2');
      expect(await registry.resolve('champion')).toMatchObject({
        card: { version: 2 },
        aliases: ['champion'],
      });
    });

    it('that lead nowhere are answered with what exists', async () => {
      await expect(registry.resolve('gru')).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining('no models yet'),
      });
      await publish({ name: 'gru' });
      for (const reference of [
        'cnn',
        'gru@2',
        'gru@0',
        'gru@x',
        '',
        '../gru',
        "gru'; --",
        'gru@99999999999',
      ]) {
        await expect(registry.resolve(reference)).rejects.toMatchObject({
          code: 'NOT_FOUND',
          facts: { known: ['best-student', 'gru@1'] },
        });
      }
    });
  });

  describe('aliases', () => {
    it('teacher is the newest teacher, best-student the student with the best validation accuracy', async () => {
      await publish({ name: 'big', method: 'teacher', accuracy: 0.95 });
      await publish({ name: 'gru', accuracy: 0.8 });
      await publish({ name: 'cnn', accuracy: 0.9, method: 'distilled' });
      await publish({ name: 'gru', accuracy: 0.9 });
      await publish({ name: 'small', method: 'teacher', accuracy: 0.9 });
      expect((await registry.resolve('teacher')).card.name).toBe('small');
      expect((await registry.resolve('best-student')).card.name).toBe('cnn');
    });

    it('best-student compares students of one dataset: the one that was trained on last', async () => {
      const best = async () => {
        const { name, version } = (await registry.resolve('best-student')).card;
        return `${name}@${version}`;
      };
      const on = (fingerprint: string) => ({ dataset: { name: fingerprint, fingerprint } });
      await publish({ name: 'films', accuracy: 0.9, ...on('films') });
      await publish({ name: 'food', accuracy: 0.7, ...on('food') });
      expect(await best()).toBe('food@1');
      await publish({ name: 'food', accuracy: 0.6, ...on('food') });
      expect(await best()).toBe('food@1');
      await publish({ name: 'films', accuracy: 0.8, ...on('films') });
      expect(await best()).toBe('films@1');
      // A released one is no training of the user's.
      await release(
        'books',
        exampleCard({ name: 'books', accuracy: 0.99, createdAt: '2030-01-01', ...on('books') }),
      );
      await registry.start();
      expect(await best()).toBe('films@1');
    });

    it('are moved by hand, and must be names of their own', async () => {
      await publish({ name: 'gru' });
      await publish({ name: 'gru' });
      await registry.setAlias('champion', 'gru@1');
      await registry.setAlias('champion', 'gru');
      await registry.setAlias('champion', 'gru@2');
      expect((await registry.resolve('champion')).card.version).toBe(2);
      await expect(registry.setAlias('gru', 'gru@1')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      await expect(registry.setAlias('a/b', 'gru')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      await expect(registry.setAlias('champion', 'none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('can not be names of new models, but for a teacher called teacher', async () => {
      await publish({ name: 'gru' });
      await registry.setAlias('champion', 'gru');
      await registry.checkNewName('teacher', 'teacher');
      await registry.checkNewName('gru', 'student');
      for (const name of ['teacher', 'best-student', 'champion', 'not/a/name']) {
        await expect(registry.checkNewName(name, 'student')).rejects.toMatchObject({
          code: 'BAD_USER_INPUT',
        });
      }
    });
  });

  describe('trials', () => {
    const tried = async (alias: string) => {
      const { version, candidate } = await registry.meaningOf(alias);
      const { card } = version;
      const means = `${card.name}@${card.version}`;
      if (!candidate) return { means };
      const { share, shadow } = candidate;
      return {
        means,
        tries: `${candidate.version.card.name}@${candidate.version.card.version}`,
        share,
        shadow,
      };
    };
    beforeEach(async () => {
      await publish({ name: 'gru' });
      await publish({ name: 'cnn', accuracy: 0.7 });
      await registry.setAlias('champion', 'gru');
    });

    it('leave the alias where it is, one at a time, and end when it is set', async () => {
      expect((await registry.setAlias('champion', 'cnn', { share: 0.1 })).card.name).toBe('cnn');
      expect(await tried('champion')).toEqual({ means: 'gru@1', tries: 'cnn@1', share: 0.1, shadow: false });
      expect((await registry.resolve('champion')).card.name).toBe('gru');
      expect((await registry.resolve('cnn')).aliases).toEqual([]);
      await publish({ name: 'cnn', accuracy: 0.6 });
      await registry.setAlias('champion', 'cnn', { shadow: true });
      expect(await tried('champion')).toEqual({ means: 'gru@1', tries: 'cnn@2', share: 1, shadow: true });
      expect(
        (await registry.aliases()).map(({ reference, candidate }) => [reference, candidate?.share]),
      ).toEqual([
        ['best-student', undefined],
        ['champion', 1],
      ]);
      await registry.setAlias('champion', 'gru', { shadow: true });
      expect(await tried('champion')).toEqual({ means: 'gru@1' });
      await registry.setAlias('champion', 'cnn@1', { share: 0.5 });
      await registry.setAlias('champion', 'cnn@1');
      expect(await tried('champion')).toEqual({ means: 'cnn@1' });
    });

    it('are refused with a share that is none, and under an alias that is not there yet', async () => {
      for (const share of [0, -0.1, 1.01, NaN])
        await expect(registry.setAlias('champion', 'cnn', { share })).rejects.toMatchObject({
          code: 'BAD_USER_INPUT',
        });
      await expect(registry.setAlias('challenger', 'cnn', { share: 0.5 })).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining('no alias "challenger"'),
      });
      await expect(registry.setAlias('cnn', 'gru', { share: 0.5 })).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
      });
      expect(await tried('champion')).toEqual({ means: 'gru@1' });
    });

    it('of an alias that moves by itself end when it moves, and only then', async () => {
      await registry.setAlias('best-student', 'cnn', { share: 0.2 });
      await publish({ name: 'worse', accuracy: 0.5 });
      expect(await tried('best-student')).toMatchObject({ means: 'gru@1', tries: 'cnn@1' });
      await publish({ name: 'better', accuracy: 0.95 });
      expect(await tried('best-student')).toEqual({ means: 'better@1' });
    });
  });

  it('tells of changes, made here when they have been heeded, made elsewhere when they are committed', async () => {
    const elsewhere = new ModelRegistry(await place.another(), place.dataDirectory, released);
    let heard = 0;
    let heeded = 0;
    const stop = await registry.onChange(async () => {
      heard++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      heeded++;
    });
    const heardMore = async (than: number) => {
      while (heard <= than) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await publish({ name: 'gru' });
    expect(heeded).toBeGreaterThan(0);
    for (const make of [
      () => elsewhere.setAlias('champion', 'gru'),
      async () => elsewhere.publish(await prepare(), exampleCard({ name: 'gru' })),
      async () => {
        await release('cnn', exampleCard({ name: 'cnn' }));
        await elsewhere.start();
      },
    ]) {
      const before = heard;
      await make();
      await heardMore(before);
    }
    await stop();
    const before = heard;
    await publish({ name: 'gru' });
    expect(heard).toBe(before);
  });

  it('lists the newest version of every name in pages, whatever is added meanwhile', async () => {
    for (const name of ['b', 'a', 'c-1', 'c.1', 'c'])
      for (let count = 0; count < 2; count++) await publish({ name });
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 3; page++) {
      const { items, hasNextPage } = await registry.list({ first: 2, after });
      seen.push(...items.map(({ card }) => `${card.name}@${card.version}`));
      after = items.at(-1)?.cursor ?? null;
      expect(hasNextPage).toBe(page < 2);
      await publish({ name: 'a' });
    }
    expect(seen).toEqual(['a@2', 'b@2', 'c@2', 'c-1@2', 'c.1@2']);
    await expect(registry.list({ first: 5, after: 'cnVuOjE' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});
