/** Models, datasets and classification over real HTTP. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { modelFiles } from '../../src/models/card.ts';
import { publishSpotter, startTestServer, untilCancelled, type TestServer } from './testServer.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({
    environment: { DISTILLERY_MAX_TEXT_CHARACTERS: '1000', DISTILLERY_MAX_TEXTS_PER_REQUEST: '10' },
    runInChild: untilCancelled,
  });
  for (const name of ['echo', 'alpha', 'delta', 'bravo', 'charlie', 'alpha'])
    await publishSpotter(server, name);
});
afterAll(() => server.stop());

interface Answer<Data> {
  data: Data | null;
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
}

async function ask<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Answer<Data>> {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer<Data>;
}

interface Classification {
  label: string;
  probabilities: { negative: number; positive: number };
  latencyMs: number;
  model: { reference: string };
}

describe('classify', () => {
  const classify = (text: string, model: string) =>
    server.client.call<Classification>('classify', { text, model });

  it('gives label, probabilities, model version and latency', async () => {
    const { label, probabilities, latencyMs, model } = await classify('a good film', 'bravo');
    expect(label).toBe('POSITIVE');
    expect(probabilities.positive).toBeCloseTo(1 / (1 + Math.exp(-2)), 5);
    expect(probabilities.negative + probabilities.positive).toBeCloseTo(1, 9);
    expect(latencyMs).toBeGreaterThan(0);
    expect(model).toMatchObject({ reference: 'bravo@1' });
    expect((await classify('a bad film', 'bravo')).label).toBe('NEGATIVE');
  });

  it('takes a name, a version and an alias', async () => {
    await server.client.call('setAlias', { alias: 'favourite', model: 'alpha@1' });
    expect((await classify('good', 'alpha')).model.reference).toBe('alpha@2');
    expect((await classify('good', 'alpha@1')).model.reference).toBe('alpha@1');
    expect((await classify('good', 'favourite')).model.reference).toBe('alpha@1');
    await server.client.call('setAlias', { alias: 'favourite', model: 'delta' });
    expect((await classify('good', 'favourite')).model.reference).toBe('delta@1');
  });

  it.each([
    ['an empty text', '', 'bravo', 'BAD_USER_INPUT'],
    ['white space', ' \n', 'bravo', 'BAD_USER_INPUT'],
    ['an overlong text', 'x'.repeat(1001), 'bravo', 'BAD_USER_INPUT'],
    ['an unknown model', 'good', 'nobody', 'NOT_FOUND'],
    ['an unknown version', 'good', 'bravo@7', 'NOT_FOUND'],
    ['an empty model', 'good', '', 'BAD_USER_INPUT'],
  ])('refuses %s', async (_name, text, model, code) => {
    await expect(classify(text, model)).rejects.toMatchObject({ code });
    expect((await classify('good', 'bravo')).label).toBe('POSITIVE');
  });

  it('answers the texts of one request together, and tells which one is bad', async () => {
    const batches: string[][] = [];
    const batch = jest.spyOn(server.app.metrics.models, 'batch');
    batch.mockImplementation(({ model, queueMs }) => void batches.push(queueMs.map(() => model)));
    const query = `{
      a: classify(text: "a good one", model: "bravo") { label }
      b: classify(text: "a bad one", model: "bravo@1") { label }
      c: classify(text: "a good one", model: "echo") { label }
    }`;
    // The references are looked up with the first request, one after another.
    await ask(query);
    batches.length = 0;
    expect((await ask(query)).data).toEqual({
      a: { label: 'POSITIVE' },
      b: { label: 'NEGATIVE' },
      c: { label: 'POSITIVE' },
    });
    batch.mockRestore();
    expect(batches).toHaveLength(2);
    expect(batches).toEqual(expect.arrayContaining([['bravo@1', 'bravo@1'], ['echo@1']]));

    const oneBad = `{
      a: classify(text: "good", model: "bravo") { label }
      b: classify(text: "good", model: "nobody") { label }
    }`;
    expect((await ask(oneBad)).errors).toMatchObject([{ path: ['b'], extensions: { code: 'NOT_FOUND' } }]);
    const noText = 'query { compare(text: "", models: ["bravo", "echo"]) { classification { label } } }';
    const { data, errors } = await ask<{ compare: unknown[] }>(noText);
    expect(data?.compare).toEqual([{ classification: null }, { classification: null }]);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
  });
});

describe('classifyMany', () => {
  it('answers in the order of the texts', async () => {
    const texts = ['good', 'bad', 'a good one', 'so bad , so bad', 'good'];
    const answers = await server.client.call<Classification[]>('classifyMany', { texts, model: 'bravo' });
    expect(answers.map(({ label }) => label)).toEqual([
      'POSITIVE',
      'NEGATIVE',
      'POSITIVE',
      'NEGATIVE',
      'POSITIVE',
    ]);
  });

  it.each([
    ['no text', []],
    ['too many texts', Array<string>(11).fill('good')],
    ['an empty text among others', ['good', '']],
  ])('refuses %s', async (_name, texts) => {
    const asking = server.client.call('classifyMany', { texts, model: 'bravo' });
    await expect(asking).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('compare', () => {
  it('asks the newest version of every model', async () => {
    const compared = await server.client.call<
      { model: { reference: string }; classification: Classification }[]
    >('compare', {
      text: 'good',
    });
    expect(compared.map(({ model }) => model.reference)).toEqual([
      'alpha@2',
      'bravo@1',
      'charlie@1',
      'delta@1',
      'echo@1',
    ]);
    expect(compared.map(({ classification }) => classification.label)).toEqual(Array(5).fill('POSITIVE'));
  });

  it('lets the others answer where one model is broken', async () => {
    const { folder } = await publishSpotter(server, 'broken');
    await rm(join(folder, modelFiles.graph));
    const query = 'query { compare(text: "bad", models: ["broken", "bravo"]) { classification { label } } }';
    const { data, errors } = await ask<{ compare: unknown[] }>(query);
    expect(data?.compare).toEqual([{ classification: null }, { classification: { label: 'NEGATIVE' } }]);
    expect(errors).toEqual([
      expect.objectContaining({
        path: ['compare', 0, 'classification'],
        extensions: expect.objectContaining({ code: 'INVALID_CHECKPOINT' }),
      }),
    ]);
  });
});

describe('models', () => {
  interface Page {
    edges: { cursor: string; node: { name: string } }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  }
  const models = (first: number, after?: string | null) =>
    server.client.call<Page>('models', { first, after });

  it('come in pages that join without gap or double', async () => {
    const names: string[] = [];
    let after: string | null = null;
    for (let pages = 0; pages < 10; pages++) {
      const { edges, pageInfo }: Page = await models(2, after);
      names.push(...edges.map(({ node }) => node.name));
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) break;
    }
    expect(names).toEqual(['alpha', 'bravo', 'broken', 'charlie', 'delta', 'echo']);
  });

  it.each([
    ['first beyond 100', 101, undefined],
    ['first of 0', 0, undefined],
    ['a cursor of nobody', 10, 'bm9ib2R5'],
  ])('refuse %s', async (_name, first, after) => {
    await expect(models(first, after)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('name the argument at fault', async () => {
    await expect(models(101)).rejects.toMatchObject({
      message: expect.stringContaining('first'),
      extensions: { fields: ['first'] },
    });
  });

  it('can be looked up, and unknown ones list what exists', async () => {
    expect(await server.client.call('model', { reference: 'alpha' })).toMatchObject({
      version: 2,
      method: 'SCRATCH',
    });
    await expect(server.client.call('model', { reference: 'nobody' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      extensions: { known: expect.arrayContaining(['bravo@1']) },
    });
  });

  it('refuse an alias that is no name', async () => {
    const setting = server.client.call('setAlias', { alias: '../x', model: 'alpha' });
    await expect(setting).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      extensions: { fields: ['alias'] },
    });
  });
});

describe('datasets', () => {
  const importing = (name: string, content: string, format = 'CSV') =>
    server.client.call<{ counts: Record<string, number> }>('importDataset', {
      input: { name, format, content },
    });
  const rows = Array.from(
    { length: 40 },
    (_, index) => `review number ${index} is here,${index % 2 ? 'positive' : 'negative'}`,
  );

  it('are listed', async () => {
    const { edges } = await server.client.call<{ edges: { node: { name: string } }[] }>('datasets');
    expect(edges.map(({ node }) => node.name)).toEqual(expect.arrayContaining(['imdb', 'sample']));
  });

  it('can be imported once', async () => {
    const { counts } = await importing('mine', ['text,label', ...rows].join('\n'));
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(40);
    await expect(importing('mine', ['text,label', ...rows].join('\n'))).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    const page = await server.client.call<{ edges: { node: { name: string; state: string } }[] }>('datasets');
    expect(page.edges.map(({ node }) => node)).toContainEqual(
      expect.objectContaining({ name: 'mine', state: 'READY' }),
    );
  });

  it.each([
    ['one class only', 'one-class', 'text,label\nfine,positive\nnice,positive\n', 'INVALID_DATASET'],
    ['a row without a label', 'no-label', 'text,label\nfine\n', 'INVALID_DATASET'],
    ['a name that is a path', '../mine', 'text,label\nfine,positive\nbad,negative\n', 'BAD_USER_INPUT'],
    ['no content', 'nothing', '', 'BAD_USER_INPUT'],
  ])('refuse %s', async (_name, name, content, code) => {
    await expect(importing(name, content)).rejects.toMatchObject({ code });
  });
});

describe('system', () => {
  it('tells versions, engine and limits', async () => {
    const system = await server.client.call<Record<string, unknown>>('system');
    expect(system).toMatchObject({
      node: process.version,
      database: 'pglite',
      limits: { textCharacters: 1000, textsPerRequest: 10 },
    });
    expect(system.engine).toMatchObject({ chosen: expect.any(String), reason: expect.any(String) });
  });
});
