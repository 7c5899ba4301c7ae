/** Uploads: what CSV and JSONL may look like, and what every wrong line is told. */
import { describe, it, expect } from '@jest/globals';
import { parseUpload, readUpload } from '../../src/data/upload.ts';
import type { UploadFormat } from '../../src/data/upload.ts';

const numbers = Array.from({ length: 10 }, (_, i) => i);
const goodCsv = [
  'text,label',
  ...numbers.flatMap((i) => [`"Good, number ${i}",positive`, `Bad number ${i},negative`]),
].join('\n');

function faults(format: UploadFormat, content: string): { message: string; facts: Record<string, unknown> } {
  try {
    parseUpload('mine', format, content);
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_DATASET' });
    return error as { message: string; facts: Record<string, unknown> };
  }
  throw new Error('expected it to be refused');
}

describe('CSV', () => {
  it('reads quoted texts over several lines, any order of columns, a byte order mark, and CRLF', () => {
    const content = `\uFEFFid,Label,TEXT\r\n7,pos,"She said ""great"",\r\nthen left"\r\n\r\n8,NEG, plain \r\n9,,no label\r\n${numbers.map((i) => `1${i},1,up ${i}\r\n2${i},0,down ${i}\r\n`).join('')}`;
    const { reviews, source } = parseUpload('mine', 'csv', content);
    expect(source).toBe('Uploaded as CSV, 23 reviews');
    expect(reviews.slice(0, 3)).toEqual([
      { id: 'line 2', text: 'She said "great",\nthen left', label: 1, split: 'train' },
      { id: 'line 5', text: 'plain', label: 0, split: 'train' },
      { id: 'line 6', text: 'no label', label: null, split: 'unlabelled' },
    ]);
  });

  it('tells every faulty line at once', () => {
    const { message, facts } = faults(
      'csv',
      `${goodCsv}\nfine,maybe\n,positive\nthree,columns,here\n"over\ntwo lines",2\n`,
    );
    expect(facts.errorCount).toBe(4);
    expect(message).toMatch(/line 22: label "maybe" is not negative or positive/);
    expect(message).toMatch(/line 23: the text is empty/);
    expect(message).toMatch(/line 24: 3 columns, expected 2/);
    expect(message).toMatch(/line 25: label "2"/);
  });

  it('reads on after stray quotes, and tells each line that they spoil once, with all others', () => {
    const { reviews, faults: found } = readUpload(
      'csv',
      `${goodCsv}\nsay "hi" there,1\n"over\ntwo lines",0\nfine,maybe\n"good"bad,1\n"swallowed",1\nlast,0\n"never closed,1\n`,
    );
    expect(found.map(({ line }) => line)).toEqual([22, 25, 26, 27, 29]);
    expect(found.map(({ problem }) => problem.slice(0, 30))).toEqual([
      'not CSV: Invalid Opening Quote',
      'label "maybe" is not negative ',
      'not CSV: Invalid Closing Quote',
      'not CSV: Invalid Closing Quote',
      'not CSV: a quote is opened her',
    ]);
    expect(reviews.slice(20).map(({ line, review }) => [line, review.text])).toEqual([
      [23, 'over\ntwo lines'],
      [28, 'last'],
    ]);
  });

  it('takes no row for the header where that one is broken', () => {
    const { reviews, faults: found } = readUpload('csv', 'te"xt,label\ntext,label\nfine,1\n');
    expect(reviews).toEqual([]);
    expect(found).toEqual([{ line: 1, problem: expect.stringMatching(/^not CSV: .*Quote/) }]);
  });

  it.each([
    ['of one column', 'x\n'],
    ['with stray quotes', 'x"x"x,1\n'],
  ])('gives up on a file of nothing but lines %s', (_, line) => {
    const { faults: found, faultCount } = readUpload('csv', `text,label\n${line.repeat(500_000)}`);
    expect(faultCount).toBeLessThanOrEqual(10_001);
    expect(found).toHaveLength(100);
    expect(found.map((fault) => fault.line)).toEqual(Array.from({ length: 100 }, (_line, i) => i + 2));
    const start = `text,label\n${'y"'.repeat(5_000)}z,1\n`;
    expect(readUpload('csv', `${start}fine,1\n`).faults).toEqual([
      { line: 2, problem: expect.stringMatching(/^not CSV/) },
      { line: 3, problem: expect.stringMatching(/nothing was read/) },
    ]);
  });

  it('tells the first twenty of many', () => {
    const { message, facts } = faults('csv', `text,label\n${'x,?\n'.repeat(50)}`);
    expect(facts.errorCount).toBe(50);
    expect(message).toMatch(/line 21: .*\n… and 30 more$/);
    expect(message).not.toMatch(/line 22:/);
  });

  it.each([
    ['', /no column text, label; the header has nothing/],
    ['review,sentiment\nx,1', /no column text, label; the header has "review", "sentiment"/],
    ['text,label\n"never closed,1', /line \d+: not CSV/],
  ])('refuses %j', (content, message) => {
    expect(faults('csv', content).message).toMatch(message);
  });

  it.each([
    ['text,label', /too few labelled reviews: 0 negative and 0 positive/],
    [`text,label\n${numbers.map((i) => `t${i},1`).join('\n')}`, /one class only: 0 negative and 10 positive/],
    [
      `${goodCsv.split('\n').slice(0, 9).join('\n')}`,
      /too few labelled reviews: 4 negative and 4 positive; expected at least 10/,
    ],
  ])('refuses what cannot be learned from: %#', (content, message) => {
    expect(faults('csv', content).message).toMatch(message);
  });
});

describe('JSONL', () => {
  const line = (value: unknown) => `${JSON.stringify(value)}\n`;
  const good = numbers
    .map((i) => line({ text: `up ${i}`, label: 1 }) + line({ text: `down ${i}`, label: 'neg' }))
    .join('');

  it('reads labels as numbers or words, and splits', () => {
    const { reviews } = parseUpload(
      'mine',
      'jsonl',
      good +
        line({ text: 'a', label: 0, split: 'dev' }) +
        line({ text: 'b', split: 'unsup', label: 1 }) +
        line({ text: 'c\u2028d', label: null, other: [] }),
    );
    expect(reviews).toHaveLength(23);
    expect(reviews.slice(20)).toEqual([
      { id: 'line 21', text: 'a', label: 0, split: 'validation' },
      { id: 'line 22', text: 'b', label: null, split: 'unlabelled' },
      { id: 'line 23', text: 'c\u2028d', label: null, split: 'unlabelled' },
    ]);
  });

  it.each<[unknown, RegExp]>([
    [[1], /line 1: not a JSON object/],
    [{ label: 1 }, /line 1: the text is empty/],
    [{ text: 7, label: 1 }, /line 1: the text is empty/],
    [{ text: 'x', label: true }, /line 1: label true is not/],
    [{ text: 'x', label: 1, split: 'dev2' }, /line 1: split "dev2" is not/],
    [{ text: 'x', label: '', split: 'test' }, /line 1: a test review needs a label/],
    [{ text: 'x'.repeat(100_001), label: 1 }, /line 1: the text has 100001 characters/],
  ])('refuses %j', (value, message) => {
    expect(faults('jsonl', line(value).slice(0, 200_000) + good).message).toMatch(message);
  });

  it('tells where the JSON is broken', () => {
    expect(faults('jsonl', `${good}{"text": "x", \n`).message).toMatch(/line 21: not JSON/);
  });
});
