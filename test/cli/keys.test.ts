/** `distillery key` and `distillery alias`, as their options come from the command line. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openKeys, openRegistry } from '../../src/app.ts';
import { aliasHistory, rollbackAlias, setAlias } from '../../src/cli/aliases.ts';
import { createKey, listKeys, revokeKey } from '../../src/cli/keys.ts';
import { hashOf } from '../../src/access/apiKeys.ts';
import { readConfig } from '../../src/config.ts';
import { wordSpotter } from '../serving/tinyModel.ts';

let dataDirectory = '';
let printed = '';

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'distillery-keys-'));
});
afterAll(() => rm(dataDirectory, { recursive: true }));
beforeEach(() => {
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => void jest.restoreAllMocks());

const config = () =>
  readConfig({
    DISTILLERY_DATA_DIRECTORY: dataDirectory,
    DISTILLERY_RELEASED_MODELS: join(dataDirectory, 'none'),
  });

describe('distillery key', () => {
  it('makes a key that opens the server, lists it and revokes it', async () => {
    await createKey('mine', { dataDirectory, scope: 'train,classify', days: '7' });
    const key = printed.trim();
    expect(key).toMatch(/^dst_/);
    await listKeys({ dataDirectory });
    expect(printed).toMatch(/mine.*train, classify.*never.*ends 20/);
    const { keys, close } = await openKeys(config());
    expect(await keys.find(hashOf(key))).toMatchObject({ name: 'mine', scopes: ['train', 'classify'] });
    await keys.stop();
    await close();
    await revokeKey('mine', { dataDirectory });
    await listKeys({ dataDirectory });
    expect(printed).toMatch(/revoked 20/);
  });

  it.each([
    ['no scope', 'mine', { scope: 'root' }],
    ['days that are none', 'other', { scope: 'admin', days: 'soon' }],
    ['a name that is none', '../x', { scope: 'admin' }],
  ])('refuses %s', async (_what, name, options) => {
    await expect(createKey(name, { dataDirectory, ...options })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    expect(printed).toBe('');
  });
});

describe('distillery alias', () => {
  it('sets an alias, rolls it back, and tells its history', async () => {
    const { registry, close } = await openRegistry(config());
    const { folder, card } = await wordSpotter(await mkdtemp(join(dataDirectory, 'prepared-')));
    await registry.publish(folder, { ...card, name: 'one' });
    const second = await wordSpotter(await mkdtemp(join(dataDirectory, 'prepared-')));
    await registry.publish(second.folder, { ...second.card, name: 'two' });
    await close();
    process.env.DISTILLERY_RELEASED_MODELS = join(dataDirectory, 'none');
    try {
      await setAlias('live', 'one', { dataDirectory });
      await setAlias('live', 'two', { dataDirectory });
      await rollbackAlias('live', { dataDirectory });
      expect(printed).toBe('live: one@1\nlive: two@1\nlive: one@1\n');
      await aliasHistory('live', { dataDirectory });
      expect(printed).toMatch(/one@1.*rollback.*command line[^]*two@1.*set[^]*one@1.*set/);
    } finally {
      delete process.env.DISTILLERY_RELEASED_MODELS;
    }
  });
});
