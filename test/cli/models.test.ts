/** `distillery model import` and `model export`, as their options come from the command line. */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openRegistry } from '../../src/app.ts';
import { exportAs, importFrom } from '../../src/cli/models.ts';
import { readConfig } from '../../src/config.ts';
import { seeded, tinyTensors, writeTinyCheckpoint } from '../models/checkpointFolder.ts';

let folder = '';
let options = { dataDirectory: '' };
let printed = '';
const inside = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'distillery-model-'));
  options = { dataDirectory: inside('data') };
  for (const name of ['theirs', 'headless']) await mkdir(inside(name));
  await writeTinyCheckpoint(inside('theirs'), seeded(tinyTensors()));
  const encoder = [...seeded(tinyTensors())].filter(([name]) => !name.startsWith('classifier'));
  await writeTinyCheckpoint(inside('headless'), new Map(encoder));
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(() => {
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => void jest.restoreAllMocks());

/** Where imports are prepared: nothing may be left of one, whether it succeeded or not. */
const leftovers = () => readdir(join(options.dataDirectory, 'runs')).catch(() => []);

describe('distillery model', () => {
  it('imports from any folder, exports, and imports what it exported', async () => {
    await importFrom(inside('theirs'), { name: 'mine', ...options });
    await exportAs('mine', inside('out'), options);
    await importFrom(inside('out'), { name: 'mine', ...options });
    expect(printed.split('\n')).toEqual([
      'mine@1: teacher, bert-2x4',
      `mine@1: ${inside('out')}`,
      'mine@2: teacher, bert-2x4',
      '',
    ]);
    expect(await readdir(inside('out'))).toEqual(['card.json', 'model.onnx', 'tokenizer.json']);
    const card: unknown = JSON.parse(await readFile(inside('out/card.json'), 'utf8'));
    expect(card).toMatchObject({
      name: 'mine',
      version: 1,
      origin: 'theirs',
      training: { checkpoint: 'theirs' },
    });
    expect(await leftovers()).toEqual([]);
  });

  it('exports into new folders only, and only what there is', async () => {
    await expect(exportAs('mine', inside('theirs'), options)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(exportAs('nobody', inside('none'), options)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await readdir(folder)).sort()).toEqual(['data', 'headless', 'out', 'theirs']);
  });

  it.each([
    ['an encoder without a classifier', 'headless', {}, 'INVALID_CHECKPOINT', /startTeacherTraining/],
    ['a folder that is not there', 'nothing', {}, 'NOT_FOUND', /no folder .*nothing/],
    ['a file', 'theirs/config.json', {}, 'NOT_FOUND', /no folder .*config.json/],
    ['tokens that are no number', 'theirs', { maxTokens: 'many' }, 'BAD_USER_INPUT', /maxTokens/],
    ['a name that is a path', 'theirs', { name: '../x' }, 'BAD_USER_INPUT', /name: expected/],
    ['the name of an alias', 'theirs', { name: 'teacher' }, 'BAD_USER_INPUT', /alias/],
    ['a dataset that is not there', 'theirs', { dataset: 'nothing' }, 'NOT_FOUND', /nothing/],
  ])('refuses %s', async (_what, source, changes, code, message) => {
    const importing = importFrom(inside(source), { name: 'mine', ...options, ...changes });
    await expect(importing).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(printed).toBe('');
    expect(await leftovers()).toEqual([]);
  });

  it('says so while another process has the database', async () => {
    const { close } = await openRegistry(readConfig({ DISTILLERY_DATA_DIRECTORY: options.dataDirectory }));
    try {
      await expect(importFrom(inside('theirs'), { name: 'mine', ...options })).rejects.toMatchObject({
        code: 'UNAVAILABLE',
      });
    } finally {
      await close();
    }
  });
});
