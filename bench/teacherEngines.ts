/** The engines that `bench -- teacher` compares: ONNX Runtime as the product runs it, and PyTorch in a process of its own. */
import { join } from 'node:path';
import { z } from 'zod';
import { loadModel } from '../src/evaluation/loadedModel.ts';
import { modelFiles, type ModelCard } from '../src/models/card.ts';
import type { TokenBatch } from '../src/nn/engine.ts';
import { PythonScript } from './python.ts';

export const batchSize = 32;

/** Batches of timed reviews: `served` as the product forms them, by length; `full` of reviews that fill all tokens. */
export interface TimedSet {
  readonly batches: readonly TokenBatch[];
  /** Of the rows, batch after batch. */
  readonly labels: readonly (0 | 1)[];
}
export type SetName = 'served' | 'full';
export type Sets = Readonly<Record<SetName, TimedSet>>;

export interface Contender {
  readonly engine: string;
  readonly precision: ModelCard['precision'];
  /** Of the rows of a timed set, batch after batch. */
  logits(set: SetName): Promise<Float32Array>;
  seconds(set: SetName): Promise<number>;
  release(): Promise<unknown>;
}

export async function onnxContender(
  folder: string,
  precision: ModelCard['precision'],
  threads: number,
  sets: Sets,
): Promise<Contender> {
  const { predictor } = await loadModel(folder, threads);
  const logits = async (set: SetName) => {
    const answers: number[] = [];
    for (const batch of sets[set].batches) answers.push(...(await predictor.predict(batch)));
    return Float32Array.from(answers);
  };
  return {
    engine: 'onnx',
    precision,
    logits,
    async seconds(set) {
      const start = performance.now();
      await logits(set);
      return (performance.now() - start) / 1000;
    },
    release: () => predictor.dispose(),
  };
}

const readyLine = z.object({
  torch: z.string(),
  transformers: z.string(),
  python: z.string(),
  tokensAtOnce: z.number().nullable(),
  logits: z.record(z.string(), z.array(z.number())),
});
const timeLine = z.object({ seconds: z.number() });

export async function startPyTorch(
  python: string,
  { spec, folder, threads, sets }: { spec: ModelCard['spec']; folder: string; threads: number; sets: Sets },
): Promise<{ contender: Contender; version: string }> {
  const script = new PythonScript(python, 'bert_speed.py', []);
  const plain = Object.entries(sets).map(([name, { batches }]) => [
    name,
    batches.map(({ ids, batch, length }) => ({ ids: [...ids], batch, length })),
  ]);
  const request = {
    spec,
    weights: join(folder, modelFiles.weights),
    threads,
    sets: Object.fromEntries(plain),
  };
  const ready = readyLine.parse(await script.ask(request));
  const parts = ready.tokensAtOnce === null ? 'whole batches' : `${ready.tokensAtOnce} tokens at once`;
  return {
    version: `PyTorch ${ready.torch}, transformers ${ready.transformers}, Python ${ready.python}, sdpa, ${parts}`,
    contender: {
      engine: 'pytorch',
      precision: 'float32',
      logits: async (set) => Float32Array.from(ready.logits[set] ?? []),
      seconds: async (set) => timeLine.parse(await script.ask({ set })).seconds,
      release: () => script.finish(),
    },
  };
}
