/** The README's tables, made from small invented results. */
import { describe, expect, it } from '@jest/globals';
import { format } from 'prettier';
import { answersSection, fillTables, notMeasured } from '../../bench/readmeTables.ts';
import {
  comparisonSection,
  differencesSection,
  shortReviewsSection,
  studentsSection,
  teacherSection,
  trainingSection,
  type ComparisonResult,
  type TrainingResult,
} from '../../bench/resultSections.ts';

const zoo: ComparisonResult = {
  machine: 'A machine',
  threads: 2,
  date: '2026-01-02T03:04:05.000Z',
  dataset: 'imdb',
  split: 'TEST',
  reviews: 24_999,
  comparisons: [],
  entries: [
    {
      model: 'a-teacher',
      version: 1,
      architecture: 'bert-6x384',
      method: 'TEACHER',
      parameters: 22_713_986,
      fileBytes: 90_900_000,
      metrics: {
        accuracy: 0.91236,
        accuracyInterval: { low: 0.9088, high: 0.91577 },
        f1: 0.9,
        calibrationError: 0.0123,
      },
      latency: { p50Ms: 12.345, p95Ms: 20 },
      reviewsPerSecond: 49.6,
    },
    {
      model: 'a-student',
      version: 12,
      architecture: 'gru-7',
      method: 'SCRATCH',
      parameters: 1_000,
      fileBytes: 4_000,
      metrics: {
        accuracy: 0.5,
        accuracyInterval: { low: 0.4938, high: 0.5062 },
        f1: 0.5,
        calibrationError: 0,
      },
      latency: { p50Ms: 0.1, p95Ms: 0.2 },
      reviewsPerSecond: 12_345,
    },
  ],
};

const training: TrainingResult = {
  machine: 'A machine',
  date: '2026-01-02T03:04:05.000Z',
  versions: { onnx: 'onnx 1', pytorch: 'PyTorch 2' },
  workload: { vocabularySize: 20_000, embeddingSize: 64, batchSize: 64, tokens: 256, optimiser: 'Adam' },
  rows: [
    { model: 'gru-64', engine: 'onnx', threads: 2, msPerStep: 50 },
    { model: 'gru-64', engine: 'tfjs', threads: 1, msPerStep: 1_000 },
    { model: 'gru-64', engine: 'pytorch', threads: 2, msPerStep: 125 },
    { model: 'cnn-64', engine: 'onnx', threads: 2, msPerStep: 40 },
    { model: 'cnn-64', engine: 'pytorch', threads: 2, msPerStep: 30 },
  ],
};

/** Cells of each line of the table at a section's start. */
const cells = (section: string) =>
  section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

describe('the table of the zoo', () => {
  const section = comparisonSection(zoo);

  it('has one line a model, in the order of the result', () => {
    const [, , teacher, student, ...more] = cells(section);
    expect(teacher).toEqual(
      ['a-teacher@1', 'bert-6x384', 'teacher', '0.9124', '0.9088 to 0.9158', '0.9000', '0.0123'].concat([
        '12.35',
        '20.00',
        '50',
        '22,713,986',
        '90.90',
      ]),
    );
    expect(student).toEqual(
      ['a-student@12', 'gru-7', 'scratch', '0.5000', '0.4938 to 0.5062', '0.5000', '0.0000'].concat([
        '0.10',
        '0.20',
        '12,345',
        '1,000',
        '0.00',
      ]),
    );
    expect(more).toEqual([]);
  });

  it('says what was measured, where and when', () => {
    expect(section.split('\n').at(-1)).toBe(
      '24,999 test reviews of `imdb`; latency of one review at a time, tokenising included. A machine; 2 threads; 2026-01-02.',
    );
  });
});

describe('the table of pairs', () => {
  it('tells differences in points, with their interval', () => {
    const section = studentsSection({
      machine: 'A machine',
      date: '2026-01-02T03:04:05.000Z',
      reviews: 24_999,
      sizes: [
        {
          architecture: 'gru-7',
          seeds: 3,
          scratch: 0.87,
          distilled: 0.8912,
          difference: 0.0212,
          low: 0.0191,
          high: 0.0233,
          survey: { scratch: 0.7, distilled: 0.75 },
        },
      ],
    });
    expect(cells(section)[2]).toEqual(['gru-7', '0.8700', '0.8912', '2.12', '1.91 to 2.33', '0.70', '0.75']);
    expect(section).toContain('means over 3 seeds');
  });
});

describe('the table of differences', () => {
  it('has every model against one, the best first, whichever came first in the report', () => {
    const line = { low: -0.02, high: 0.01, agreement: 0.9 };
    const comparisons = [
      { ...line, model: 'floor@1', other: 'teacher@1', difference: -0.005, pValue: 0.03 },
      { ...line, model: 'small@1', other: 'teacher@1', difference: -0.1, pValue: 0.5 },
      { ...line, model: 'small@1', other: 'floor@1', difference: -0.015, pValue: 1e-6 },
    ];
    const section = differencesSection({ ...zoo, comparisons }, 'floor@1');
    expect(cells(section).slice(2, 4)).toEqual([
      ['teacher@1', 'floor@1', '0.50', '-1.00 to 2.00', '0.0300', '90.0 %'],
      ['small@1', 'floor@1', '-1.50', '-2.00 to 1.00', '< 0.0001', '90.0 %'],
    ]);
    expect(section).toContain('corrected for 3 comparisons');
  });
});

describe('the table of short reviews', () => {
  it('counts right answers by kind, and names what most models get wrong', () => {
    const all = { plain: 10, negation: 9, mixed: 8, irony: 7 };
    const row = (model: string, wrong: string[]) => ({
      model,
      right: { ...all, irony: 7 - wrong.length },
      wrong: wrong.map((text) => ({ text, positive: 0.9 })),
    });
    const section = shortReviewsSection({
      reviews: all,
      rows: [row('a@1', ['Oh, great.', 'Fine.']), row('b@1', ['Oh, great.']), row('c@1', [])],
    });
    expect(cells(section).slice(0, 3)).toEqual([
      ['model', 'plain, of 10', 'negation, of 9', 'mixed, of 8', 'irony, of 7'],
      [expect.any(String), expect.any(String), expect.any(String), expect.any(String), expect.any(String)],
      ['a@1', '10', '9', '8', '5'],
    ]);
    expect(section).toContain('- Oh, great. (2 of 3)');
    expect(section).not.toContain('Fine.');
  });
});

describe('the table of the teacher', () => {
  const section = teacherSection(
    {
      machine: 'A machine',
      date: '2026-01-02T03:04:05.000Z',
      versions: { 'onnxruntime-node': '1', pytorch: 'PyTorch 2' },
      workload: { maxTokens: 512, tokens: 256, batchSize: 32 },
      rows: [
        {
          engine: 'onnx',
          precision: 'int8',
          threads: 2,
          reviewsPerSecond: 62.5,
          servedPerSecond: 41.04,
          accuracy: 0.944,
          reviews: 250,
        },
        {
          engine: 'pytorch',
          precision: 'float32',
          threads: 2,
          reviewsPerSecond: 25,
          servedPerSecond: 20,
          accuracy: 0.94,
          reviews: 250,
        },
        {
          engine: 'pytorch',
          precision: 'float32',
          threads: 1,
          reviewsPerSecond: 12.5,
          servedPerSecond: 10,
          accuracy: 0.94,
          reviews: 250,
        },
      ],
    },
    {
      model: 'a-teacher@1',
      weights: 'int8',
      embeddings: 'int8',
      dataset: { name: 'imdb', fingerprint: 'abc' },
      reviews: 2_484,
      accuracyBefore: 0.92391,
      accuracyAfter: 0.9223,
      agreement: 0.99114,
      bytesBefore: 4,
      bytesAfter: 1,
    },
  );

  it('has a line an engine and number of threads, and a ratio to PyTorch with as many', () => {
    expect(cells(section).slice(2, 5)).toEqual([
      ['onnx', 'int8', '2', '62.5', '2.50 ×', '41.0', '0.9440'],
      ['pytorch', 'float32', '2', '25.0', '', '20.0', '0.9400'],
      ['pytorch', 'float32', '1', '12.5', '', '10.0', '0.9400'],
    ]);
  });

  it('tells what int8 cost, from the card', () => {
    expect(section).toContain('on 2,484 validation reviews: accuracy 0.9239 in float32, 0.9223 in int8');
    expect(section).toContain('99.1 % of the answers');
  });
});

describe('the table of training', () => {
  const section = trainingSection(training);

  it('has an engine a column and its time beside that of onnx; what was not measured is left empty', () => {
    const [head, , ...rows] = cells(section);
    expect(head).toEqual(['ms a step', 'onnx', 'tfjs', 'pytorch', 'tfjs / onnx', 'pytorch / onnx']);
    expect(rows).toEqual([
      ['gru-64', '50.0', '1000.0', '125.0', '20.0 ×', '2.5 ×'],
      ['cnn-64', '40.0', '', '30.0', '', '0.8 ×'],
    ]);
  });

  it('names every engine with version and threads', () => {
    expect(section).toContain('onnx: onnx 1, 2 threads; tfjs: unknown version, 1 thread; pytorch: PyTorch 2');
  });
});

describe('filling the README', () => {
  const readme = [
    '# Title',
    '<!-- results:zoo -->\n\nold\n\n<!-- /results -->',
    'between',
    '<!-- results:training --><!-- /results -->',
    'after\n',
  ].join('\n\n');
  const sections = { zoo: comparisonSection(zoo), training: trainingSection(training) };

  it('replaces what is between the markers, and that only; a second time changes nothing', () => {
    const filled = fillTables(readme, sections);
    expect(filled).not.toContain('old');
    for (const part of ['# Title', 'between', 'after\n', ...Object.values(sections)])
      expect(filled).toContain(part);
    expect(fillTables(filled, sections)).toBe(filled);
  });

  it('writes what prettier would', async () => {
    const filled = fillTables(readme, { ...sections, training: notMeasured('training') });
    expect(await format(filled, { parser: 'markdown' })).toBe(filled);
    expect(fillTables(filled, sections)).toBe(
      await format(fillTables(filled, sections), { parser: 'markdown' }),
    );
  });

  it.each([
    ['no end', '<!-- results:zoo --> … '],
    ['the end of another section', '<!-- results:zoo --> <!-- results:training --> <!-- /results -->'],
    ['an unknown section', '<!-- results:zoos --> <!-- /results -->'],
  ])('refuses a README with %s', (_title, text) => {
    expect(() => fillTables(text, sections)).toThrow('The page has <!-- results:zoo');
  });
});

it('the survey’s questions stand with their answers', () => {
  const grid = { name: 'a', points: [], comparisons: [], published: [] };
  const section = answersSection({
    grids: [
      { ...grid, question: 'Does it?', answer: 'It does. By much.' },
      { ...grid, question: 'Why?', answer: 'Nobody knows. Ask.' },
    ],
  });
  expect(section).toBe('- **Does it?** It does. By much.\n- **Why?** Nobody knows. Ask.');
});
