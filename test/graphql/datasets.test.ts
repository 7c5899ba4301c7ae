/** Looking into datasets, and checking files before they are imported, over real HTTP. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestServer, untilCancelled, type TestServer } from './testServer.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ runInChild: untilCancelled });
});
afterAll(() => server.stop());

const rows = Array.from(
  { length: 60 },
  (_, index) => `review number ${index} is here,${index % 2 ? 'positive' : 'negative'}`,
);

interface Check {
  ready: boolean;
  rows: number;
  parts: Record<string, number> | null;
  preview: { line: number; text: string; label: string | null }[];
  errors: { line: number | null; message: string }[];
  errorCount: number;
}
const check = (content: string, format = 'CSV') =>
  server.client.call<Check>('checkDataset', { input: { format, content } });

describe('checkDataset', () => {
  it('tells what an import would make of the file, which then does so', async () => {
    const content = ['text,label', `"${'x'.repeat(499)}😀 and more",`, ...rows, rows[0]].join('\n');
    const found = await check(content);
    expect(found).toMatchObject({
      ready: true,
      rows: 62,
      counts: { negative: 31, positive: 30, unlabelled: 1 },
      duplicates: 1,
      lengths: { min: 23, median: 24, max: 510 },
      errors: [],
      errorCount: 0,
    });
    expect(found.preview).toHaveLength(10);
    // No half of a character at the end.
    expect(found.preview[0]).toEqual({ line: 2, text: 'x'.repeat(499), label: null });
    expect(found.preview[1]).toEqual({ line: 3, text: 'review number 0 is here', label: 'NEGATIVE' });
    const names = await server.app.catalogue.names();
    expect(names).not.toContain('checked');
    const { counts } = await server.client.call<{ counts: object }>('importDataset', {
      input: { name: 'checked', format: 'CSV', content },
    });
    expect(counts).toEqual(found.parts);
  });

  it('tells every faulty line, and none of them is news to the import', async () => {
    const content = ['text,label', 'say "this",1', ...rows, 'fine,maybe', 'a,b,c', ',1'].join('\n');
    const found = await check(content);
    expect(found).toMatchObject({ ready: false, rows: 60, errorCount: 4, parts: null });
    expect(found.errors.map(({ line }) => line)).toEqual([2, 63, 64, 65]);
    await expect(
      server.client.call('importDataset', { input: { name: 'refused', format: 'CSV', content } }),
    ).rejects.toMatchObject({
      code: 'INVALID_DATASET',
      extensions: {
        errorCount: 4,
        errors: found.errors.map(({ line, message }) => `line ${line}: ${message}`),
      },
    });
  });

  it('tells a fault of the whole without a line', async () => {
    const { ready, errors } = await check('{"text":"fine","label":1}', 'JSONL');
    expect(ready).toBe(false);
    expect(errors).toEqual([{ line: null, message: expect.stringMatching(/one class only/) }]);
  });

  it('keeps to the limits: no content, and two large files at once', async () => {
    await expect(check('')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    const content = 'x'.repeat(3_900_000);
    const query = `query ($content: String!) {
      a: checkDataset(input: { format: CSV, content: $content }) { ready }
      b: checkDataset(input: { format: CSV, content: $content }) { ready }
    }`;
    expect(await server.client.query(query, { content })).toEqual({
      a: { ready: false },
      b: { ready: false },
    });
    await expect(server.client.query(query, { content: content.repeat(2) })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      extensions: { limit: 10_000 },
    });
  });
});

describe('reviews', () => {
  interface Page {
    total: number;
    items: { id: string; text: string; label: string }[];
  }
  const reviews = (variables: Record<string, unknown> = {}) =>
    server.client.call<Page>('reviews', { dataset: 'looked-at', ...variables });

  beforeAll(async () => {
    const input = { name: 'looked-at', format: 'CSV', content: ['text,label', ...rows].join('\n') };
    await server.client.call('importDataset', { input });
  });

  it('come in pages that join', async () => {
    const whole = await reviews({ first: 100 });
    expect(whole.items).toHaveLength(whole.total);
    const pages: Page['items'] = [];
    for (let offset = 0; offset < whole.total; offset += 2)
      pages.push(...(await reviews({ first: 2, offset })).items);
    expect(pages).toEqual(whole.items);
    expect(await reviews({ offset: 1_000 })).toEqual({ total: whole.total, items: [] });
    for (const { id, text, label } of whole.items) {
      const number = Number(id.replace('line ', '')) - 2;
      expect(`${text},${label.toLowerCase()}`).toBe(rows[number]);
    }
    const { total } = await reviews({ split: 'TEST' });
    const { counts } = await server.app.catalogue.describe('looked-at');
    expect([whole.total, total]).toEqual([counts?.validation, counts?.test]);
  });

  it.each([
    ['a dataset that is not prepared', { dataset: 'sample' }, 'CONFLICT'],
    ['a dataset that would be downloaded', { dataset: 'imdb' }, 'CONFLICT'],
    ['an unknown dataset', { dataset: '../x' }, 'NOT_FOUND'],
    ['too many', { first: 101 }, 'BAD_USER_INPUT'],
    ['none', { first: 0 }, 'BAD_USER_INPUT'],
    ['a place before the first', { offset: -1 }, 'BAD_USER_INPUT'],
  ])('refuse %s', async (_name, variables, code) => {
    await expect(reviews(variables)).rejects.toMatchObject({ code });
    expect((await server.app.catalogue.describe('sample')).state).toBe('available');
  });
});
