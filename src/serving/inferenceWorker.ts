/** Runs in a worker thread: tokenises texts and runs sessions, the last used ones of which stay open. */
import { DistilleryError } from '../errors.ts';
import { loadModel } from '../evaluation/loadedModel.ts';
import type { LoadedModel } from '../evaluation/loadedModel.ts';
import { predictAll } from '../evaluation/predict.ts';
import type { InferenceAnswer, InferenceTask } from './messages.ts';

/** Beyond this the model unused for longest is closed; opening it again takes about as long as reading its file. */
const mostOpenModels = 16;

/** By folder, the last used one at the end. */
const openModels = new Map<string, LoadedModel>();

/** Tasks come one at a time, so no model is closed while it is in use. */
export default async function answer(task: InferenceTask): Promise<InferenceAnswer> {
  try {
    switch (task.type) {
      case 'classify': {
        const { predictor, tokenizer } = await openModel(task.folder, task.threads);
        const options = { maxTokens: task.maxTokens, batchSize: task.texts.length };
        return { type: 'logits', logits: await predictAll(predictor, tokenizer, task.texts, options) };
      }
      case 'close':
        for (const folder of [...openModels.keys()]) await closeModel(folder);
        return { type: 'closed' };
    }
  } catch (error) {
    if (error instanceof DistilleryError) {
      return { type: 'failed', code: error.code, message: error.message, facts: error.facts };
    }
    const message = error instanceof Error ? error.message : String(error);
    return { type: 'failed', code: 'INTERNAL', message, facts: {} };
  }
}

async function openModel(folder: string, threads: number): Promise<LoadedModel> {
  const model = openModels.get(folder) ?? (await loadModel(folder, threads));
  openModels.delete(folder);
  openModels.set(folder, model);
  const [unusedForLongest] = openModels.keys();
  if (openModels.size > mostOpenModels && unusedForLongest !== undefined) await closeModel(unusedForLongest);
  return model;
}

async function closeModel(folder: string): Promise<void> {
  const model = openModels.get(folder);
  openModels.delete(folder);
  await model?.predictor.dispose();
}
