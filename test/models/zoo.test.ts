/** The released models, as a fresh clone has them: every one answers, and its card tells what it should. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { logitsFile } from '../../src/evaluation/modelLogits.ts';
import { modelCard } from '../../src/models/card.ts';
import { readNetwork } from '../../src/models/modelFolder.ts';
import { startTestServer, type TestServer } from '../graphql/testServer.ts';

const folder = fileURLToPath(new URL('../../models/', import.meta.url));
const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

interface Answer {
  label: string;
  probabilities: { positive: number };
  model: { reference: string };
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ environment: { DISTILLERY_RELEASED_MODELS: folder } });
});
afterAll(() => server.stop());

const labelOf = async (model: string, text: string) =>
  (await server.client.call<Answer>('classify', { text, model })).label;

describe('the released models', () => {
  it('take 60 MB at most', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    expect(bytes).toBeGreaterThan(1e6);
    expect(bytes).toBeLessThan(60e6);
  });

  it.each(names)('%s answers film reviews and product reviews in plain words', async (name) => {
    expect(await labelOf(name, 'A wonderful film. I laughed, I cried, I want to see it again.')).toBe(
      'POSITIVE',
    );
    expect(await labelOf(name, 'Dull, badly acted and far too long. A waste of time.')).toBe('NEGATIVE');
    expect(await labelOf(name, 'Excellent quality, I love it and I highly recommend it.')).toBe('POSITIVE');
    expect(await labelOf(name, 'Terrible. It broke at once, an awful waste of money.')).toBe('NEGATIVE');
  });

  it.each(names)('%s has a card with licence, origin, data, seed, metrics and latency', (name) => {
    const card = modelCard.parse(JSON.parse(readFileSync(join(folder, name, 'card.json'), 'utf8')));
    expect(card).toMatchObject({
      name,
      licence: expect.stringMatching(/./),
      origin: expect.stringMatching(/./),
      seed: expect.any(Number),
      dataset: { name: 'imdb', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
      metrics: { validation: { reviews: 2_484 }, test: { reviews: 24_999 } },
      latency: { machine: expect.stringMatching(/./) },
    });
    for (const metrics of [card.metrics.validation, card.metrics.test]) {
      const { accuracy, accuracyInterval } = metrics!;
      expect(accuracy).toBeGreaterThan(0.84);
      expect(accuracyInterval!.low).toBeLessThan(accuracy);
      expect(accuracyInterval!.high).toBeGreaterThan(accuracy);
    }
  });

  it('are a teacher, the survey’s students, two strong ones and the linear baseline', () => {
    const students = ['gru-16', 'gru-32', 'gru-64', 'gru-128', 'gru-256', 'cnn-64', 'cnn-128', 'cnn-256'];
    const expected = [...students, 'bigru-64', 'textcnn-64', 'nb-svm', 'teacher-int8'];
    expect([...names].sort()).toEqual(expected.map((name) => `imdb-${name}`).sort());
  });

  it('hold the teacher’s logits for every training, unlabelled and test review', async () => {
    const { card } = await server.app.registry.resolve('imdb-teacher-int8');
    for (const [split, reviews] of [
      ['train', 22_391],
      ['unlabelled', 49_359],
      ['test', 24_999],
    ] as const) {
      const teacher = { folder: join(folder, 'imdb-teacher-int8'), card };
      const file = readFileSync(join(teacher.folder, await logitsFile(teacher, card.dataset!, split)));
      const logits = new Float32Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
      expect(logits).toHaveLength(2 * reviews);
      expect(logits.every(Number.isFinite)).toBe(true);
    }
  });

  it.each(names)('%s gives its weights back, to be trained further or quantised anew', async (name) => {
    const { folder: released, card } = await server.app.registry.resolve(name);
    const { spec, weights } = await readNetwork({ folder: released, card });
    expect(spec).toEqual(card.spec);
    const numbers = [...weights.values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(numbers).toBe(card.parameters);
  });

  it('answer to the alias teacher at once', async () => {
    const text = 'I would watch it again tomorrow.';
    const answer = await server.client.call<Answer>('classify', { text, model: 'teacher' });
    expect(answer).toMatchObject({ label: 'POSITIVE', model: { reference: 'imdb-teacher-int8@1' } });
  });

  it('hold a teacher whose answer has nothing to do with the texts beside', async () => {
    const text = 'The plot is thin, the songs are not.';
    const others = ['Dreadful.', 'I have seen worse, though not often, and never with such a cast.', '???'];
    const positive = ({ probabilities }: Answer) => probabilities.positive;
    const alone = await server.client.call<Answer>('classify', { text, model: 'teacher' });
    const texts = [others[0], text, ...others.slice(1)];
    const among = await server.client.call<Answer[]>('classifyMany', { texts, model: 'teacher' });
    expect(positive(among[1]!)).toBe(positive(alone));
  });

  it('have a best student, which is the strongest on validation reviews', async () => {
    const accuracies = names
      .filter((name) => !/teacher|nb-svm/.test(name))
      .map((name) => {
        const card = modelCard.parse(JSON.parse(readFileSync(join(folder, name, 'card.json'), 'utf8')));
        return { name, accuracy: card.metrics.validation!.accuracy };
      });
    const best = Math.max(...accuracies.map(({ accuracy }) => accuracy));
    const { model } = await server.client.call<Answer>('classify', { text: 'Good.', model: 'best-student' });
    const chosen = accuracies.find(({ name }) => `${name}@1` === model.reference);
    expect(chosen?.accuracy).toBe(best);
  });

  it('stand side by side in compare', async () => {
    const rows = await server.client.call<unknown[]>('compare', { text: 'Not bad at all.' });
    expect(rows).toHaveLength(names.length);
  });
});
