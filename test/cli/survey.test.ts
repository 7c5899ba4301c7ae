/** `distillery survey`: what a file adds to a survey, and the whole command in a process of its own. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addedTo, type SurveyInput } from '../../src/cli/surveyInput.ts';
import { surveySpec } from '../../src/survey/spec.ts';

const grid = { name: 'a', question: '?', students: [{ network: 'GRU', sizes: [4] }], targets: ['SCRATCH'] };
const input: SurveyInput = {
  name: 's',
  title: 'S',
  dataset: 'sample',
  teacher: 'teacher',
  seeds: [1],
  grids: [grid],
};
const stored = surveySpec.parse({
  ...input,
  teacher: 'some-teacher@3',
  grids: [{ ...grid, students: [{ network: 'gru', sizes: [4] }], targets: ['scratch'] }],
}) as unknown as SurveyInput;

describe('what a file adds to the survey that was started from it', () => {
  it('is nothing where the file is the same', () => {
    expect(addedTo(stored, input)).toBeNull();
  });

  it('is seeds, grids and models', () => {
    const more = {
      ...input,
      seeds: [1, 2],
      beside: ['nb-svm'],
      grids: [grid, { ...grid, name: 'b' }],
    };
    expect(addedTo(stored, more)).toEqual({
      seeds: [2],
      beside: ['nb-svm'],
      grids: [{ ...grid, name: 'b' }],
    });
  });

  it('can be nothing else: its runs were made with the old setting', () => {
    const others: [SurveyInput, string][] = [
      [{ ...input, dataset: 'imdb' }, 'dataset'],
      [{ ...input, training: { epochs: 9 } }, 'training'],
      [{ ...input, grids: [{ ...grid, targets: ['SCRATCH', 'SOFT'] }] }, 'targets'],
    ];
    for (const [changed, setting] of others) {
      expect(() => addedTo(stored, changed)).toThrow(
        expect.objectContaining({ code: 'CONFLICT', facts: { survey: 's', setting } }),
      );
    }
  });
});

describe('the command', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'distillery-survey-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
  const distillery = (...args: string[]) =>
    promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', cli, 'survey', ...args, '--data-directory', join(folder, 'data')],
      { env: { ...process.env, DATABASE_URL: '' } },
    );

  it('carries a survey out, writes its report, and goes on with what the file adds', async () => {
    const file = join(folder, 'survey.json');
    const small = {
      ...input,
      teacher: 'imdb-nb-svm',
      latencyReviews: 20,
      training: { epochs: 1, maxTokens: 16, vocabularySize: 300, embeddingSize: 4 },
      grids: [{ ...grid, labelled: [{ reviews: 200 }] }],
    };
    await writeFile(file, JSON.stringify(small));
    await expect(distillery(file)).rejects.toMatchObject({
      stderr: expect.stringMatching(/^BAD_USER_INPUT: imdb-nb-svm@1 is not a teacher/),
    });

    await writeFile(file, JSON.stringify({ ...small, teacher: 'imdb-teacher-int8' }));
    const report = join(folder, 'report');
    const { stdout } = await distillery(file, '--report', report);
    expect(stdout).toMatch(/gru-4 scratch, seed 1: succeeded/);
    expect(await readdir(report)).toEqual(
      expect.arrayContaining(['README.md', 'cells.csv', 'report.html', 'report.json', 'runs.csv']),
    );
    const runs = async () =>
      (JSON.parse(await readFile(join(report, 'report.json'), 'utf8')) as { runs: { runId: string }[] }).runs;
    const [first] = await runs();

    await writeFile(file, JSON.stringify({ ...small, teacher: 'imdb-teacher-int8', seeds: [1, 2] }));
    await distillery(file, '--report', report);
    const [before, added] = await runs();
    expect(before!.runId).toBe(first!.runId);
    expect(added!.runId).not.toBe(first!.runId);
  });

  it('says what is wrong with a file', async () => {
    const file = join(folder, 'broken.json');
    await writeFile(file, '{');
    await expect(distillery(file)).rejects.toMatchObject({
      stderr: expect.stringMatching(/^BAD_USER_INPUT: .*can't be read as JSON/),
    });
  });
});
