/** The catalogue: preparing, opening again, splits without shared texts, damage, imports. */
import { describe, it, expect } from '@jest/globals';
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetCatalogue } from '../../src/data/catalogue.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { splits } from '../../src/data/dataset.ts';
import { wholeArchive, writeArchive } from './fakeArchive.ts';
import { temporaryFolder } from './folder.ts';
import { realArchive } from './realArchive.ts';

const folder = temporaryFolder();
const catalogue = (imdbArchive?: string) => new DatasetCatalogue({ dataDirectory: folder(), imdbArchive });
const datasets = () => join(folder(), 'datasets');
const code = (expected: string, message = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) });

/** A CSV with so many reviews of each class. */
function csv(ofEach: number, more: string[] = [], header = 'text,label'): string {
  const lines = [header];
  for (let i = 0; i < ofEach; i += 1) lines.push(`I liked number ${i},pos`, `I hated number ${i},neg`);
  return [...lines, ...more].join('\n');
}

async function textsBySplit(dataset: Dataset): Promise<Record<string, string[]>> {
  const texts: Record<string, string[]> = {};
  for (const split of splits) texts[split] = (await dataset.reviews(split)).map(({ text }) => text);
  return texts;
}

async function expectSeparate(dataset: Dataset): Promise<void> {
  const owner = new Map<string, string>();
  for (const [split, texts] of Object.entries(await textsBySplit(dataset))) {
    for (const text of texts) {
      const other = owner.get(text);
      if (other !== undefined && other !== split)
        throw new Error(`a text stands in ${other} and in ${split}`);
      owner.set(text, split);
    }
  }
}

describe('sample', () => {
  it('is prepared once, and opened again as it was', async () => {
    expect(await catalogue().describe('sample')).toMatchObject({
      state: 'available',
      counts: null,
      fingerprint: null,
    });
    const first = await catalogue().open('sample');
    expect(first.counts).toEqual({ train: 5400, validation: 600, test: 1500, unlabelled: 4000 });
    const second = await catalogue().open('sample');
    expect(second.fingerprint).toBe(first.fingerprint);
    expect(await textsBySplit(second)).toEqual(await textsBySplit(first));
    await expectSeparate(second);
    expect(await catalogue().describe('sample')).toMatchObject({
      state: 'ready',
      counts: first.counts,
      fingerprint: first.fingerprint,
    });
    expect(await readdir(datasets())).toEqual(['sample']);
  });

  it('keeps both classes in every part of a split', async () => {
    const dataset = await catalogue().open('sample');
    for (const split of ['train', 'validation', 'test'] as const) {
      const start = (await dataset.reviews(split)).slice(0, 200);
      const positive = start.filter(({ label }) => label === 1).length;
      expect(positive).toBeGreaterThan(70);
      expect(positive).toBeLessThan(130);
    }
    expect((await dataset.reviews('unlabelled')).every(({ label }) => label === null)).toBe(true);
  });

  it('is the same for two callers at once', async () => {
    const [first, second] = await Promise.all([catalogue().open('sample'), catalogue().open('sample')]);
    expect(first.fingerprint).toBe(second.fingerprint);
    expect(await readdir(datasets())).toEqual(['sample']);
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ['a missing file', (path) => rm(join(path, 'test.jsonl'))],
    ['a file cut short', (path) => truncate(join(path, 'train.jsonl'), 1000)],
    [
      'a changed byte',
      async (path) =>
        writeFile(
          join(path, 'validation.jsonl'),
          (await readFile(join(path, 'validation.jsonl'), 'utf8')).replace('"label":1', '"label":0'),
        ),
    ],
    ['a broken description', (path) => writeFile(join(path, 'dataset.json'), '{"name":"sample"}')],
    ['a missing description', (path) => rm(join(path, 'dataset.json'))],
    [
      'a folder of older code',
      async (path) =>
        writeFile(
          join(path, 'dataset.json'),
          (await readFile(join(path, 'dataset.json'), 'utf8')).replace(
            /"recipe": "[^"]*"/,
            '"recipe": "sample-0"',
          ),
        ),
    ],
  ])('is prepared again after %s', async (_, damage) => {
    const first = await catalogue().open('sample');
    await damage(join(datasets(), 'sample'));
    const again = await catalogue().open('sample');
    expect(again.fingerprint).toBe(first.fingerprint);
    expect(await again.reviews('validation')).toHaveLength(600);
    expect(await readdir(datasets())).toEqual(['sample']);
  });

  it('never shows a half-written folder', async () => {
    await mkdir(join(datasets(), '.sample.0000.partial'), { recursive: true });
    await writeFile(join(datasets(), '.sample.0000.partial', 'train.jsonl'), '{"id"');
    expect(await catalogue().names()).toEqual(['imdb', 'sample']);
    expect((await catalogue().open('sample')).counts.train).toBe(5400);
  });
});

describe('imdb', () => {
  it('is read from the given archive, whose checksum is told', async () => {
    const archive = join(folder(), 'mine.tar.gz');
    await writeArchive(archive, wholeArchive());
    expect(await catalogue(archive).describe('imdb')).toMatchObject({ state: 'available' });
    const dataset = await catalogue(archive).open('imdb');
    expect(dataset.counts).toEqual({ train: 18, validation: 2, test: 20, unlabelled: 10 });
    expect(dataset.source).toMatch(/mine\.tar\.gz with sha256 [0-9a-f]{64} \(not an archive known to us\)/);
    await rm(archive);
    expect((await catalogue(archive).open('imdb')).fingerprint).toBe(dataset.fingerprint);
  });

  it('removes texts that stand in several splits: test keeps its copy, then validation, then train', async () => {
    const archive = join(folder(), 'mine.tar.gz');
    const files = wholeArchive();
    files['aclImdb/train/pos/50_8.txt'] = files['aclImdb/test/pos/0_10.txt'] as string;
    files['aclImdb/train/unsup/50_0.txt'] = ` ${files['aclImdb/test/pos/0_10.txt'] as string}\n`;
    files['aclImdb/train/unsup/51_0.txt'] = files['aclImdb/train/neg/4_2.txt'] as string;
    files['aclImdb/test/neg/50_1.txt'] = files['aclImdb/test/neg/1_1.txt'] as string; // within one split: stays
    await writeArchive(archive, files);
    const dataset = await catalogue(archive).open('imdb');
    expect(dataset.duplicatesRemoved).toBe(3);
    expect(dataset.counts.test).toBe(21);
    expect(dataset.counts.unlabelled).toBe(10);
    expect(dataset.counts.train + dataset.counts.validation).toBe(20);
    await expectSeparate(dataset);
  });

  it('does not depend on the order of the archive', async () => {
    const files = wholeArchive();
    await writeArchive(join(folder(), 'one.tar.gz'), files);
    await writeArchive(join(folder(), 'two.tar.gz'), Object.fromEntries(Object.entries(files).reverse()));
    const one = await new DatasetCatalogue({
      dataDirectory: join(folder(), '1'),
      imdbArchive: join(folder(), 'one.tar.gz'),
    }).open('imdb');
    const two = await new DatasetCatalogue({
      dataDirectory: join(folder(), '2'),
      imdbArchive: join(folder(), 'two.tar.gz'),
    }).open('imdb');
    expect(two.fingerprint).toBe(one.fingerprint);
    expect(await two.reviews('train')).toEqual(await one.reviews('train'));
  });

  it('leaves nothing behind when the archive is corrupt, and can be opened later', async () => {
    const archive = join(folder(), 'mine.tar.gz');
    await writeFile(archive, 'not an archive');
    const shared = catalogue(archive);
    await expect(shared.open('imdb')).rejects.toThrow(code('CORRUPT_ARCHIVE'));
    expect(await readdir(datasets()).catch(() => [])).toEqual([]);
    await writeArchive(archive, wholeArchive());
    expect((await shared.open('imdb')).counts.test).toBe(20);
  });

  it('is absent, and said to be downloaded, without an archive', async () => {
    expect(await catalogue().describe('imdb')).toMatchObject({
      state: 'absent',
      source: expect.stringContaining('https://'),
    });
  });

  it('is absent where the given archive is not there', async () => {
    const missing = join(folder(), 'nowhere.tar.gz');
    expect(await catalogue(missing).describe('imdb')).toMatchObject({
      state: 'absent',
      source: expect.stringContaining(missing),
    });
    await expect(catalogue(missing).open('imdb')).rejects.toThrow(
      code('NOT_FOUND', /DISTILLERY_IMDB_ARCHIVE/),
    );
  });

  (realArchive === null ? it.skip : it)('real: counts, separate splits, progress', async () => {
    const seen: string[] = [];
    let last: [number, number | null] = [0, null];
    const real = new DatasetCatalogue({
      dataDirectory: folder(),
      imdbArchive: realArchive as string,
      onProgress: (message, done, total) => {
        if (seen.at(-1) !== message) seen.push(message);
        last = [done, total];
      },
    });
    const dataset = await real.open('imdb');
    expect([24_999, 25_000]).toContain(dataset.counts.test);
    expect(dataset.counts.validation).toBeGreaterThan(2400);
    expect(dataset.counts.validation).toBeLessThanOrEqual(2500);
    const { train, validation, test, unlabelled } = dataset.counts;
    expect([99_997, 100_000]).toContain(train + validation + test + unlabelled + dataset.duplicatesRemoved);
    expect(dataset.source).toMatch(/\((the published archive|a known copy)/);
    expect(seen).toHaveLength(1);
    expect(last[0]).toBe(last[1]);
    await expectSeparate(dataset);
  });
});

describe('imports', () => {
  it('are cut into train, validation and test, both classes in each', async () => {
    const dataset = await catalogue().import('mine', 'csv', csv(50, ['no label,', 'nor this,']));
    expect(dataset.counts).toEqual({ train: 80, validation: 10, test: 10, unlabelled: 2 });
    for (const split of ['train', 'validation', 'test'] as const) {
      const labels = (await dataset.reviews(split)).map(({ label }) => label);
      expect(labels.filter((label) => label === 1)).toHaveLength(labels.length / 2);
    }
    expect(await catalogue().names()).toEqual(['imdb', 'sample', 'mine']);
    const opened = await catalogue().open('mine');
    expect(opened.fingerprint).toBe(dataset.fingerprint);
    expect(await textsBySplit(opened)).toEqual(await textsBySplit(dataset));
    expect(await catalogue().describe('mine')).toMatchObject({
      name: 'mine',
      state: 'ready',
      counts: dataset.counts,
    });
  });

  it('keep the splits that they name, and get the missing one cut from train', async () => {
    const rows: string[] = [];
    for (let i = 0; i < 30; i += 1)
      rows.push(`up ${i},1,${i < 10 ? 'test' : 'train'}`, `down ${i},0,${i < 10 ? 'test' : ''}`);
    const dataset = await catalogue().import('mine', 'csv', `text,label,split\n${rows.join('\n')}`);
    expect(dataset.counts).toEqual({ train: 36, validation: 4, test: 20, unlabelled: 0 });
    expect((await textsBySplit(dataset)).test?.every((text) => Number(text.split(' ')[1]) < 10)).toBe(true);
  });

  it('have equal fingerprints for equal content, whatever its name, format and order', async () => {
    const jsonl = csv(20)
      .split('\n')
      .slice(1)
      .reverse()
      .map((row) => JSON.stringify({ text: row.split(',')[0], label: row.split(',')[1] }))
      .join('\n');
    const one = await catalogue().import('one', 'csv', csv(20));
    const two = await catalogue().import('two', 'jsonl', jsonl);
    const other = await catalogue().import('other', 'csv', csv(21));
    expect(two.fingerprint).toBe(one.fingerprint);
    expect(other.fingerprint).not.toBe(one.fingerprint);
  });

  it('leave nothing behind when they are refused', async () => {
    await expect(catalogue().import('mine', 'csv', csv(20, ['bad,label?']))).rejects.toThrow(
      code('INVALID_DATASET', /line 42/),
    );
    const oneClassTest =
      'a,1,test\n' + Array.from({ length: 12 }, (_, i) => `u ${i},1,train\nd ${i},0,train`).join('\n');
    await expect(catalogue().import('mine', 'csv', `text,label,split\n${oneClassTest}`)).rejects.toThrow(
      code('INVALID_DATASET', /test reviews have 0 negative and 1 positive/),
    );
    expect(await catalogue().names()).toEqual(['imdb', 'sample']);
    await expect(catalogue().import('mine', 'csv', csv(20))).resolves.toMatchObject({ name: 'mine' });
  });

  it.each([['imdb'], ['sample'], ['mine']])('cannot take the name %s that exists', async (name) => {
    await catalogue().import('mine', 'csv', csv(20));
    await expect(catalogue().import(name, 'csv', csv(20))).rejects.toThrow(
      code('CONFLICT', new RegExp(name)),
    );
  });

  it('of one name at a time: one succeeds, the other is told that the name is taken', async () => {
    const results = await Promise.allSettled([
      catalogue().import('mine', 'csv', csv(20)),
      catalogue().import('mine', 'csv', csv(30)),
    ]);
    const won = results.find((result) => result.status === 'fulfilled');
    const lost = results.find((result) => result.status === 'rejected');
    expect(lost?.reason).toMatchObject({ code: 'CONFLICT' });
    expect((await catalogue().open('mine')).fingerprint).toBe(won?.value.fingerprint);
    expect(await readdir(datasets())).toEqual(['mine']);
  });

  it.each(['', '../up', 'A', 'a b', '.hidden', 'x'.repeat(65)])('cannot be named %j', async (name) => {
    await expect(catalogue().import(name, 'csv', csv(20))).rejects.toThrow(code('BAD_USER_INPUT'));
  });

  it('are refused, not silently used, when their folder is damaged', async () => {
    await catalogue().import('mine', 'csv', csv(20));
    await writeFile(join(datasets(), 'mine', 'train.jsonl'), '');
    await expect(catalogue().open('mine')).rejects.toThrow(
      code('INVALID_DATASET', /train\.jsonl.*import the dataset again/),
    );
    await rm(join(datasets(), 'mine', 'dataset.json'));
    expect(await catalogue().describe('mine')).toMatchObject({
      state: 'absent',
      source: expect.stringContaining('damaged'),
    });
  });
});

describe('reading a part', () => {
  it('gives the reviews of the split in their order, and no more of the file than it needs', async () => {
    const dataset = await catalogue().open('sample');
    const all = await dataset.reviews('test');
    const read = (offset: number, count: number) => catalogue().read('sample', 'test', { offset, count });
    expect(await read(0, 3)).toEqual({ reviews: all.slice(0, 3), total: 1500 });
    expect((await read(1490, 100)).reviews).toEqual(all.slice(1490));
    expect((await read(1500, 1)).reviews).toEqual([]);
    expect((await read(700, 400)).reviews).toEqual(all.slice(700, 1100));
    // What lies behind is not looked at.
    const path = join(datasets(), 'sample', 'test.jsonl');
    await writeFile(path, `${(await readFile(path, 'utf8')).split('\n').slice(0, 200).join('\n')}\nbroken\n`);
    expect((await read(100, 100)).reviews).toEqual(all.slice(100, 200));
    await expect(read(150, 100)).rejects.toThrow(code('INVALID_DATASET', /test\.jsonl.*line 201/));
  });

  it('keeps texts with line separators whole', async () => {
    const text = 'one\u2028two\u2029three\r\nfour';
    await catalogue().import('mine', 'csv', csv(20, [`"${text}",pos`]));
    const { reviews } = await catalogue().read('mine', 'train', { offset: 0, count: 100 });
    const others = await catalogue().read('mine', 'validation', { offset: 0, count: 100 });
    const tests = await catalogue().read('mine', 'test', { offset: 0, count: 100 });
    const texts = [...reviews, ...others.reviews, ...tests.reviews].map((review) => review.text);
    expect(texts).toContain(text.replace('\r\n', '\n'));
    expect(texts).toHaveLength(41);
  });

  it('prepares nothing: a dataset that is not ready is a conflict, a damaged one is told', async () => {
    const part = { offset: 0, count: 1 };
    await expect(catalogue().read('sample', 'test', part)).rejects.toThrow(code('CONFLICT', /not ready/));
    await expect(catalogue().read('imdb', 'test', part)).rejects.toThrow(code('CONFLICT', /not ready/));
    expect(await readdir(datasets()).catch(() => [])).toEqual([]);
    await expect(catalogue().read('nothing', 'test', part)).rejects.toThrow(code('NOT_FOUND'));
    await catalogue().import('mine', 'csv', csv(20));
    await rm(join(datasets(), 'mine', 'test.jsonl'));
    await expect(catalogue().read('mine', 'test', part)).rejects.toThrow(
      code('INVALID_DATASET', /test\.jsonl/),
    );
    await writeFile(join(datasets(), 'mine', 'dataset.json'), '{}');
    await expect(catalogue().read('mine', 'train', part)).rejects.toThrow(code('INVALID_DATASET', /damaged/));
  });
});

describe('unknown names', () => {
  it.each(['nothing', '../sample', ''])('%j is not found, and the known ones are told', async (name) => {
    await expect(catalogue().open(name)).rejects.toThrow(code('NOT_FOUND', /imdb, sample/));
    await expect(catalogue().describe(name)).rejects.toThrow(code('NOT_FOUND', /imdb, sample/));
  });
});
