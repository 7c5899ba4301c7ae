/** How the figures of serving are told, from a small invented result. */
import { expect, it } from '@jest/globals';
import { format } from 'prettier';
import { servingResult, servingSection } from '../../bench/servingSection.ts';

const stamp = { machine: 'A machine', date: '2026-01-02T03:04:05.000Z', dataset: 'imdb' };
const latency = (p99Ms: number) => ({ samples: 100, p50Ms: 1, p95Ms: 2, p99Ms });
const turns = (p99Ms: number | null, ...rates: number[]) =>
  rates.map((perSecond) => ({ perSecond, latency: p99Ms === null ? null : latency(p99Ms) }));

const peer = {
  unit: 'requests',
  ours: 'gru, whole reviews',
  other: 'FastAPI',
  rounds: { 'gru, whole reviews': turns(4, 2_000, 3_000, 2_500), FastAPI: turns(27.04, 800, 700, 900) },
};

it('tells all parts', async () => {
  const result = servingResult.parse({
    comparisons: {
      classifyOverTypename: {
        ...stamp,
        unit: 'requests',
        ratio: 0.61,
        ours: 'gru, whole reviews',
        other: '__typename',
        rounds: { 'gru, whole reviews': turns(4, 3_000), __typename: turns(3, 5_000) },
        others: { 'gru, whole reviews': { ratio: 0.61 }, 'gru, short reviews': { ratio: 0.8 } },
      },
      overFastapi: {
        ...stamp,
        ...peer,
        ratio: 3.1,
        counts: true,
        versions: { fastapi: '0.1.2', litserve: '0.3.4' },
        fastapiTwoWorkers: { ...peer, ratio: 1.8, counts: false },
      },
      teacherOverRaw: {
        ...stamp,
        unit: 'reviews',
        ratio: 0.95,
        ours: 'a teacher',
        other: 'raw loop',
        rounds: { 'a teacher': turns(500, 60), 'raw loop': turns(null, 63) },
      },
    },
    eventLoop: {
      ...stamp,
      ratePerSecond: 50,
      training: { dataset: 'imdb', architecture: 'gru-64' },
      calm: { latency: latency(3) },
      whileTraining: { latency: latency(6.5), eventLoopMs: { p50: 10.1, p99: 12.3, max: 40 } },
    },
    overload: {
      ...stamp,
      models: [
        {
          model: 'a-teacher',
          boundMs: 200,
          seconds: 60,
          sustainablePerSecond: 40.04,
          offeredPerSecond: 400,
          answeredPerSecond: 55,
          rejectedPerSecond: 345,
          answered: latency(2_100),
          rejected: latency(9),
          failed: 0,
          memory: [{ mb: 400 }, { mb: 512.3 }, { mb: 500 }],
          recovery: { seconds: null },
        },
      ],
    },
    soak: {
      ...stamp,
      seconds: 600,
      ratePerSecond: 40,
      requests: 24_000,
      failed: 0,
      rejected: 3,
      versionsReplaced: 60,
      memory: [
        { seconds: 0, mb: 400 },
        { seconds: 600, mb: 431.2 },
      ],
      growth: { slope: 0.2, standardError: 0.15 },
    },
  });
  const section = servingSection(result);
  const lines = section.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
  expect(lines).toContain(
    '| gru, whole reviews | 3,000 requests | 4.0 | __typename | 5,000 requests | 3.0 | 0.61 |',
  );
  expect(lines).toContain(
    '| gru, whole reviews | 2,500 requests | 4.0 | FastAPI | 800 requests | 27.0 | 3.10 |',
  );
  expect(section).toContain('1.80, p99 higher');
  expect(lines).toContain('| a teacher | 60 reviews | 500.0 | raw loop | 63 reviews | | 0.95 |');
  expect(section).toContain('Against `__typename`, too: gru, short reviews 0.80.');
  expect(section).toContain('Peers: fastapi 0.1.2, litserve 0.3.4.');
  expect(section).toContain('a p99 of 6.5 ms, and of 3.0 ms without.');
  expect(section).toContain('fires after 12.3 ms at the 99th percentile');
  expect(lines).toContain('| a-teacher | 40.0 | 200 | 400.0 | 55.0 | 2100 | 345.0 | 9 | 0 | 512 | not |');
  expect(section).toContain('of 24,000 requests 0 failed and 3 were turned away');
  expect(section).toContain('from 400 to 431 MB, by 0.20 ± 0.30 MB a minute');
  expect(`${section}\n`).toBe(await format(section, { parser: 'markdown' }));
});

it('tells of the parts that were measured alone', () => {
  expect(servingSection(servingResult.parse({}))).toBe('');
  const growth = { slope: null, standardError: null };
  const soak = { ...stamp, seconds: 60, ratePerSecond: 40, requests: 9, failed: 1, rejected: 0, growth };
  const section = servingSection(servingResult.parse({ soak: { ...soak, versionsReplaced: 1, memory: [] } }));
  expect(section).toBe(
    '1 minute of mixed requests, 40 a second, while one model got 1 new version: of 9 requests 1 failed and 0 were turned away.',
  );
});
