/** Traces of a real server, as a collector gets them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino, type Logger } from 'pino';
import { DistilleryError } from '../../src/errors.ts';
import { progressOf } from '../../src/progress/progress.ts';
import { Tracing } from '../../src/telemetry/tracing.ts';
import type { RunInChild } from '../../src/training/child.ts';
import { overWebSocket, publishSpotter, startTestServer, type TestServer } from '../graphql/testServer.ts';
import { startCollector, valuesOf, type Collector, type ReceivedSpan } from './collector.ts';

type Line = Record<string, unknown>;

function keepingLogger(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Line);
  return { logger: pino({ level: 'debug' }, { write }), lines };
}

async function ask(
  { url }: TestServer,
  query: string,
  headers: Record<string, string> = {},
): Promise<{ data?: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as { data?: unknown };
}

const traceId = '0af7651916cd43dd8448eb211c80319c';
const unsampledTraceId = '1bf7651916cd43dd8448eb211c80319c';
const classifyMany =
  'query Ask { classifyMany(texts: ["good secret", "bad secret"], model: "spotter") { label } }';

describe('a server with a collector', () => {
  const { logger, lines } = keepingLogger();
  const failing: RunInChild = async (_job, { onProgress }) => {
    for (const step of [1, 2]) onProgress(progressOf('training', { step }));
    onProgress(progressOf('validating'));
    throw new DistilleryError('INVALID_DATASET', 'one class only');
  };
  let collector: Collector;
  let runId: string;

  beforeAll(async () => {
    collector = await startCollector();
    const server = await startTestServer({
      environment: { DISTILLERY_TRACE_ENDPOINT: collector.url },
      logger,
      runInChild: failing,
    });
    await publishSpotter(server, 'spotter');
    await ask(server, classifyMany, { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    await ask(server, classifyMany, { traceparent: `00-${unsampledTraceId}-b7ad6b7169203331-00` });
    await ask(server, '{ model(reference: "none") { name } }', { traceparent: `00-${'0'.repeat(32)}-1-01` });
    const query = '{ system { version } models { pageInfo { hasNextPage } } }';
    // What can't be made a string is passed over like any other that is none
    await overWebSocket(server.url, query, { extensions: { traceparent: { toString: 1 } } });
    const input = { name: 'small', dataset: 'sample', architecture: 'gru-8' };
    runId = (await server.client.call<{ id: string }>('startStudentTraining', { input })).id;
    for await (const { state } of server.client.progress(runId)) if (state === 'FAILED') break;
    // What is left is sent at the end.
    await server.stop();
  });
  afterAll(() => collector.stop());

  const named = (name: string): ReceivedSpan => {
    const found = collector.spans.filter((span) => span.name === name);
    if (!found[0] || found.length > 1) throw new Error(`${found.length} spans are called "${name}"`);
    return found[0];
  };
  const times = ({ startTimeUnixNano, endTimeUnixNano }: ReceivedSpan) =>
    [BigInt(startTimeUnixNano), BigInt(endTimeUnixNano)] as const;

  it('sends JSON to the path of traces, and says who it is', () => {
    expect(new Set(collector.requests)).toEqual(new Set(['POST /v1/traces application/json']));
    expect(collector.resources[0]).toMatchObject({
      'service.name': 'distillery',
      'service.version': expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });

  it('goes on with a client’s trace', () => {
    const operation = named('query classifyMany');
    expect(operation).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331', kind: 2 });
    expect(operation.status.code).toBe(0);
    expect(valuesOf(operation)).toMatchObject({
      'graphql.operation.type': 'query',
      'graphql.operation.name': 'Ask',
      'distillery.graphql.fields': ['classifyMany'],
    });
  });

  it('shows what the time of a request went into', () => {
    const operation = named('query classifyMany');
    const group = named('classify');
    expect(group.parentSpanId).toBe(operation.spanId);
    expect(valuesOf(group)).toEqual({ 'distillery.model': 'spotter@1', 'distillery.texts': 2 });
    const [start, end] = times(operation);
    for (const part of [named('queue'), named('inference')]) {
      expect(part).toMatchObject({ traceId, parentSpanId: group.spanId });
      const [from, to] = times(part);
      expect(start <= from && from <= to && to <= end).toBe(true);
    }
  });

  it('sends no texts', () => {
    expect(JSON.stringify(collector.spans)).not.toContain('secret');
  });

  it('does not send what the client does not record', () => {
    expect(collector.spans.filter((span) => span.traceId === unsampledTraceId)).toEqual([]);
  });

  it('has the trace in the lines of the log', () => {
    const ofQuery = lines.filter(({ name }) => name === 'Ask').map((line) => line.traceId);
    expect(ofQuery).toEqual([traceId, unsampledTraceId]);
  });

  it('gives an error its code, and a request without a sound traceparent a trace of its own', () => {
    const failed = named('query model');
    expect(failed.status.code).toBe(2);
    expect(valuesOf(failed)).toMatchObject({ 'error.type': 'NOT_FOUND' });
    expect(failed.parentSpanId ?? '').toBe('');
    expect(failed.traceId).not.toMatch(/^0+$/);
  });

  it('traces WebSockets alike', () => {
    expect(named('query system models').status.code).toBe(0);
  });

  it('has a span for a run, and in it one for each phase', () => {
    const run = named('run student');
    expect(run.status.code).toBe(2);
    expect(valuesOf(run)).toMatchObject({ 'distillery.run.id': runId, 'distillery.run.outcome': 'failed' });
    const phases = collector.spans.filter(({ parentSpanId }) => parentSpanId === run.spanId);
    expect(phases.map(({ name }) => name).sort()).toEqual(['training', 'validating']);
  });
});

describe('a collector', () => {
  it('that is not there disturbs no request and does not hold up the end; the log says so once', async () => {
    const { logger, lines } = keepingLogger();
    const collector = await startCollector();
    await collector.stop();
    const server = await startTestServer({
      environment: { DISTILLERY_TRACE_ENDPOINT: collector.url },
      logger,
    });
    await publishSpotter(server, 'spotter');
    for (let request = 0; request < 3; request++)
      expect(await ask(server, classifyMany)).toMatchObject({ data: { classifyMany: [{}, {}] } });
    await server.stop();
    expect(lines.filter(({ msg }) => String(msg).startsWith('traces are lost'))).toHaveLength(1);
  });

  it('that never answers is given up', async () => {
    const collector = await startCollector(() => undefined);
    // An address that has the path already is taken as it stands.
    const tracing = new Tracing(`${collector.url}/v1/traces`, keepingLogger().logger);
    tracing.startRun('a-run', 'student').end('succeeded');
    await tracing.stop();
    expect(collector.requests).toEqual(['POST /v1/traces application/json']);
    await collector.stop();
  });
});
