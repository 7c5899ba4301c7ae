/** A small survey from scratch, with real trainings, through the public API: twice, for the same table. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import type { SurveyMessage } from '../../src/client.ts';
import type { SurveyReport } from '../../src/survey/report.ts';
import { publishSpotter, startTestServer, type TestServer } from '../graphql/testServer.ts';

const input = {
  name: 'small',
  title: 'A small survey',
  dataset: 'sample',
  teacher: 'spotter',
  seeds: [1, 2],
  latencyReviews: 20,
  training: { epochs: 1, maxTokens: 24, vocabularySize: 400, embeddingSize: 8, learningRate: 0.01 },
  grids: [
    {
      name: 'targets',
      question: 'Do soft targets help?',
      students: [
        { network: 'GRU', sizes: [4] },
        { network: 'CNN', sizes: [4], training: { epochs: 2 } },
      ],
      targets: ['SCRATCH', 'SOFT', 'SOFT_THEN_HARD'],
      labelled: [{ reviews: 300 }],
      published: [{ architecture: 'gru-4', targets: 'SOFT', accuracy: 0.7 }],
    },
    {
      name: 'weight',
      question: 'Should labels have a say?',
      students: [{ network: 'GRU', sizes: [4] }],
      targets: ['SOFT'],
      hardLabelWeights: [0, 1],
      labelled: [{ reviews: 300 }],
    },
  ],
};

interface SurveyAnswer {
  id: string;
  state: string;
  files: string[];
  report: SurveyReport;
}

interface Carried {
  server: TestServer;
  messages: SurveyMessage[];
  survey: SurveyAnswer;
}

async function carryOut(): Promise<Carried> {
  const server = await startTestServer({
    environment: { DISTILLERY_TRAINING_THREADS: '2', DISTILLERY_CONCURRENT_RUNS: '1' },
  });
  await publishSpotter(server, 'spotter', { method: 'teacher' });
  const { id } = await server.client.call<{ id: string }>('startSurvey', { input });
  const messages: SurveyMessage[] = [];
  for await (const message of server.client.surveyProgress(id)) messages.push(message);
  return { server, messages, survey: await server.client.call<SurveyAnswer>('survey', { id }) };
}

let first: Carried;
beforeAll(async () => {
  first = await carryOut();
}, 300_000);
afterAll(() => first.server.stop());

/** What must be the same whenever and wherever the survey is made. */
const table = ({ cells, grids, runs, divided, teacher }: SurveyReport) => ({
  cells,
  grids,
  divided,
  teacher: teacher.metrics,
  runs: runs.map(({ key, seed, parent, epochs, metrics, sha256, model }) => ({
    key,
    seed,
    parent,
    epochs,
    metrics,
    sha256,
    model,
  })),
});

describe('a small survey', () => {
  it('succeeds, and tells of the whole and of each run on its way', () => {
    const { messages, survey } = first;
    expect(survey.state).toBe('SUCCEEDED');
    expect(messages.at(-1)).toMatchObject({
      state: 'SUCCEEDED',
      counts: { planned: 12, succeeded: 12, failed: 0, waiting: 0 },
    });
    const done = messages.map(({ counts }) => counts.succeeded);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    const ends = messages.flatMap(({ runs }) => runs).filter(({ state }) => state === 'SUCCEEDED');
    const titles = ['gru-4', 'cnn-4'].flatMap((network) =>
      ['scratch', 'soft', 'soft then hard'].flatMap((targets) =>
        [1, 2].map((seed) => `${network} ${targets}, seed ${seed}`),
      ),
    );
    expect(ends.map(({ title }) => title).sort()).toEqual([...titles, 'analysis'].sort());
    expect(ends.every(({ latest }) => latest?.phase === 'ENDED')).toBe(true);
  });

  it('traces each number to a run, its seed and its model file', async () => {
    const { server, survey } = first;
    const { client, app } = server;
    const [header, ...rows] = parse(await client.surveyFile(survey.id, 'answers.csv')) as string[][];
    for (const run of survey.report.runs) {
      const stored = await client.call<{ configuration: object; model: { reference: string } }>('run', {
        id: run.runId,
      });
      expect(stored).toMatchObject({ configuration: { seed: run.seed }, model: { reference: run.model } });
      const { folder } = await app.registry.resolve(run.model);
      const graph = await readFile(join(folder, 'model.onnx'));
      expect(createHash('sha256').update(graph).digest('hex')).toBe(run.sha256);

      const column = header!.indexOf(run.key);
      const right = rows.filter((row) => row[column] === row[1]).length;
      expect(right / rows.length).toBeCloseTo(run.metrics.accuracy, 12);
      const same = rows.filter((row) => row[column] === row[2]).length;
      expect(same / rows.length).toBeCloseTo(run.teacher.agreement, 12);
    }
    for (const { runs, accuracy } of survey.report.cells) {
      const own = survey.report.runs.filter(({ key }) => runs.includes(key));
      const mean = own.reduce((sum, { metrics }) => sum + metrics.accuracy, 0) / own.length;
      expect(accuracy.mean).toBeCloseTo(mean, 12);
    }
  });

  it('lets pairs start from the same weights, and hard labels go on from soft targets', async () => {
    const { server, survey } = first;
    for (const run of survey.report.runs.filter(({ parent }) => parent !== null)) {
      const parent = survey.report.runs.find(({ key }) => key === run.parent)!;
      const { card } = await server.app.registry.resolve(run.model);
      expect(card).toMatchObject({
        method: 'distilled',
        parentTeacher: 'spotter@1',
        training: { startFrom: parent.model, before: { kind: 'distillation' } },
      });
      expect(run.sha256).not.toBe(parent.sha256);
    }
  });

  it('takes a hard-label weight of 1 for training from scratch, which it is', async () => {
    const { server, survey } = first;
    const scratch = survey.report.runs.find(({ model }) => model.startsWith('small-gru-4-scratch'))!;
    const { configuration } = await server.client.call<{ configuration: Record<string, unknown> }>('run', {
      id: scratch.runId,
    });
    const settings: Record<string, unknown> = { ...configuration, kind: undefined, startFrom: undefined };
    const { id } = await server.client.call<{ id: string }>('startDistillation', {
      input: { ...settings, name: 'labels-only', teacher: 'spotter', hardLabelWeight: 1 },
    });
    for await (const _event of server.client.progress(id)) void _event;
    const { folder } = await server.app.registry.resolve('labels-only');
    const weights = await readFile(join(folder, 'weights.safetensors'));
    const expected = await server.app.registry.resolve(scratch.model);
    expect(weights.equals(await readFile(join(expected.folder, 'weights.safetensors')))).toBe(true);
  });

  it('names the reviews where a student and the teacher differ', async () => {
    const { server, survey } = first;
    const [run] = survey.report.runs;
    const query = `query ($id: ID!, $run: ID!, $first: Int!, $after: ID) {
      survey(id: $id) { differences(run: $run, first: $first, after: $after) { review label teacher } }
    }`;
    const ask = async (more: object) => {
      const variables = { id: 'small', run: run!.key, first: 1000, ...more };
      const { survey: found } = await server.client.query<{
        survey: { differences: { review: string; label: string; teacher: string }[] };
      }>(query, variables);
      return found.differences;
    };
    const all = await ask({});
    const { onlyTeacherRight, onlyModelRight } = run!.teacher;
    expect(all.filter(({ label, teacher }) => label === teacher)).toHaveLength(onlyTeacherRight);
    expect(all.filter(({ label, teacher }) => label !== teacher)).toHaveLength(onlyModelRight);
    expect(await ask({ first: 2, after: all[1]!.review })).toEqual(all.slice(2, 4));
    await expect(ask({ run: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('hands its report out as files, and nothing else', async () => {
    const { server, survey } = first;
    expect(survey.files).toEqual(
      expect.arrayContaining(['README.md', 'answers.csv', 'report.html', 'report.json', 'runs.csv']),
    );
    const base = new URL('/surveys/', server.url);
    const html = await fetch(new URL('small/report.html', base));
    expect(html.headers.get('content-type')).toMatch(/^text\/html/);
    expect(html.headers.get('content-security-policy')).toMatch(/sandbox/);
    const page = await html.text();
    for (const { runId } of survey.report.runs) expect(page).toContain(runId);
    const stored = JSON.parse(await server.client.surveyFile(survey.id, 'report.json')) as SurveyReport;
    expect(table(stored).cells.map(({ accuracy }) => accuracy)).toEqual(
      survey.report.cells.map(({ accuracy }) => accuracy),
    );
    for (const path of ['small/none.csv', 'small/..%2f..%2fdatabase', 'small/%2e%2e', 'other/report.html']) {
      const refused = await fetch(new URL(path, base));
      expect([path, refused.status]).toEqual([path, 404]);
    }
  });

  it('refuses what is no survey, and says what is wrong', async () => {
    const { client } = first.server;
    const start = (changes: object) => client.call('startSurvey', { input: { ...input, ...changes } });
    await expect(start({})).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(start({ name: 'Not A Name' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      extensions: { fields: ['name'] },
    });
    await expect(start({ name: 'other', dataset: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(start({ name: 'other', teacher: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const [grid] = input.grids;
    await expect(start({ name: 'other', grids: [{ ...grid, temperatures: [0] }] })).rejects.toMatchObject({
      extensions: { fields: ['grids[0].temperatures[0]'] },
    });
    await expect(client.call('survey', { id: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('made from scratch once more, comes to the same table', async () => {
    const second = await carryOut();
    try {
      expect(table(second.survey.report)).toEqual(table(first.survey.report));
      expect(second.survey.report.runs.map(({ runId }) => runId)).not.toEqual(
        first.survey.report.runs.map(({ runId }) => runId),
      );
    } finally {
      await second.server.stop();
    }
  }, 300_000);
});
