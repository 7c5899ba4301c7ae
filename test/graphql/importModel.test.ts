/** Importing a model and getting it out again as a client does: over real HTTP, in a real child process. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runInChild } from '../../src/training/child.ts';
import { seeded, tinyTensors, writeTinyCheckpoint } from '../models/checkpointFolder.ts';
import { writeFolder, writeForeignFolder } from '../models/onnxFolder.ts';
import { untar } from '../untar.ts';
import { startTestServer, type TestServer } from './testServer.ts';

let server: TestServer;
let checkpoints = '';

beforeAll(async () => {
  server = await startTestServer({ runInChild });
  checkpoints = join(server.app.config.dataDirectory, 'checkpoints');
  await writeFolder(checkpoints, {});
  for (const name of ['theirs', 'foreign', 'headless'])
    await mkdir(join(checkpoints, name), { recursive: true });
  await writeTinyCheckpoint(join(checkpoints, 'theirs'), seeded(tinyTensors()));
  const encoder = new Map([...seeded(tinyTensors())].filter(([name]) => !name.startsWith('classifier')));
  await writeTinyCheckpoint(join(checkpoints, 'headless'), encoder);
  await writeForeignFolder(join(checkpoints, 'foreign'));
});
afterAll(() => server.stop());

interface Answer {
  state: string;
  error: { code: string; message: string } | null;
  model: { reference: string } | null;
}

async function importing(input: { name: string; checkpoint: string; maxTokens?: number }): Promise<Answer> {
  const { id } = await server.client.call<{ id: string }>('importModel', { input });
  const events = server.client.progress(id);
  while (!(await events.next()).done);
  return server.client.call<Answer>('run', { id });
}

async function positive(model: string, text: string): Promise<number> {
  const answer = await server.client.call<{ probabilities: { positive: number } }>('classify', {
    model,
    text,
  });
  return answer.probabilities.positive;
}

describe('importModel', () => {
  it('publishes a teacher, which downloads, comes back and answers the same', async () => {
    const { state, model } = await importing({ name: 'theirs', checkpoint: 'theirs' });
    expect([state, model?.reference]).toEqual(['SUCCEEDED', 'theirs@1']);
    // The logits that PyTorch gives for this checkpoint: see test/training/importModel.test.ts.
    const expected = 1 / (1 + Math.exp(0.30742573 + 0.6912664));
    expect(await positive('theirs', 'good badly')).toBeCloseTo(expected, 5);
    const card = await server.client.call<{ downloadPath: string }>('model', { reference: 'teacher' });
    expect(card).toMatchObject({
      reference: 'theirs@1',
      method: 'TEACHER',
      dataset: null,
      seed: null,
      engine: null,
    });

    const tar = await fetch(new URL(card.downloadPath, server.url));
    const files = await untar(Buffer.from(await tar.arrayBuffer()));
    await writeFolder(checkpoints, Object.fromEntries(files));
    const again = await importing({ name: 'again', checkpoint: 'theirs-1' });
    expect(again.model?.reference).toBe('again@1');
    for (const text of ['good badly', 'bad', 'something else'])
      expect(await positive('again', text)).toBe(await positive('theirs', text));
  });

  it('serves the inputs of Hugging Face’s exports', async () => {
    expect((await importing({ name: 'foreign', checkpoint: 'foreign', maxTokens: 16 })).state).toBe(
      'SUCCEEDED',
    );
    const logits = [2, 4, 3].map((id, place) => [id / 8 + place / 16, -id / 4] as const);
    const [first, second] = [0, 1].map((column) =>
      logits.reduce((sum, pair) => sum + pair[column as 0 | 1], 0),
    );
    expect(await positive('foreign', 'good')).toBeCloseTo(1 / (1 + Math.exp(first! - second!)), 6);
    expect(await server.client.call('model', { reference: 'foreign' })).toMatchObject({ spec: null });
  });

  it('tells why a folder can’t be imported', async () => {
    expect(await importing({ name: 'headless', checkpoint: 'headless' })).toMatchObject({
      state: 'FAILED',
      model: null,
      error: { code: 'INVALID_CHECKPOINT', message: expect.stringContaining('startTeacherTraining') },
    });
  });

  it.each([
    ['a folder that is not there', { checkpoint: 'nothing' }, 'NOT_FOUND', /theirs/],
    ['a path', { checkpoint: '../theirs' }, 'BAD_USER_INPUT', /not a checkpoint's name/],
    ['an absolute path', { checkpoint: '/etc' }, 'BAD_USER_INPUT', /not a checkpoint's name/],
    ['a dataset that is not there', { dataset: 'nothing' }, 'NOT_FOUND', /no dataset "nothing"/],
    ['no tokens', { maxTokens: 0 }, 'BAD_USER_INPUT', /maxTokens/],
    ['the name of an alias', { name: 'teacher' }, 'BAD_USER_INPUT', /is an alias, so a model can't/],
    ['a name that is a path', { name: '../x' }, 'BAD_USER_INPUT', /name/],
  ])('refuses %s at once', async (_what, changes, code, message) => {
    const asking = server.client.call('importModel', {
      input: { name: 'x', checkpoint: 'theirs', ...changes },
    });
    await expect(asking).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
