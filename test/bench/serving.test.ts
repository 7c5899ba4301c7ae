/** The measuring instruments of `bench -- serving`, against real HTTP servers and a released model. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { withComparison } from '../../bench/serving.ts';
import { straightLine } from '../../bench/serving/fit.ts';
import { outcomeOf, withTarget } from '../../bench/serving/http.ts';
import { Outcomes } from '../../bench/serving/outcomes.ts';
import { secondsUntilCalm } from '../../bench/serving/overload.ts';
import { parseMetrics, residentMb } from '../../bench/serving/processFacts.ts';
import { startRawLoop } from '../../bench/serving/rawLoop.ts';
import { released } from '../../bench/serving/session.ts';
import { fastest, httpSide, interleaved, median, ratioOf, type Rounds } from '../../bench/serving/turns.ts';
import { classifyManyBodies, firstWords } from '../../bench/serving/workload.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function listening(answer: RequestListener): Promise<string> {
  const started = createServer(answer);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/graphql`;
}

const body = Buffer.from('{}');

describe('the HTTP client', () => {
  it('has no more requests under way than connections', async () => {
    let [underWay, most] = [0, 0];
    const url = await listening((_request, response) => {
      most = Math.max(most, ++underWay);
      void delay(20).then(() => {
        underWay -= 1;
        response.end('{"data":{}}');
      });
    });
    await withTarget(url, 3, (target) =>
      Promise.all(Array.from({ length: 12 }, () => target.mustAnswer(body))),
    );
    expect(most).toBe(3);
  });

  it('sends the body, and gives the whole answer back', async () => {
    const url = await listening((request, response) => {
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => response.write(`${request.url} ${chunk} ${'é'.repeat(100_000)}`));
      request.on('end', () => response.end());
    });
    const text = await withTarget(url, 1, (target) => target.mustAnswer(Buffer.from('{"a":1}')));
    expect(text).toBe(`/graphql {"a":1} ${'é'.repeat(100_000)}`);
  });

  it('tells answers, rejections and failures apart', () => {
    expect(outcomeOf({ status: 200, text: '{"data":{"classify":{"label":"positive"}}}' })).toBe('answered');
    const refused = '{"errors":[{"message":"…","extensions":{"code":"UNAVAILABLE","limit":512}}]}';
    expect(outcomeOf({ status: 200, text: refused })).toBe('rejected');
    expect(outcomeOf({ status: 503, text: '' })).toBe('rejected');
    const wrong = '{"errors":[{"message":"…","extensions":{"code":"BAD_USER_INPUT"}}]}';
    expect(outcomeOf({ status: 200, text: wrong })).toBe('failed');
    expect(outcomeOf({ status: 500, text: '' })).toBe('failed');
  });

  it('counts what became of requests, lost connections among them', async () => {
    let count = 0;
    const url = await listening((request, response) => {
      count += 1;
      if (count <= 3) response.end('{"data":{}}');
      else if (count <= 5) response.writeHead(503).end('{}');
      else request.socket.destroy();
    });
    const outcomes = new Outcomes();
    await withTarget(url, 1, async (target) => {
      for (let sent = 0; sent < 9; sent += 1) await outcomes.send(target, body).catch(() => undefined);
    });
    expect(outcomes.answered.samples).toBe(3);
    expect(outcomes.rejected.samples).toBe(2);
    expect(outcomes.failed).toBe(4);
    expect(Object.values(outcomes.failures)).toEqual([4]);
  });
});

describe('turns', () => {
  it('ask the same bodies in each, and keeps no warm-up', async () => {
    const asked = new Set<string>();
    const url = await listening((request, response) => {
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => asked.add(chunk));
      request.on('end', () => setTimeout(() => response.end('{"data":{}}'), 2));
    });
    const bodies = ['a', 'b', 'c'].map((text) => Buffer.from(text));
    const rounds = await withTarget(url, 2, (target) =>
      interleaved(
        [
          httpSide('one', target, bodies, { concurrency: 2 }),
          httpSide('other', target, bodies, { concurrency: 2 }),
        ],
        { rounds: 2, seconds: 0.1 },
      ),
    );
    expect([...asked].sort()).toEqual(['a', 'b', 'c']);
    expect(Object.keys(rounds)).toEqual(['one', 'other']);
    for (const turns of Object.values(rounds)) expect(turns).toHaveLength(2);
  });

  it('count the texts of a request', async () => {
    const url = await listening(
      (_request, response) => void setTimeout(() => response.end('{"data":{}}'), 2),
    );
    const start = performance.now();
    const { perSecond, latency } = await withTarget(url, 2, (target) =>
      httpSide('ten', target, [body], { concurrency: 2, texts: 10 }).turn(0.1),
    );
    // The rate is of a time that lies within this one
    const seconds = (performance.now() - start) / 1000;
    expect(perSecond * seconds).toBeGreaterThanOrEqual(10 * latency!.samples);
  });

  it('are not told where a request failed', async () => {
    const url = await listening((_request, response) => void response.writeHead(500).end());
    const turn = withTarget(url, 1, (target) =>
      httpSide('ours', target, [body], { concurrency: 1 }).turn(0.05),
    );
    await expect(turn).rejects.toThrow(/requests to ours failed; expected none/);
  });

  it('give the median of the ratios of the rounds', () => {
    const turns = (...rates: number[]) =>
      rates.map((perSecond) => ({ perSecond, latency: null, generatorCores: null }));
    // The machine was slow in the second round, for both
    const rounds: Rounds = {
      ours: turns(200, 50, 300),
      raw: turns(400, 100, 400),
      other: turns(100, 30, 900),
    };
    expect(ratioOf(rounds, 'ours', 'raw')).toEqual({ ratio: 0.5, perRound: [0.5, 0.5, 0.75] });
    expect(fastest(rounds, ['other', 'raw'])).toBe('raw');
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it.each([
    { from: 'texts', name: 'raw loop, batches of 2 tokenised in the loop, 2 sessions of 1 thread' },
    {
      from: 'tokens',
      name: 'raw loop, batches of 2 tokenised and sorted beforehand, 2 sessions of 1 thread',
    },
  ] as const)('run the raw loop over a model of the repository, from $from', async ({ from, name }) => {
    const texts = ['a quiet film', 'this is bad', 'I have never slept better in a cinema than here'];
    const setting = { workers: 2, threads: 1, batchSize: 2, from };
    const raw = await startRawLoop(released('imdb-gru-16'), texts, setting);
    try {
      expect(raw.name).toBe(name);
      const { perSecond } = await raw.turn(0.05);
      expect(perSecond).toBeGreaterThan(0);
    } finally {
      await raw.stop();
    }
    const missing = startRawLoop(released('imdb-gru-17'), texts, { ...setting, workers: 1 });
    await expect(missing).rejects.toThrow(/imdb-gru-17|card\.json/);
  });
});

describe('what is worked out from samples', () => {
  it('finds the slope of a line and how sure it is', () => {
    const noise = [0.5, -0.5, 0.5, -0.5, 0.5, -0.5];
    const { slope, standardError } = straightLine(noise.map((error, x) => [x, 100 + 3 * x + error] as const));
    expect(slope).toBeCloseTo(3, 0);
    expect(standardError).toBeGreaterThan(0.05);
    expect(standardError).toBeLessThan(0.2);
    expect(straightLine([[0, 1]]).slope).toBeNaN();
  });

  it('finds the first calm second after an overload', () => {
    expect(secondsUntilCalm([900, null, 80, 20, 90], 50)).toBe(3);
    expect(secondsUntilCalm([10], 50)).toBe(0);
    expect(secondsUntilCalm([900, null], 50)).toBeNull();
  });

  it('reads metrics with and without labels', () => {
    const text = [
      '# HELP nodejs_eventloop_lag_p99_seconds The 99th percentile.',
      'nodejs_eventloop_lag_p99_seconds 0.0112',
      'distillery_texts_total{model="small@1",outcome="answered"} 12',
    ].join('\n');
    const metrics = parseMetrics(text);
    expect(metrics.get('nodejs_eventloop_lag_p99_seconds')).toBe(0.0112);
    expect(metrics.get('distillery_texts_total{model="small@1",outcome="answered"}')).toBe(12);
    expect(metrics.size).toBe(2);
  });

  it('reads the memory of a process', async () => {
    const url = await listening(
      (_request, response) => void response.end('process_resident_memory_bytes 3145728'),
    );
    const own = await residentMb({ pid: process.pid, url });
    expect(own).toBeGreaterThan(process.platform === 'linux' ? 20 : 2);
    // No process has this id, so that the metrics are all there is
    expect(await residentMb({ pid: 2 ** 30, url })).toBe(3);
  });

  it('keeps the other parts of an earlier result', () => {
    const earlier = {
      ratios: { overFastapi: 2, manyOverRaw: 0.5 },
      comparisons: { overFastapi: { ratio: 2 }, manyOverRaw: { ratio: 0.5 } },
      soak: { failed: 0 },
    };
    expect(withComparison(earlier, 'overFastapi', { ratio: 3 })).toEqual({
      ratios: { overFastapi: 3, manyOverRaw: 0.5 },
      comparisons: { overFastapi: { ratio: 3 }, manyOverRaw: { ratio: 0.5 } },
      soak: { failed: 0 },
    });
  });
});

describe('texts', () => {
  it('of short reviews are the first twenty words', () => {
    const words = Array.from({ length: 30 }, (_, i) => `w${i}`);
    expect(firstWords(words.join('  '))).toBe(words.slice(0, 20).join('  '));
    expect(firstWords('as  short as it\nis')).toBe('as  short as it\nis');
  });

  it('go into requests of equal size', () => {
    const bodies = classifyManyBodies('small', ['a', 'b', 'c', 'd', 'e'], 2);
    const texts = bodies.map((sent) => (JSON.parse(sent.toString()) as { variables: unknown }).variables);
    expect(texts).toEqual([
      { texts: ['a', 'b'], model: 'small' },
      { texts: ['c', 'd'], model: 'small' },
    ]);
  });
});
