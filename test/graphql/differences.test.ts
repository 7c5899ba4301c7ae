/** Two models side by side on the reviews of a dataset, over real HTTP. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { gruModel } from '../serving/tinyModel.ts';
import { publishSpotter, startTestServer, untilCancelled, type TestServer } from './testServer.ts';

interface Answer {
  label: string;
  probabilities: { negative: number; positive: number };
}
interface Differences {
  models: { reference: string }[];
  reviews: number;
  agreement: number;
  items: { review: string; text: string; label: string; answers: Answer[] }[];
}

const longest = 60;
const words = ['good', 'bad', 'the film', 'neither long', 'odd', 'cast', 'fine , but', 'short'];
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({
    environment: {
      DISTILLERY_MAX_TEXT_CHARACTERS: String(longest),
      DISTILLERY_MAX_TEXTS_PER_REQUEST: '7',
    },
    runInChild: untilCancelled,
  });
  const { app, client } = server;
  await publishSpotter(server, 'spotter');
  await publishSpotter(server, 'twin');
  const { folder, card } = await gruModel(await mkdtemp(join(app.config.dataDirectory, 'prepared-')));
  await app.registry.publish(folder, { ...card, name: 'reader' });
  const rows = Array.from({ length: 300 }, (_, i) => {
    const text = [0, 1, 2, 3].map((place) => words[(i * (2 * place + 1) + place * 3 + (i >> 3)) % 8]);
    return JSON.stringify({ text: `${text.join(' ')} ${i}${i % 5 ? '' : ' good'.repeat(30)}`, label: i % 2 });
  });
  const input = { name: 'mine', format: 'JSONL', content: rows.join('\n') };
  await client.call('importDataset', { input });
});
afterAll(() => server.stop());
afterEach(() => void jest.restoreAllMocks());

const differences = (variables: Record<string, unknown> = {}) =>
  server.client.call<Differences>('differences', {
    models: ['spotter', 'reader'],
    dataset: 'mine',
    reviews: 20,
    ...variables,
  });

describe('differences', () => {
  it('are the reviews that the models answer differently, the furthest apart first', async () => {
    const found = await differences();
    expect(found.models.map(({ reference }) => reference)).toEqual(['spotter@1', 'reader@1']);
    expect(found.reviews).toBe(20);
    expect(found.items.length).toBeGreaterThan(1);
    expect(found.items.length).toBeLessThan(20);
    expect(found.agreement).toBeCloseTo(1 - found.items.length / 20, 12);
    const { reviews } = await server.app.catalogue.read('mine', 'validation', { offset: 0, count: 20 });
    const distances: number[] = [];
    for (const { review, text, label, answers } of found.items) {
      const known = reviews.find(({ id }) => id === review);
      expect({ text, label }).toEqual({ text: known?.text, label: known?.label ? 'POSITIVE' : 'NEGATIVE' });
      const [one, other] = answers;
      expect(one!.label).not.toBe(other!.label);
      distances.push(Math.abs(one!.probabilities.positive - other!.probabilities.positive));
    }
    expect(distances).toEqual([...distances].sort((a, b) => b - a));
    const classified = await server.client.call<Answer[]>('classifyMany', {
      model: 'reader',
      texts: found.items.slice(0, 7).map(({ text }) => text.slice(0, longest)),
    });
    for (const [index, { probabilities }] of classified.entries())
      expect(found.items[index]!.answers[1]!.probabilities.positive).toBeCloseTo(probabilities.positive, 5);
  });

  it('are none between equal models, and follow the part of the dataset and the order of the models', async () => {
    expect(await differences({ models: ['spotter', 'twin@1'] })).toMatchObject({ agreement: 1, items: [] });
    const [one, other] = [
      await differences({ split: 'TEST' }),
      await differences({ split: 'TEST', models: ['reader', 'spotter'] }),
    ];
    expect(other.items.map(({ review }) => review).sort()).toEqual(
      one.items.map(({ review }) => review).sort(),
    );
    const { reviews } = await server.app.catalogue.read('mine', 'test', { offset: 0, count: 20 });
    const ids = reviews.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(one.items.map(({ review }) => review)));
  });

  it('ask as many texts at a time as a request may have, cut to the longest that is taken', async () => {
    const classifyMany = jest.spyOn(server.app.serving, 'classifyMany');
    const { reviews } = await differences({ reviews: 17, deadlineMs: 60_000 });
    expect(reviews).toBe(17);
    expect(classifyMany.mock.calls.map(([, texts]) => texts.length).sort()).toEqual([3, 3, 7, 7, 7, 7]);
    const lengths = classifyMany.mock.calls.flatMap(([, texts]) => texts.map(({ length }) => length));
    expect(Math.max(...lengths)).toBe(longest);
    for (const [, , options] of classifyMany.mock.calls) {
      expect(options?.signal?.aborted).toBe(false);
      expect(options?.deadlineMs).toBeGreaterThan(0);
      expect(options?.deadlineMs).toBeLessThanOrEqual(60_000);
    }
  });

  it('are given up at the deadline of the whole', async () => {
    const { serving } = server.app;
    const answer = serving.classifyMany.bind(serving);
    jest.spyOn(serving, 'classifyMany').mockImplementation(async (...asked) => {
      await delay(60);
      return answer(...asked);
    });
    await expect(differences({ deadlineMs: 100 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('take the fewer reviews that a part has', async () => {
    const { reviews } = await differences({ reviews: 400 });
    expect(reviews).toBe((await server.app.catalogue.describe('mine')).counts?.validation);
  });

  it.each([
    ['one model', { models: ['spotter'] }, 'BAD_USER_INPUT'],
    ['three models', { models: ['spotter', 'twin', 'reader'] }, 'BAD_USER_INPUT'],
    ['an unknown model', { models: ['spotter', 'nobody'] }, 'NOT_FOUND'],
    ['an unknown dataset', { dataset: 'nothing' }, 'NOT_FOUND'],
    ['a dataset that would have to be downloaded', { dataset: 'imdb' }, 'CONFLICT'],
    ['no reviews', { reviews: 0 }, 'BAD_USER_INPUT'],
    ['too many reviews', { reviews: 401 }, 'BAD_USER_INPUT'],
    ['a deadline that has passed', { deadlineMs: 0 }, 'BAD_USER_INPUT'],
  ])('refuse %s', async (_name, variables, code) => {
    await expect(differences(variables)).rejects.toMatchObject({ code });
  });
});
