/** What parts keep in the store, seen from two machines: imported datasets, logits, and survey files. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openArtefacts } from '../../src/artefacts/open.ts';
import type { ArtefactStore } from '../../src/artefacts/store.ts';
import { DatasetCatalogue } from '../../src/data/catalogue.ts';
import { modelLogits } from '../../src/evaluation/modelLogits.ts';
import { differencesOf, surveyFileNames, writeSurveyFiles } from '../../src/survey/folder.ts';
import { wordSpotter } from '../serving/tinyModel.ts';
import { startS3, type S3Server } from './s3Server.ts';

let s3: S3Server;
let folder: string;
let here: ArtefactStore;
let there: ArtefactStore;

beforeAll(async () => {
  s3 = await startS3();
  folder = await mkdtemp(join(tmpdir(), 'distillery-sharing-'));
  const machine = async (name: string) =>
    openArtefacts({
      ...{ dataDirectory: join(folder, name), artefacts: `s3://${s3.bucket}` },
      ...{ s3Endpoint: s3.endpoint, s3Region: undefined },
    });
  [here, there] = [await machine('here'), await machine('there')];
});
afterAll(async () => {
  await s3.stop();
  await rm(folder, { recursive: true });
});

const catalogue = (store: ArtefactStore) =>
  new DatasetCatalogue({ dataDirectory: store.dataDirectory, store });
const reviews = Array.from({ length: 60 }, (_, i) => `film ${i} is ${i % 2 ? 'good' : 'bad'},${i % 2}`);
const content = ['text,label', ...reviews].join('\n');

it('a dataset that was imported at one is known, unique and opened at the other, damaged or not', async () => {
  const { fingerprint } = await catalogue(here).import('mine', 'csv', content);
  expect(await catalogue(there).names()).toContain('mine');
  await expect(catalogue(there).import('mine', 'csv', content)).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await catalogue(there).describe('mine')).toMatchObject({ state: 'ready', fingerprint });
  await writeFile(join(there.dataDirectory, 'datasets', 'mine', 'train.jsonl'), 'damaged');
  expect((await catalogue(there).open('mine')).fingerprint).toBe(fingerprint);
  await expect(catalogue(there).open('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('logits that one has computed are not computed by the other, nor lost where each has some', async () => {
  const dataset = await catalogue(here).import('judged', 'csv', content);
  const model = await wordSpotter(join(folder, 'spotter'));
  const ask = async (store: ArtefactStore, wanted: number[]) => {
    const done: number[] = [];
    const options = { store, model: { folder: model.folder, card: { ...model.card, version: 1 } }, dataset };
    const onProgress = (count: number) => void done.push(count);
    const { signal } = new AbortController();
    const logits = await modelLogits({ ...options, threads: 1, onProgress, signal }, 'train', wanted);
    return { logits, alreadyThere: done[0] };
  };
  const first = await ask(here, [0, 1, 2]);
  expect(await ask(there, [2, 1, 0])).toEqual({ logits: first.logits.toReversed(), alreadyThere: 3 });
  await ask(there, [3]);
  await ask(here, [4]);
  expect((await ask(there, [0, 1, 2, 3, 4])).alreadyThere).toBe(5);
});

it("a survey's files are read wherever they were written, and anew when they were written anew", async () => {
  const write = (store: ArtefactStore, answer: number, names: string[]) =>
    writeSurveyFiles(
      store,
      'a-survey',
      names.map((name) => ({ name, content: name })),
      {
        reviews: [{ id: 'r1', label: 1 }],
        teacher: Uint8Array.of(1),
        students: new Map([['key', Uint8Array.of(answer)]]),
      },
    );
  expect(await surveyFileNames(there, 'a-survey')).toEqual([]);
  await write(here, 0, ['report.html']);
  expect(await surveyFileNames(there, 'a-survey')).toEqual(['answers.csv', 'report.html']);
  expect(await differencesOf(there, 'a-survey', 'key')).toHaveLength(1);
  await write(there, 1, ['report.html', 'report.json']);
  expect(await differencesOf(here, 'a-survey', 'key')).toEqual([]);
  expect(await surveyFileNames(here, 'a-survey')).toEqual(['answers.csv', 'report.html', 'report.json']);
});
