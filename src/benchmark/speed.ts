/** One model under every load that was asked for. */
import { samplesNeeded } from '../evaluation/samples.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';
import type { Report } from '../progress/progress.ts';
import type { ServingConfig } from '../serving/serving.ts';
import type { BenchmarkConfig } from '../training/config.ts';
import { highestRate, verifications } from './highestRate.ts';
import type { LoadResult } from './load.ts';
import { queryTexts } from './queryTexts.ts';
import { atPercentile } from './report.ts';
import type { BenchmarkEntry, LoadPoint, HighestRate } from './report.ts';
import { arrivals, clients, whileOpen, whileServing } from './scenarios.ts';
import type { Subject, Watch } from './scenarios.ts';

export interface SpeedInput {
  /** Its serving turns nobody away; its texts are those of the reviews, which queries draw from. */
  subject: Subject;
  /** Reviews a second offline, near which a search for the highest rate begins. */
  throughput: number;
  config: BenchmarkConfig;
  /** The server's own, by which texts are turned away under load. */
  settings: ServingConfig;
  /** Makes a measurement unless it was made before; a name means the same one each time. */
  once: <T>(name: string, measure: () => Promise<T>) => Promise<T>;
  /** Says in progress which model it is. */
  title: string;
  report: Report;
  signal: AbortSignal;
}

type Speed = Pick<BenchmarkEntry, 'latency' | 'curve' | 'highestRate'>;

/** At a high rate the queries that are needed come in a moment, in which no backlog shows. MLPerf has a least duration too. */
const leastSecondsOfRate = 10;
const singleStream = 'single-stream';
/** Random arrivals and a bound leave so much of the offline throughput, or less. */
const startOfSearch = 1 / 2;

/** @throws DistilleryError INVALID_CHECKPOINT for a model that can't be read, CANCELLED soon after `signal` is aborted */
export async function measureSpeed(input: SpeedInput): Promise<Speed> {
  const { config, subject, settings, signal } = input;
  const { scenarios, rates, latencyBoundMs } = config;
  const speed: Speed = { latency: null, curve: [], highestRate: null };
  if (scenarios.includes('single-stream') || scenarios.includes('concurrency')) {
    await whileOpen(subject, settings, signal, async () => {
      if (scenarios.includes('single-stream'))
        speed.latency = (await withClients(input, 1, singleStream)).latency;
      if (!scenarios.includes('concurrency')) return;
      for (const concurrency of config.concurrencies)
        speed.curve.push(await withClients(input, concurrency, `concurrency-${concurrency}`));
    });
  }
  if (scenarios.includes('server')) {
    await whileServing(settings, async (serving) => {
      const served = { ...input, subject: { ...subject, serving } };
      await whileOpen(served.subject, settings, signal, async () => {
        for (const [place, ratePerSecond] of rates.entries()) {
          const load = { ratePerSecond, name: `rate-${place}`, seed: config.seed };
          speed.curve.push((await atRate(served, load)).point);
        }
        if (latencyBoundMs !== null)
          speed.highestRate = await searchRate(served, latencyBoundMs, speed.curve);
      });
    });
  }
  return speed;
}

/** Closed loop. @param name of the measurement */
function withClients(input: SpeedInput, concurrency: number, name: string): Promise<LoadPoint> {
  return input.once(name, async () => {
    const queries = queriesFor(input.config);
    const watch = watchOf(
      input,
      name === singleStream ? 'one text at a time' : `${concurrency} clients`,
      queries,
    );
    const result = await clients(drawn(input, queries), { concurrency, queries }, watch);
    return { scenario: 'concurrency', concurrency, ratePerSecond: null, ...figuresOf(result, input.config) };
  });
}

interface RateLoad {
  /** Of the measurement. */
  name: string;
  ratePerSecond: number;
  /** Of the arrivals. */
  seed: number;
  /** The measurement ends as soon as the latency can't stay within it any more. */
  latencyBoundMs?: number;
}

interface MeasuredRate {
  /** Whether latency stayed within the bound; true where there is none. */
  passed: boolean;
  point: LoadPoint;
}

/** Open loop. A bound holds for the configuration's percentile, and a query without an answer exceeds it. */
function atRate(
  input: SpeedInput,
  { name, ratePerSecond, seed, latencyBoundMs }: RateLoad,
): Promise<MeasuredRate> {
  const { config } = input;
  return input.once(name, async () => {
    const queries = queriesFor(config, ratePerSecond);
    const load = { ratePerSecond, queries, seed };
    const beyond = Math.floor((queries * (100 - config.percentile)) / 100);
    const allowance =
      latencyBoundMs === undefined ? {} : { allowance: { latencyMs: latencyBoundMs, queries: beyond } };
    const watch = watchOf(input, `${Number(ratePerSecond.toPrecision(3))} a second`, queries);
    const result = await arrivals(drawn(input, queries), { ...load, ...allowance }, watch);
    const point = { ratePerSecond, concurrency: null, ...figuresOf(result, config) };
    return { passed: !result.gaveUp, point: { scenario: 'server' as const, ...point } };
  });
}

/** @param curve gets the rates that were measured to their end */
async function searchRate(
  input: SpeedInput,
  latencyBoundMs: number,
  curve: LoadPoint[],
): Promise<HighestRate | null> {
  const { config, throughput } = input;
  const { percentile } = config;
  let probes = 0;
  const found = await highestRate(startOfSearch * throughput, async (ratePerSecond) => {
    probes += 1;
    // Other arrivals each time: a rate that passes with one seed alone is not verified
    const load = { ratePerSecond, name: `probe-${probes}`, seed: config.seed + probes, latencyBoundMs };
    const measured = await atRate(input, load);
    if (measured.passed) curve.push(measured.point);
    return measured;
  });
  if (!found) return null;
  const latencies = found.verified.map(({ point }) => point.latency);
  const slowest = latencies.reduce((a, b) =>
    (atPercentile(b, percentile) ?? 0) > (atPercentile(a, percentile) ?? 0) ? b : a,
  );
  const { ratePerSecond } = found;
  return { ratePerSecond, latencyBoundMs, percentile, verifiedRuns: verifications, latency: slowest };
}

function queriesFor({ queries, percentile, tailMargin }: BenchmarkConfig, ratePerSecond = 0): number {
  return (
    queries ?? Math.max(samplesNeeded(percentile, tailMargin), Math.ceil(ratePerSecond * leastSecondsOfRate))
  );
}

const drawn = ({ subject, config }: SpeedInput, queries: number): Subject => ({
  ...subject,
  texts: queryTexts(subject.texts, queries, config.seed),
});

function watchOf({ report, signal, title }: SpeedInput, what: string, queries: number): Watch {
  const reporter = new PhaseReporter(report, 'measuring-latency', queries);
  reporter.begin(`${title}: ${what}`);
  return { signal, onProgress: (done) => void reporter.advance(done) };
}

function figuresOf({ latency, ...result }: LoadResult, { tailMargin }: BenchmarkConfig) {
  const { queries, failed, seconds, answeredPerSecond } = result;
  return { queries, failed, seconds, answeredPerSecond, latency: latency.summary(tailMargin) };
}
