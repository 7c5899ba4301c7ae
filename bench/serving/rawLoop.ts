/** The raw ONNX Runtime loop that serving is measured against: sessions in worker threads, on batches that are ready. */
import { once } from 'node:events';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { modelFiles } from '../../src/models/card.ts';
import { readCard } from '../../src/models/modelFolder.ts';
import type { TokenBatch } from '../../src/nn/engine.ts';
import { Random } from '../../src/nn/random.ts';
import { startThread } from '../../src/serving/thread.ts';
import { padBatch } from '../../src/text/batch.ts';
import { readTokenizer } from '../../src/text/tokenizer.ts';
import type { Side } from './turns.ts';
import { counted } from './wording.ts';

export interface RawTask {
  readonly folder: string;
  readonly threads: number;
  /** Texts that go through the model together: tokenised beforehand, or to be tokenised in the loop. */
  readonly batches: readonly TokenBatch[] | readonly (readonly string[])[];
}

export interface RawTurn {
  readonly reviews: number;
  readonly seconds: number;
}

export interface RawSetting {
  /** Worker threads with a session each. */
  readonly workers: number;
  /** Of each session. */
  readonly threads: number;
  readonly batchSize: number;
  /**
   * What a batch is made of: texts in the order in which they are asked for, which the loop tokenises, or tokens that
   * are ready, of texts that were sorted by length, which is more than any server could know.
   */
  readonly from: 'texts' | 'tokens';
}

export interface RawLoop extends Side {
  stop(): Promise<unknown>;
}

const seed = 1;

/**
 * Batches come in a shuffled order, so that any part of a pass is a fair sample of it. Reviews a second of all workers
 * together.
 * @throws Error in a worker's own words where its session can't be opened
 */
export async function startRawLoop(
  folder: string,
  texts: readonly string[],
  setting: RawSetting,
): Promise<RawLoop> {
  const { workers, threads, batchSize, from } = setting;
  const batches = from === 'texts' ? slices(texts, batchSize) : await sortedBatches(folder, texts, batchSize);
  const script = new URL('./rawWorker.ts', import.meta.url);
  const pool = Array.from({ length: workers }, (_, worker) => {
    const workerData: RawTask = {
      folder,
      threads,
      batches: new Random(seed, worker).shuffle<(typeof batches)[number]>([...batches]),
    } as RawTask;
    return startThread(script, { workerData });
  });
  const stop = () => Promise.all(pool.map((worker) => worker.terminate()));
  // Each says when its session is open
  await Promise.all(pool.map((worker) => once(worker, 'message'))).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const turnOf = async (worker: Worker, seconds: number) => {
    worker.postMessage(seconds);
    const [done] = (await once(worker, 'message')) as [RawTurn];
    return done.reviews / done.seconds;
  };
  return {
    name: rawName(setting),
    async turn(seconds) {
      const rates = await Promise.all(pool.map((worker) => turnOf(worker, seconds)));
      return { perSecond: rates.reduce((sum, rate) => sum + rate, 0), latency: null, generatorCores: null };
    },
    stop,
  };
}

function rawName({ workers, threads, batchSize, from }: RawSetting): string {
  const batches = batchSize === 1 ? 'one text at a time' : `batches of ${batchSize}`;
  const made = from === 'texts' ? 'tokenised in the loop' : 'tokenised and sorted beforehand';
  return `raw loop, ${batches} ${made}, ${counted(workers, 'session')} of ${counted(threads, 'thread')}`;
}

async function sortedBatches(folder: string, texts: readonly string[], size: number): Promise<TokenBatch[]> {
  const { maxTokens } = await readCard(folder);
  const tokenizer = await readTokenizer(join(folder, modelFiles.tokenizer));
  const rows = texts.map((text) => tokenizer.encode(text, maxTokens)).sort((a, b) => a.length - b.length);
  return slices(rows, size).map((batch) => padBatch(batch));
}

function slices<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, slice) =>
    items.slice(slice * size, (slice + 1) * size),
  );
}
