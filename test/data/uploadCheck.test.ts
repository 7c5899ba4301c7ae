/** Checks of uploads: what is told of a file, and that the import says the same. */
import { describe, expect, it } from '@jest/globals';
import { DatasetCatalogue } from '../../src/data/catalogue.ts';
import { checkUpload } from '../../src/data/uploadCheck.ts';
import { temporaryFolder } from './folder.ts';

const folder = temporaryFolder();
const catalogue = () => new DatasetCatalogue({ dataDirectory: folder() });
const rowsOf = (ofEach: number) =>
  Array.from({ length: ofEach }, (_, i) => `I liked number ${i},pos\nI hated number ${i},neg`).join('\n');

describe('a check', () => {
  it('tells rows, labels, lengths, repeated texts and what the import would make of them', async () => {
    const content = `text,label\n${rowsOf(50)}\nx,\n"I  liked\nnumber 0",pos\n${'y'.repeat(700)},neg\n`;
    const check = checkUpload('csv', content);
    expect(check).toMatchObject({
      rows: 103,
      counts: { negative: 51, positive: 51, unlabelled: 1 },
      duplicates: 1,
      lengths: { min: 1, median: 17, max: 700 },
      faults: [],
      faultCount: 0,
    });
    expect(check.preview).toHaveLength(10);
    expect(check.preview[1]).toMatchObject({ line: 3, review: { text: 'I hated number 0', label: 0 } });
    expect((await catalogue().import('mine', 'csv', content)).counts).toEqual(check.parts);
  });

  it.each([
    ['a faulty line', `text,label\n${rowsOf(50)}\nfine,maybe\n`],
    ['one class', `text,label\n${rowsOf(50).replaceAll('neg', 'pos')}\n`],
    ['no rows', 'text,label\n'],
    ['no header', rowsOf(50)],
    [
      'a part with one class',
      `text,label,split\n${rowsOf(50).replaceAll('\n', ',train\n')},train\nz,1,test\n`,
    ],
  ])('of a file with %s refuses it for the same reason as the import', async (_, content) => {
    const check = checkUpload('csv', content);
    expect(check.parts).toBeNull();
    expect(check.faultCount).toBe(1);
    const [{ line, problem } = { line: null, problem: '' }] = check.faults;
    const told =
      line === null ? problem.replace('The file', 'The dataset "mine"') : `line ${line}: ${problem}`;
    await expect(catalogue().import('mine', 'csv', content)).rejects.toMatchObject({
      code: 'INVALID_DATASET',
      message: expect.stringContaining(told),
    });
  });

  it('tells the first hundred faulty lines in their order, and counts all', () => {
    const lines = Array.from({ length: 150 }, (_, i) =>
      i % 3 === 0 ? '{"text": "x"' : i % 3 === 1 ? '{"text":"","label":1}' : '{"text":"fine","label":"?"}',
    );
    const { faults, faultCount, rows, lengths } = checkUpload('jsonl', lines.join('\n'));
    expect(faultCount).toBe(150);
    expect(faults.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect({ rows, lengths }).toEqual({ rows: 0, lengths: null });
  });
});
