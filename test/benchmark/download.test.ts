/** A benchmark's files over real HTTP, made of a stored report. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BenchmarkReport } from '../../src/benchmark/report.ts';
import { publishSpotter, startTestServer, type TestServer } from '../graphql/testServer.ts';
import { exampleReport } from './exampleReport.ts';

const apiKey = 'a-key-of-sixteen-or-more';
let server: TestServer;
let report: BenchmarkReport = exampleReport;

beforeAll(async () => {
  server = await startTestServer({
    environment: { DISTILLERY_API_KEY: apiKey },
    runInChild: async () => ({ kind: 'benchmark', report }),
  });
  await publishSpotter(server, 'spotter');
});
afterAll(() => server.stop());

async function finishedRun(): Promise<string> {
  const input = { models: ['spotter'], dataset: 'sample' };
  const { id } = await server.client.call<{ id: string }>('startBenchmark', { input });
  for await (const { state } of server.client.progress(id)) if (state === 'SUCCEEDED') break;
  return id;
}

const get = (path: string, headers: Record<string, string> = { authorization: `Bearer ${apiKey}` }) =>
  fetch(new URL(path, server.url), { headers });

describe("a benchmark's files", () => {
  it('are its report and its curve', async () => {
    report = exampleReport;
    const id = await finishedRun();
    const json = await get(`/benchmarks/${id}/report.json`);
    expect(json.headers.get('content-type')).toContain('application/json');
    expect(await json.json()).toEqual(exampleReport);
    const svg = await get(`/benchmarks/${id}/curve.svg`);
    expect(svg.headers.get('content-type')).toContain('image/svg+xml');
    expect(svg.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await svg.text()).toMatch(/^<svg.*fast@1, arrivals at random/s);
  });

  it('tells the same as GraphQL, with the words of its enums', async () => {
    report = exampleReport;
    const runId = await finishedRun();
    const [fast] = exampleReport.entries;
    expect(await server.client.call('benchmark', { runId })).toMatchObject({
      ...{ workers: 2, percentile: 99, latencyBoundMs: 50 },
      entries: [
        {
          curve: fast!.curve.map((point) => ({ ...point, scenario: point.scenario.toUpperCase() })),
          highestRate: fast!.highestRate,
        },
        { curve: [{ latency: { p99Ms: 400 } }, { latency: { p99Ms: null } }], highestRate: null },
      ],
    });
  });

  it('are made of a report of an earlier release as well, which had no curve', async () => {
    const { workers, percentile, latencyBoundMs, entries, ...rest } = exampleReport;
    const { curve, highestRate, reference, accuracyOfReference, valid, ...entry } = entries[0]!;
    const added = {
      workers,
      percentile,
      latencyBoundMs,
      curve,
      highestRate,
      reference,
      accuracyOfReference,
      valid,
    };
    expect(Object.values(added)).not.toContain(undefined);
    report = { ...rest, entries: [entry] } as unknown as BenchmarkReport;
    const runId = await finishedRun();
    expect(await (await get(`/benchmarks/${runId}/report.json`)).json()).toMatchObject({
      ...{ workers: 1, latencyBoundMs: null },
      entries: [{ model: 'fast', curve: [], highestRate: null, valid: true }],
    });
    expect(await server.client.call('benchmark', { runId })).toMatchObject({ workers: 1 });
    const svg = await get(`/benchmarks/${runId}/curve.svg`);
    expect(svg.status).toBe(404);
    expect(await svg.json()).toMatchObject({ errors: [{ message: expect.stringContaining('SERVER') }] });
  });

  it('are no others, and of nothing else', async () => {
    report = exampleReport;
    const id = await finishedRun();
    for (const path of [`${id}/other.json`, `${id}/toString`, 'nonsense/report.json']) {
      const response = await get(`/benchmarks/${path}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
    }
  });

  it('are refused to who has no key', async () => {
    expect((await get(`/benchmarks/${await finishedRun()}/report.json`, {})).status).toBe(401);
  });
});
