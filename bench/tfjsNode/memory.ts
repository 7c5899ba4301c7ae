/** Whether training leaves something behind: tensors that TensorFlow.js counts, and memory outside of JavaScript. */
import { buildModel, initialWeights } from '../../src/models/networks/index.ts';
import type { ModelSpec } from '../../src/models/spec.ts';
import type { Engine, TrainingBatch } from '../../src/nn/engine.ts';
import type { OpenTfjs } from '../../src/nn/runtime/tfjs.ts';

/** After so many steps a process has the buffers that it goes on with. */
const warmUp = 20;

export interface MemoryGrowth {
  readonly steps: number;
  /** Tensors that are there after the last step and were not after the first. */
  readonly tensors: number;
  /** Of resident memory without JavaScript's heap, which grows and shrinks with its collections. */
  readonly nativeMb: number;
}

export async function growthOverSteps(
  engine: Engine,
  { tf }: OpenTfjs,
  spec: ModelSpec,
  batch: TrainingBatch,
  steps: number,
): Promise<MemoryGrowth> {
  const trainer = await engine.trainer(buildModel(spec), initialWeights(spec, 1), {
    clipNorm: 1,
    weightDecay: 0,
    seed: 1,
  });
  const take = async (count: number) => {
    for (let step = 0; step < count; step += 1)
      await trainer.step(batch, { learningRate: 1e-3, temperature: 2, hardLabelWeight: 0 });
    const { rss, heapTotal } = process.memoryUsage();
    return { tensors: tf.memory().numTensors, native: rss - heapTotal };
  };
  const before = await take(warmUp);
  const after = await take(steps);
  await trainer.dispose();
  return {
    steps,
    tensors: after.tensors - before.tensors,
    nativeMb: (after.native - before.native) / 1e6,
  };
}
