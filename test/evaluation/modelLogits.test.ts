/** A model's logits are computed once: kept in the data directory, or brought along by a released teacher. */
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sharedFolder } from '../../src/artefacts/store.ts';
import { DatasetCatalogue } from '../../src/data/catalogue.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import type { Report } from '../../src/progress/progress.ts';
import type { UsedModel } from '../../src/evaluation/loadedModel.ts';
import { logitsFile, modelLogits, trimLogits } from '../../src/evaluation/modelLogits.ts';
import { wordSpotter } from '../serving/tinyModel.ts';

let prepared: string;
let dataset: Dataset;
let dataDirectory: string;
let teacher: UsedModel;

beforeAll(async () => {
  prepared = await mkdtemp(join(tmpdir(), 'distillery-sample-'));
  dataset = await new DatasetCatalogue({ dataDirectory: prepared }).open('sample');
});
afterAll(() => rm(prepared, { recursive: true }));
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'distillery-logits-'));
  const { folder, card } = await wordSpotter(await mkdtemp(join(dataDirectory, 'teacher-')));
  teacher = { folder, card: { ...card, version: 1 } };
});
afterEach(() => rm(dataDirectory, { recursive: true }));

const ask = (wanted: readonly number[], report: Report = () => undefined) =>
  modelLogits({ ...optionsOf(), report }, 'train', wanted);

const optionsOf = () => ({
  store: sharedFolder(dataDirectory),
  model: teacher,
  dataset,
  threads: 1,
  signal: new AbortController().signal,
});

/** All of them known but for the reviews named. */
async function writeLogits(folder: string, unknown: readonly number[]): Promise<void> {
  const logits = Float32Array.from({ length: 2 * dataset.counts.train }, (_, i) => i);
  for (const review of unknown) logits.fill(NaN, 2 * review, 2 * review + 2);
  const file = join(folder, await logitsFile(teacher, dataset, 'train'));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, new Uint8Array(logits.buffer));
}

describe('modelLogits', () => {
  it('takes those that a released teacher brings along', async () => {
    await writeLogits(teacher.folder, []);
    expect(await ask([3, 0])).toEqual([
      [6, 7],
      [0, 1],
    ]);
  });

  it('computes what is missing, and keeps all of it in the data directory', async () => {
    await writeLogits(teacher.folder, [5]);
    const [known, computed] = await ask([4, 5]);
    expect(known).toEqual([8, 9]);
    expect(computed!.every(Number.isFinite)).toBe(true);
    const kept = await readFile(join(dataDirectory, await logitsFile(teacher, dataset, 'train')));
    expect(kept.readFloatLE(4 * 2 * 4)).toBe(8);
    expect(kept.readFloatLE(4 * 2 * 5)).toBe(computed![0]);
  });

  it('tell how many of those wanted are there, kept ones among them', async () => {
    await writeLogits(teacher.folder, [5]);
    const told: number[] = [];
    const onProgress = (done: number) => told.push(done);
    await modelLogits({ ...optionsOf(), onProgress }, 'train', [4, 5, 6]);
    expect(told).toEqual([2, 3]);
    await modelLogits({ ...optionsOf(), onProgress }, 'train', [4, 5, 6]);
    expect(told).toEqual([2, 3, 3]);
  });

  it('are computed once by several runs that want them at the same time', async () => {
    const wanted = Array.from({ length: 300 }, (_, i) => i);
    const computed = await Promise.all(
      [wanted, wanted, [7]].map(async (indices) => {
        let total = 0;
        const logits = await ask(indices, (progress) => (total = Math.max(total, progress.total ?? 0)));
        return { logits, total };
      }),
    );
    const [all, again, one] = computed.map(({ logits }) => logits);
    expect(again).toEqual(all);
    expect(one).toEqual([all![7]]);
    expect(computed.reduce((sum, { total }) => sum + total, 0)).toBe(300);
  });

  it('does not take those of another graph', async () => {
    await writeLogits(teacher.folder, []);
    const graph = join(teacher.folder, 'model.onnx');
    const other = await wordSpotter(await mkdtemp(join(dataDirectory, 'other-')));
    await writeFile(
      graph,
      Buffer.concat([await readFile(join(other.folder, 'model.onnx')), Buffer.of(0x7a, 0)]),
    );
    const [logits] = await ask([3]);
    expect(logits).not.toEqual([6, 7]);
  });

  it('beyond their room, those not used for longest are given up', async () => {
    await writeLogits(dataDirectory, []);
    const used = basename(await logitsFile(teacher, dataset, 'train'));
    const inFolder = (name: string) => join(dataDirectory, 'logits', name);
    for (const [name, day] of [
      ['older.f32', 1],
      ['old.f32', 2],
      ['note.txt', 1],
      [used, 1],
    ] as const) {
      if (name !== used) await writeFile(inFolder(name), new Uint8Array(1_000));
      await utimes(inFolder(name), day, day);
    }
    await ask([0]);
    expect(await trimLogits(dataDirectory, 1e9)).toEqual([]);
    expect(await trimLogits(dataDirectory, 8 * dataset.counts.train + 1_500)).toEqual(['older.f32']);
    expect((await readdir(join(dataDirectory, 'logits'))).sort()).toEqual(
      [used, 'note.txt', 'old.f32'].sort(),
    );
    expect(await trimLogits(join(dataDirectory, 'none'), 1)).toEqual([]);
  });
});
