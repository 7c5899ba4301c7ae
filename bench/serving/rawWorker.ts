/** A worker thread of the raw loop: one session, and nothing but running batches, which it tokenises first where they are texts. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { batchesByLength, predictInto } from '../../src/evaluation/predict.ts';
import { modelFiles } from '../../src/models/card.ts';
import { readCard } from '../../src/models/modelFolder.ts';
import type { TokenBatch } from '../../src/nn/engine.ts';
import { loadPredictor } from '../../src/nn/runtime/onnxruntime.ts';
import { readTokenizer } from '../../src/text/tokenizer.ts';
import type { RawTask, RawTurn } from './rawLoop.ts';

const { folder, threads, batches } = workerData as RawTask;
const predictor = await loadPredictor(join(folder, modelFiles.graph), { threads });
const tokenizer = await readTokenizer(join(folder, modelFiles.tokenizer));
const { maxTokens } = await readCard(folder);
const port = parentPort!;

/** Whole passes over all batches until `seconds` are over, so that every turn has the same mixture of lengths. */
async function turn(seconds: number): Promise<RawTurn> {
  const start = performance.now();
  for (let reviews = 0; ;) {
    for (const batch of batches) reviews += await run(batch);
    const elapsed = (performance.now() - start) / 1000;
    if (elapsed >= seconds) return { reviews, seconds: elapsed };
  }
}

/** @returns how many reviews that were */
async function run(batch: TokenBatch | readonly string[]): Promise<number> {
  if ('ids' in batch) {
    await predictor.predict(batch);
    return batch.batch;
  }
  const sequences = batch.map((text, index) => ({ index, ids: tokenizer.encode(text, maxTokens) }));
  const logits = new Float32Array(2 * batch.length);
  for (const part of batchesByLength(sequences, batch.length)) await predictInto(logits, predictor, part);
  return batch.length;
}

port.on('message', (seconds: number) => void turn(seconds).then((done) => port.postMessage(done)));
port.postMessage('ready');
