/** What a server tells of its requests: metrics to scrape, lines in the log, and HTTP's own words for overload. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import type { ProgressMessage } from '../../src/client.ts';
import { gruModel } from '../serving/tinyModel.ts';
import { parseScrape, type Scrape } from '../telemetry/scrape.ts';
import {
  overWebSocket,
  publishSpotter,
  startTestServer,
  untilCancelled,
  type TestServer,
} from './testServer.ts';

const apiKey = 'a-key-of-sixteen-or-more';
type Line = Record<string, unknown> & { msg: string; level: number };
const lines: Line[] = [];
let server: TestServer;
/** Called when a run's process starts. */
let started = (): void => undefined;

beforeAll(async () => {
  server = await startTestServer({
    environment: {
      DISTILLERY_API_KEY: apiKey,
      DISTILLERY_MAX_BATCH: '1',
      DISTILLERY_MAX_TEXTS_PER_REQUEST: '8',
      DISTILLERY_MAX_BODY_BYTES: '40000',
    },
    runInChild: (job, options) => {
      started();
      return untilCancelled(job, options);
    },
    logger: pino({ level: 'debug' }, { write: (line) => void lines.push(JSON.parse(line) as Line) }),
  });
  await publishSpotter(server, 'spotter');
});
afterAll(() => server.stop());

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions: Record<string, unknown> }[];
}

async function ask(query: string, variables = {}, headers: Record<string, string> = {}) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}`, ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer };
}

async function scrape(): Promise<Scrape> {
  const response = await fetch(new URL('/metrics', server.url), {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parseScrape(await response.text());
}

const classify = 'query Ask($text: String!) { classify(text: $text, model: "spotter") { label } }';
const classifyMany =
  'query ($texts: [String!]!) { classifyMany(texts: $texts, model: "spotter") { label model { reference } } }';
const operations = 'distillery_graphql_operations_total';

/** Of a run, until it ends. */
async function eventsOf(runId: string): Promise<ProgressMessage[]> {
  const events: ProgressMessage[] = [];
  for await (const event of server.client.progress(runId)) events.push(event);
  return events;
}

/** How much each figure rises meanwhile. */
async function risen(
  act: () => Promise<unknown>,
  ...figures: readonly (readonly [name: string, labels?: Record<string, string>])[]
): Promise<number[]> {
  const before = await scrape();
  await act();
  const after = await scrape();
  return figures.map(([name, labels]) => after.sum(name, labels) - before.sum(name, labels));
}

describe('GET /metrics', () => {
  it('needs the key', async () => {
    expect((await fetch(new URL('/metrics', server.url))).status).toBe(401);
  });

  it('counts operations by root field, transport and outcome', async () => {
    const figures = await risen(
      async () => {
        await ask(classify, { text: 'good' });
        await ask('query AnotherName { x: classify(text: "bad", model: "spotter") { label } }');
        await ask('{ classify(text: "good", model: "none") { label } }');
        await overWebSocket(server.url, '{ classify(text: "good", model: "spotter") { label } }', { apiKey });
      },
      [operations, { field: 'classify', transport: 'http', outcome: 'ok' }],
      [operations, { field: 'classify', transport: 'http', outcome: 'NOT_FOUND' }],
      [operations, { field: 'classify', transport: 'websocket', outcome: 'ok' }],
      ['distillery_graphql_operation_duration_seconds_count', { field: 'classify', transport: 'http' }],
    );
    expect(figures).toEqual([2, 1, 1, 3]);
  });

  it('gives fragments their fields, several fields one label, and faulty documents another', async () => {
    const figures = await risen(
      async () => {
        await ask('{ ...A } fragment A on Query { ... on Query { system { version } } }');
        await ask('{ system { version } models { pageInfo { hasNextPage } } }');
        await ask('{ nothingOfTheKind }');
        await ask('{ unreadable');
      },
      [operations, { field: 'system', outcome: 'ok' }],
      [operations, { field: 'several', outcome: 'ok' }],
      [operations, { field: 'invalid', outcome: 'GRAPHQL_VALIDATION_FAILED' }],
      [operations, { field: 'invalid', outcome: 'GRAPHQL_PARSE_FAILED' }],
    );
    expect(figures).toEqual([1, 1, 1, 1]);
  });

  it('has no series for names that clients choose', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `Chosen${index}`);
    const series = async () =>
      (await scrape()).samples.filter(({ name }) => name.startsWith('distillery_graphql'));
    const send = (name: string) => ask(`query ${name} { ${name}: system { version } }`);
    await send('Chosen');
    const before = await series();
    for (const name of names) await send(name);
    const after = await series();
    expect(after.length).toBe(before.length);
    expect(JSON.stringify(after)).not.toContain('Chosen');
  });

  it('counts what is turned away before any operation', async () => {
    const refused = 'distillery_requests_refused_total';
    const figures = await risen(
      async () => {
        await ask(classify, { text: 'good' }, { authorization: 'Bearer wrong' });
        await ask(classify, { text: 'good' }, { origin: 'https://example.org' });
        await ask(classify, { text: 'good '.repeat(10_000) });
        await ask(classify, { text: 'good' }, { 'content-type': 'text/plain' });
        await overWebSocket(server.url, '{ __typename }', { apiKey: 'wrong' }).catch(() => undefined);
      },
      [refused, { transport: 'http', status: '401' }],
      [refused, { transport: 'http', status: '403' }],
      [refused, { transport: 'http', status: '413' }],
      [refused, { transport: 'http', status: '400' }],
      [refused, { transport: 'websocket', status: '4403' }],
      [operations],
    );
    expect(figures).toEqual([1, 1, 1, 1, 1, 0]);
  });

  it('tells texts, batches and what models hold', async () => {
    const model = { model: 'spotter@1' };
    const figures = await risen(
      () => ask(classifyMany, { texts: ['good one', 'bad one', 'good bad'] }),
      ['distillery_texts_total', { ...model, outcome: 'answered' }],
      ['distillery_batch_texts_sum', model],
      ['distillery_text_tokens_count', model],
      ['distillery_queue_seconds_count', model],
    );
    expect(figures).toEqual([3, 3, 3, 3]);
    const { sum } = await scrape();
    expect(sum('distillery_model_memory_bytes', model)).toBeGreaterThan(0);
    expect(sum('distillery_model_texts', model)).toBe(0);
  });

  it('tells runs that go on and have ended', async () => {
    const underWay = new Promise<void>((resolve) => (started = resolve));
    const input = { name: 'counted', dataset: 'sample', architecture: 'gru-8' };
    const { id } = await server.client.call<{ id: string }>('startStudentTraining', { input });
    await underWay;
    const student = { kind: 'student' };
    expect((await scrape()).sum('distillery_runs_running', student)).toBe(1);
    await server.client.call('cancelRun', { runId: id });
    await eventsOf(id);
    const after = await scrape();
    expect(after.sum('distillery_runs_running', student)).toBe(0);
    expect(after.sum('distillery_runs_ended_total', { ...student, outcome: 'cancelled' })).toBe(1);
  });

  it('tells WebSockets that are open', async () => {
    const open = async () => (await scrape()).sum('distillery_websockets_open');
    await until(async () => (await open()) === 0);
    const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
    await once(socket, 'open');
    expect(await open()).toBe(1);
    socket.close();
    await until(async () => (await open()) === 0);
  });
});

describe('the log', () => {
  const loggedAs = (requestId: string) => lines.filter((line) => line.requestId === requestId);

  it('has a line for each operation, found by the id that client and server share', async () => {
    const { headers } = await ask(
      classifyMany,
      { texts: ['good secret', 'bad secret'] },
      {
        'x-request-id': 'chosen-by-a-proxy',
      },
    );
    expect(headers.get('x-request-id')).toBe('chosen-by-a-proxy');
    expect(loggedAs('chosen-by-a-proxy')).toEqual([
      expect.objectContaining({
        level: pino.levels.values.debug,
        transport: 'http',
        operation: 'query',
        fields: ['classifyMany'],
        outcome: 'ok',
        durationMs: expect.any(Number),
        models: ['spotter@1'],
        texts: 2,
      }),
    ]);
  });

  it('has mutations and errors of ours at levels that are seen', async () => {
    const mutation = await ask(
      'mutation Stop { cancelRun(runId: "00000000-0000-4000-8000-000000000000") { id } }',
    );
    const [line] = loggedAs(mutation.headers.get('x-request-id') ?? '');
    expect(line).toMatchObject({
      level: pino.levels.values.info,
      operation: 'mutation',
      name: 'Stop',
      outcome: 'NOT_FOUND',
    });
    const list = jest.spyOn(server.app.registry, 'list').mockRejectedValue(new Error('unforeseen'));
    try {
      const broken = await ask('{ models { pageInfo { hasNextPage } } }');
      const requestId = broken.headers.get('x-request-id') ?? '';
      // What the client sees leads to both lines.
      expect(broken.body.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL', logId: requestId });
      expect(lines).toContainEqual(
        expect.objectContaining({
          logId: requestId,
          err: expect.objectContaining({ message: 'unforeseen' }),
        }),
      );
      expect(loggedAs(requestId)).toEqual([
        expect.objectContaining({ level: pino.levels.values.warn, outcome: 'INTERNAL', fields: ['models'] }),
      ]);
    } finally {
      list.mockRestore();
    }
  });

  it('has no texts and no keys', async () => {
    await ask('{ classify(text: "an unmistakable text", model: "spotter") { label } }');
    await ask(classify, { text: 'another unmistakable text' });
    await ask(classify, { text: ' ' }, { authorization: 'Bearer a-mistaken-key-of-some-length' });
    const all = JSON.stringify(lines);
    expect(all).not.toContain('unmistakable');
    expect(all).not.toContain(apiKey);
    expect(all).not.toContain('a-mistaken-key');
  });

  it('has a subscription at its start and at its end, with the number of its events', async () => {
    const input = { name: 'followed', dataset: 'sample', architecture: 'gru-8' };
    const { id } = await server.client.call<{ id: string }>('startStudentTraining', { input });
    await server.client.call('cancelRun', { runId: id });
    const events = (await eventsOf(id)).length;
    const ofIt = () => lines.filter(({ operation }) => operation === 'subscription').slice(-2);
    await until(async () => ofIt()[1]?.msg === 'subscription ended');
    expect(ofIt()).toEqual([
      expect.objectContaining({
        msg: 'subscription started',
        transport: 'websocket',
        fields: ['onTrainingProgress'],
      }),
      expect.objectContaining({ msg: 'subscription ended', events, outcome: 'ok' }),
    ]);
    expect(ofIt()[0]?.requestId).toBe(ofIt()[1]?.requestId);
    const { sum } = await scrape();
    expect(
      sum(operations, { field: 'onTrainingProgress', transport: 'websocket', outcome: 'ok' }),
    ).toBeGreaterThan(0);
    expect(sum('distillery_graphql_operation_duration_seconds_count', { field: 'onTrainingProgress' })).toBe(
      0,
    );
  });
});

describe('overload', () => {
  const classifySlowly =
    'query ($texts: [String!]!) { classifyMany(texts: $texts, model: "slow") { label } }';
  const compareSlowly =
    'query ($text: String!) { compare(text: $text, models: ["slow"]) { classification { label } } }';
  /** Many times what may wait, and no text twice. */
  const burst = Array.from({ length: 40 }, (_, request) =>
    Array.from(
      { length: 8 },
      (_, place) => `${request} ${place} ${'the film is long and the end is odd . '.repeat(6)}`,
    ),
  );

  beforeAll(async () => {
    const { app } = server;
    const { folder, card } = await gruModel(join(app.config.dataDirectory, 'slow'), { hiddenSize: 256 });
    await app.registry.publish(folder, { ...card, name: 'slow' });
  });

  it('is told in the words of HTTP where there is no data', async () => {
    const answers = await Promise.all(burst.map((texts) => ask(classifySlowly, { texts })));
    const [refused, answered] = [true, false].map((failed) =>
      answers.filter(({ body }) => Boolean(body.errors) === failed),
    );
    expect(refused?.length).toBeGreaterThan(0);
    for (const { status, headers, body } of refused ?? []) {
      const { code, retryAfterMs } = body.errors?.[0]?.extensions ?? {};
      expect({ status, code, data: body.data }).toEqual({ status: 503, code: 'UNAVAILABLE', data: null });
      expect(headers.get('retry-after')).toBe(String(Math.ceil(Number(retryAfterMs) / 1_000)));
    }
    expect(answered?.length).toBeGreaterThan(0);
    for (const { status, headers } of answered ?? []) {
      expect(status).toBe(200);
      expect(headers.get('retry-after')).toBeNull();
    }
  });

  it('is told in the answer alone where there is some data', async () => {
    const answers = await Promise.all(burst.flat().map((text) => ask(compareSlowly, { text })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = answers.filter(({ body }) => body.errors?.[0]?.extensions.code === 'UNAVAILABLE');
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers, body } of refused) {
      expect(body.data).toEqual({ compare: [{ classification: null }] });
      expect(headers.get('retry-after')).toBeNull();
    }
  });

  it('reaches the client of the public API as an error with its code', async () => {
    const asked = await Promise.allSettled(
      burst.map((texts) => server.client.call('classifyMany', { texts, model: 'slow' })),
    );
    const refused = asked.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused)
      expect(reason).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('already wait') });
  });

  it('that outlasts the deadline is 504', async () => {
    const query =
      'query ($texts: [String!]!) { classifyMany(texts: $texts, model: "slow", deadlineMs: 1) { label } }';
    const { status, body } = await ask(query, { texts: burst[0] });
    const code = body.errors?.[0]?.extensions.code;
    expect({ status, code, data: body.data }).toEqual({ status: 504, code: 'DEADLINE_EXCEEDED', data: null });
  });
});

/** Waits for what the server does after it has answered. @throws Error where it does not come about */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await condition()) return;
    await delay(10);
  }
  throw new Error('what was waited for did not come about');
}
