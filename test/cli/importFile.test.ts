/** `distillery data import`, as its options come from the command line. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { importFile } from '../../src/cli/importFile.ts';
import { DatasetCatalogue } from '../../src/data/catalogue.ts';

let dataDirectory = '';
let printed = '';

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'distillery-import-'));
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(dataDirectory, { recursive: true });
});

async function fileOf(name: string, lines: readonly string[]): Promise<string> {
  const file = join(dataDirectory, name);
  await writeFile(file, lines.join('\n'));
  return file;
}

const numbers = Array.from({ length: 20 }, (_, i) => i);
const csv = ['text,label', ...numbers.map((i) => `number ${i},${i % 2}`)];

describe('distillery data import', () => {
  it('stores the file and says what is in it', async () => {
    await importFile(await fileOf('reviews.csv', csv), { name: 'mine', dataDirectory });
    expect(printed).toBe('mine: 16 train, 2 validation, 2 test, 0 unlabelled\n');
    expect(await new DatasetCatalogue({ dataDirectory }).names()).toEqual(['imdb', 'sample', 'mine']);
  });

  it('takes the format from its option before the name of the file', async () => {
    const lines = numbers.map((i) => JSON.stringify({ text: `number ${i}`, label: i % 2 }));
    await importFile(await fileOf('reviews.csv', lines), { name: 'mine', dataDirectory, format: 'jsonl' });
    expect(printed).toMatch(/^mine: 16 train/);
  });

  it.each([
    ['a format that it cannot tell', 'reviews.txt', csv, 'BAD_USER_INPUT', /"txt".*--format/],
    ['lines at fault', 'reviews.csv', [...csv, 'odd,label?'], 'INVALID_DATASET', /line 22/],
  ])('refuses %s', async (_, file, lines, code, message) => {
    const importing = importFile(await fileOf(file, lines), { name: 'mine', dataDirectory });
    await expect(importing).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(printed).toBe('');
  });

  it('says that there is no such file', async () => {
    const importing = importFile(join(dataDirectory, 'none.csv'), { name: 'mine', dataDirectory });
    await expect(importing).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('none.csv'),
    });
  });
});
