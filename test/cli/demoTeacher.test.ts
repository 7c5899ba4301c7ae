/** What the demo's teacher learns from, as data and checkpoint can be had or not; how a run is executed is replaced. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { trainTeacher, type TeacherWishes } from '../../src/cli/demoTeacher.ts';
import { FollowedRuns } from '../../src/cli/followedRuns.ts';
import { DatasetCatalogue } from '../../src/data/catalogue.ts';
import { DistilleryError } from '../../src/errors.ts';
import { progressOf, type Report } from '../../src/progress/progress.ts';
import type { TeacherConfig } from '../../src/training/config.ts';
import { wholeArchive, writeArchive } from '../data/fakeArchive.ts';
import { startTestServer, type TestServer } from '../graphql/testServer.ts';
import { wordSpotter } from '../serving/tinyModel.ts';

let server: TestServer;
/** What the runs were asked for, and what ends one before it has a model. */
let asked: TeacherConfig[] = [];
let obstacle: (config: TeacherConfig, report: Report) => void;
let said = '';

beforeAll(async () => {
  server = await startTestServer({
    runInChild: async ({ config, dataDirectory }, { onProgress }) => {
      if (config.kind !== 'teacher') throw new Error(`not a teacher: ${config.kind}`);
      asked.push(config);
      obstacle(config, onProgress);
      const { folder, card } = await wordSpotter(await mkdtemp(join(dataDirectory, 'prepared-')));
      return { kind: 'model', model: { preparedFolder: folder, card: { ...card, name: config.name } } };
    },
  });
});
afterAll(() => server.stop());
beforeEach(() => {
  asked = [];
  said = '';
});

const noImdb = ({ dataset }: TeacherConfig) => {
  if (dataset === 'imdb') throw new DistilleryError('UNAVAILABLE', 'No network here.');
};
const noCheckpoint = ({ checkpoint }: TeacherConfig) => {
  if (checkpoint !== null) throw new DistilleryError('UNAVAILABLE', 'No hub here.');
};

function train(wishes: Partial<TeacherWishes> = {}) {
  const runs = new FollowedRuns(server.client, new PassThrough() as unknown as NodeJS.WriteStream);
  return trainTeacher(server.client, runs, { dataset: 'auto', imdbGiven: false, ...wishes }, (line) => {
    said += `${line}\n`;
  });
}

const askedFor = () => asked.map(({ dataset, checkpoint }) => ({ dataset, checkpoint }));
const preset = 'sentence-transformers/all-MiniLM-L6-v2';

describe('where IMDB cannot be had', () => {
  beforeEach(() => {
    obstacle = noImdb;
  });

  it('auto goes on with sample, and says why', async () => {
    expect(await train()).toMatchObject({
      dataset: 'sample',
      teacher: expect.stringMatching(/^demo-sample/),
    });
    expect(askedFor()).toEqual([
      { dataset: 'imdb', checkpoint: preset },
      { dataset: 'sample', checkpoint: null },
    ]);
    expect(said).toMatch(/To come on imdb:.*Without network it goes on with sample/s);
    expect(said).toMatch(/IMDB can't be had now.*No network here\..*going on with sample/s);
  });

  it.each<[string, Partial<TeacherWishes>]>([
    ['imdb was asked for', { dataset: 'imdb' }],
    ['its archive was given', { imdbGiven: true }],
  ])('it ends where %s', async (_, wishes) => {
    await expect(train(wishes)).rejects.toThrow('No network here.');
    expect(askedFor()).toEqual([{ dataset: 'imdb', checkpoint: preset }]);
  });
});

describe('where training itself fails', () => {
  it('nothing else is tried', async () => {
    obstacle = (_config, report) => {
      report(progressOf('training', { epoch: 1, step: 1, total: 2 }));
      throw new DistilleryError('BAD_USER_INPUT', 'The loss is no longer a number.');
    };
    await expect(train()).rejects.toThrow('no longer a number');
    expect(asked).toHaveLength(1);
  });
});

describe('where the reviews are there', () => {
  beforeAll(async () => {
    const { dataDirectory } = server.app.config;
    const imdbArchive = join(dataDirectory, 'aclImdb.tar.gz');
    await writeArchive(imdbArchive, wholeArchive());
    await new DatasetCatalogue({ dataDirectory, imdbArchive }).open('imdb');
    obstacle = noCheckpoint;
  });

  it('and the checkpoint is not, the teacher starts from random weights', async () => {
    expect(await train()).toMatchObject({ dataset: 'imdb', teacher: expect.stringMatching(/^demo-imdb/) });
    expect(askedFor()).toEqual([
      { dataset: 'imdb', checkpoint: preset },
      { dataset: 'imdb', checkpoint: null },
    ]);
    expect(asked[1]).toMatchObject({ epochs: 3, trainReviews: null });
    expect(said).toMatch(/checkpoint .* can't be had now.*No hub here\..*random weights/s);
  });

  it('a checkpoint that was named is not replaced by another start', async () => {
    await expect(train({ checkpoint: 'someone/tiny' })).rejects.toThrow('No hub here.');
    expect(askedFor()).toEqual([{ dataset: 'imdb', checkpoint: 'someone/tiny' }]);
  });
});

it('a dataset that the demo has no settings for is refused before any run', async () => {
  await expect(train({ dataset: 'mine' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(asked).toEqual([]);
});
