/** Runs in a worker thread: tokenises texts and runs sessions, which stay open until they are to be closed. */
import { stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { toDistilleryError } from '../errors.ts';
import { loadModel } from '../evaluation/loadedModel.ts';
import type { LoadedModel } from '../evaluation/loadedModel.ts';
import { batchesByLength, predictInto } from '../evaluation/predict.ts';
import { modelFiles } from '../models/card.ts';
import type { Batch, BatchAnswer, FromWorker, ToWorker } from './messages.ts';

/**
 * What an open model takes beside nothing: weights as they are stored and as ONNX Runtime packs them, the vocabulary
 * in a table, and activations. Measured on the released models, 4 times its files and 4 MB are 0.7 to 1.5 times it.
 */
const bytesPerFileByte = 4;
const bytesPerModel = 4_000_000;

/** By folder. */
const openModels = new Map<string, LoadedModel>();
const port = parentPort;
if (!port) throw new Error('This file runs in a worker thread only.');

const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []) =>
  port.postMessage(message, [...transfer]);

/**
 * Only Linux gives a thread a priority of its own. Where all cores are busy, the serving thread goes first: what it has
 * taken in makes the next batch larger, and what it has not is not even in the queue.
 */
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

let last = Promise.resolve();
port.on('message', (message: ToWorker) => {
  last = last.then(() => handle(message));
});

async function handle(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'classify': {
      try {
        const answer = await classify(message);
        send({ type: 'answer', id: message.id, answer }, [answer.logits.buffer as ArrayBuffer]);
      } catch (error) {
        const { code, message: what, facts, cause } = toDistilleryError(error);
        const reason = code === 'INTERNAL' && cause instanceof Error ? `${what} ${cause.message}` : what;
        send({ type: 'failed', id: message.id, code, message: reason, facts });
      }
      break;
    }
    case 'close':
      await close(message.folder);
      break;
    case 'stop':
      // Sessions are released by the thread that made them, before it is ended.
      for (const folder of [...openModels.keys()]) await close(folder);
      send({ type: 'closed' });
  }
}

async function classify({ folder, maxTokens, threads, texts }: Batch): Promise<BatchAnswer> {
  let openedBytes: number | null = null;
  let model = openModels.get(folder);
  if (!model) {
    model = await loadModel(folder, threads);
    openModels.set(folder, model);
    openedBytes = await estimatedBytes(folder);
  }
  const { tokenizer, predictor } = model;
  const start = performance.now();
  const sequences = texts.map((text, index) => ({ index, ids: tokenizer.encode(text, maxTokens) }));
  const tokenized = performance.now();
  const logits = new Float32Array(2 * texts.length);
  for (const batch of batchesByLength(sequences, texts.length)) await predictInto(logits, predictor, batch);
  return {
    logits,
    tokens: Uint16Array.from(sequences, ({ ids }) => ids.length),
    tokenizeMs: tokenized - start,
    inferenceMs: performance.now() - tokenized,
    openedBytes,
  };
}

async function estimatedBytes(folder: string): Promise<number> {
  const sizes = await Promise.all(
    [modelFiles.graph, modelFiles.tokenizer].map(async (file) => (await stat(join(folder, file))).size),
  );
  return sizes.reduce((sum, size) => sum + bytesPerFileByte * size, bytesPerModel);
}

async function close(folder: string): Promise<void> {
  const model = openModels.get(folder);
  openModels.delete(folder);
  await model?.predictor.dispose();
}
