/** A worker thread of the raw loop: one session, batches that were tokenised beforehand, nothing but running them. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadPredictor } from '../../src/nn/runtime/onnxruntime.ts';
import type { RawTask, RawTurn } from './rawLoop.ts';

const { graph, threads, batches } = workerData as RawTask;
const predictor = await loadPredictor(graph, { threads });
const port = parentPort!;

/** Whole passes over all batches until `seconds` are over, so that every turn has the same mixture of lengths. */
async function turn(seconds: number): Promise<RawTurn> {
  const start = performance.now();
  for (let reviews = 0; ;) {
    for (const batch of batches) {
      await predictor.predict(batch);
      reviews += batch.batch;
    }
    const elapsed = (performance.now() - start) / 1000;
    if (elapsed >= seconds) return { reviews, seconds: elapsed };
  }
}

port.on('message', (seconds: number) => void turn(seconds).then((done) => port.postMessage(done)));
port.postMessage('ready');
