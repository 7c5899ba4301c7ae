/** A model folder, and one opened for predictions: its session and its tokenizer. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DistilleryError } from '../errors.ts';
import { modelFiles, type ModelCard } from '../models/card.ts';
import type { Predictor, TokenBatch } from '../nn/engine.ts';
import { inspectOnnx } from '../nn/onnx/inspect.ts';
import { inParts } from '../nn/parts.ts';
import { loadPredictor } from '../nn/runtime/onnxruntime.ts';
import { readTokenizer } from '../text/tokenizer.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

/** A model that a run uses. The card is the registry's, whose name and version hold; those in the folder may differ. */
export interface UsedModel {
  folder: string;
  card: ModelCard;
}

export interface LoadedModel {
  /** Throws DistilleryError INVALID_CHECKPOINT where the graph can't run on what the tokenizer gives. */
  readonly predictor: Predictor;
  readonly tokenizer: Tokenizer;
}

/**
 * @param threads threads of the session
 * @throws DistilleryError INVALID_CHECKPOINT for a missing or unreadable graph or tokenizer
 */
export async function loadModel(folder: string, threads: number): Promise<LoadedModel> {
  const tokenizer = await readTokenizer(join(folder, modelFiles.tokenizer));
  const graph = join(folder, modelFiles.graph);
  const predictor = explaining(await loadPredictor(graph, { threads }), folder);
  // A student's recurrence wants many rows at once, and its activations are small
  if (tokenizer.kind !== 'wordpiece') return { predictor, tokenizer };
  const { precision } = inspectOnnx(await readFile(graph));
  return {
    predictor: inParts(predictor, precision === 'int8' ? oneText : encoderTokensPerThread * threads),
    tokenizer,
  };
}

/** Measured on MiniLM (6 layers, 384 wide): a fifth faster than 32 reviews of 256 tokens at once. */
const encoderTokensPerThread = 512;
/**
 * An int8 encoder rounds activations by the range that they have in all rows of a run. Alone, a text gets the same
 * answer whoever its neighbours are; that costs nothing for reviews of 256 tokens, and a quarter of the speed for
 * sentences.
 */
const oneText = 1;

function explaining(predictor: Predictor, folder: string): Predictor {
  return {
    async predict(batch: TokenBatch) {
      try {
        return await predictor.predict(batch);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new DistilleryError(
          'INVALID_CHECKPOINT',
          `The model in ${folder} can't run: ${reason}. Expected ${modelFiles.graph} and ${modelFiles.tokenizer} of one ` +
            'training run; restore them, or train the model again.',
          { batch: batch.batch, length: batch.length },
          { cause },
        );
      }
    },
    dispose: () => predictor.dispose(),
  };
}

/**
 * The size of `model.onnx`. Also tells a missing file before any model is measured for an hour.
 * @throws DistilleryError INVALID_CHECKPOINT
 */
export async function graphBytes({ folder, card: { name, version } }: UsedModel): Promise<number> {
  try {
    return (await stat(join(folder, modelFiles.graph))).size;
  } catch (cause) {
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `The model ${name}@${version} has no readable ${modelFiles.graph} in ${folder}. Restore the file, or train the model again.`,
      { model: name, version, file: modelFiles.graph },
      { cause },
    );
  }
}
