/** The metrics of a server that goes on and on: what is counted, and that it takes no more and more room. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ServedModelState } from '../../src/serving/observer.ts';
import type { Trial } from '../../src/serving/trial.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { exampleCard } from '../models/exampleCard.ts';
import { parseScrape } from './scrape.ts';

let metrics: Metrics;
beforeEach(() => {
  metrics = new Metrics();
});

const scrape = async (...models: ServedModelState[]) =>
  parseScrape(await metrics.scrape({ models, trials: [] }));

function useModel(model: string): void {
  metrics.models.texts(model, 'answered', 2);
  metrics.models.texts(model, 'refused', 1);
  metrics.models.batch({ model, tokens: [5, 300], queueMs: [1, 40], tokenizeMs: 0.3, inferenceMs: 3 });
}

describe('a batch', () => {
  it('is counted in texts, tokens and seconds', async () => {
    useModel('small@1');
    const { sum } = await scrape();
    const model = { model: 'small@1' };
    expect(sum('distillery_texts_total', { ...model, outcome: 'answered' })).toBe(2);
    expect(sum('distillery_texts_total', { ...model, outcome: 'refused' })).toBe(1);
    expect(sum('distillery_batch_texts_sum', model)).toBe(2);
    expect(sum('distillery_batch_texts_count', model)).toBe(1);
    expect(sum('distillery_text_tokens_sum', model)).toBe(305);
    expect(sum('distillery_text_tokens_bucket', { ...model, le: '256' })).toBe(1);
    expect(sum('distillery_queue_seconds_sum', model)).toBeCloseTo(0.041, 9);
    expect(sum('distillery_tokenize_seconds_sum', model)).toBeCloseTo(0.0003, 9);
    expect(sum('distillery_inference_seconds_sum', model)).toBeCloseTo(0.003, 9);
  });
});

describe('series', () => {
  const modelsOf = async () => {
    const { samples } = await scrape();
    return new Set(samples.flatMap(({ labels }) => labels.model ?? []));
  };

  it('do not grow with the versions that come and go', async () => {
    const sizes: number[] = [];
    for (let version = 1; version <= 1_000; version++) {
      useModel(`replaced@${version}`);
      useModel('steady@1');
      if (version % 250 === 0) sizes.push((await scrape()).samples.length);
    }
    expect(new Set(sizes).size).toBe(1);
    const models = await modelsOf();
    expect(models.size).toBe(64);
    expect(models).toContain('replaced@1000');
    expect(models).not.toContain('replaced@900');
    const { sum } = await scrape();
    expect(sum('distillery_texts_total', { model: 'steady@1', outcome: 'answered' })).toBe(2_000);
  });

  it('of what a model holds end with it', async () => {
    const open = { model: 'small@1', waiting: 3, running: 2, workers: 1, bytes: 1_000 };
    const before = await scrape(open);
    expect(before.sum('distillery_model_texts', { model: 'small@1', state: 'waiting' })).toBe(3);
    expect(before.sum('distillery_model_memory_bytes')).toBe(1_000);
    const after = await scrape({ ...open, model: 'small@2' });
    expect(after.samples.filter(({ labels }) => labels.model === 'small@1')).toEqual([]);
  });

  it('of two apps are apart', async () => {
    useModel('small@1');
    const { sum } = parseScrape(await new Metrics().scrape({ models: [], trials: [] }));
    expect(sum('distillery_texts_total')).toBe(0);
  });
});

describe('an alias that tries a version', () => {
  const version = (name: string) => ({
    card: exampleCard({ name }),
    folder: name,
    files: null,
    sizeBytes: 0,
    aliases: [],
    createdAt: new Date(0),
  });
  const trial: Trial = {
    alias: 'production',
    stable: version('old'),
    candidate: version('new'),
    share: 0.5,
    shadow: true,
    since: new Date(0),
    statistics: {
      stable: { answered: 10, failed: 1, latencySumMs: 20 },
      candidate: { answered: 4, failed: 2, latencySumMs: 8 },
      skipped: 3,
      agreed: 3,
      differenceSum: 0.5,
    },
  };

  it('has what came of it, until the trial ends', async () => {
    const alias = { alias: 'production' };
    const during = parseScrape(await metrics.scrape({ models: [], trials: [trial] }));
    const texts = (labels: Record<string, string>) =>
      during.sum('distillery_trial_texts', { ...alias, ...labels });
    expect(texts({ role: 'stable', model: 'old@1', outcome: 'answered' })).toBe(10);
    expect(texts({ role: 'candidate', model: 'new@1', outcome: 'failed' })).toBe(2);
    const shadowed = (outcome: string) => during.sum('distillery_trial_shadow_texts', { ...alias, outcome });
    expect(['agreed', 'disagreed', 'skipped'].map(shadowed)).toEqual([3, 1, 3]);
    expect(during.sum('distillery_trial_shadow_difference', alias)).toBe(0.125);
    expect((await scrape()).samples.filter(({ labels }) => labels.alias)).toEqual([]);
  });

  it('has no agreement where the candidate answers in earnest', async () => {
    const { sum, samples } = parseScrape(
      await metrics.scrape({ models: [], trials: [{ ...trial, shadow: false }] }),
    );
    expect(sum('distillery_trial_texts', { role: 'candidate', outcome: 'answered' })).toBe(4);
    expect(samples.filter(({ name }) => name.startsWith('distillery_trial_shadow'))).toEqual([]);
  });
});

describe('names', () => {
  it('follow the conventions: counters end in _total, times are in seconds, sizes in bytes', async () => {
    const { kinds } = await scrape();
    const ours = [...kinds].filter(([name]) => name.startsWith('distillery_'));
    expect(ours.length).toBeGreaterThan(10);
    for (const [name, kind] of ours) expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(ours.filter(([name]) => /(_ms|_millis|_mb|_kb)(_|$)/.test(name))).toEqual([]);
  });

  it('include those of the process and of its event loop', async () => {
    const { kinds } = await scrape();
    const wanted = ['p50', 'p99', 'max'].map((name) => `nodejs_eventloop_lag_${name}_seconds`);
    expect([...kinds.keys()]).toEqual(
      expect.arrayContaining([...wanted, 'process_resident_memory_bytes', 'distillery_build_info']),
    );
  });
});
