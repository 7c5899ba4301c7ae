/** The released models, as a fresh clone has them: every one answers, and its card tells what it should. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelCard } from '../../src/models/card.ts';
import { startTestServer, type TestServer } from '../graphql/testServer.ts';

const folder = fileURLToPath(new URL('../../models/', import.meta.url));
const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

interface Answer {
  label: string;
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
      metrics: { validation: { reviews: 2_484 } },
      latency: { machine: expect.stringMatching(/./) },
    });
    const { accuracy, accuracyInterval } = card.metrics.validation!;
    expect(accuracy).toBeGreaterThan(0.85);
    expect(accuracyInterval!.low).toBeLessThan(accuracy);
    expect(accuracyInterval!.high).toBeGreaterThan(accuracy);
  });

  it('answer to the alias teacher at once', async () => {
    const text = 'I would watch it again tomorrow.';
    const answer = await server.client.call<Answer>('classify', { text, model: 'teacher' });
    expect(answer).toMatchObject({ label: 'POSITIVE', model: { reference: 'imdb-teacher-int8@1' } });
  });

  it('stand side by side in compare', async () => {
    const rows = await server.client.call<unknown[]>('compare', { text: 'Not bad at all.' });
    expect(rows).toHaveLength(names.length);
  });
});
