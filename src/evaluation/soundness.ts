/** Whether a model that was made elsewhere can be served: tried out on a few sequences before it is published. */
import { join } from 'node:path';
import { DistilleryError, errorDetails } from '../errors.ts';
import { modelFiles } from '../models/card.ts';
import type { Predictor } from '../nn/engine.ts';
import { loadPredictor } from '../nn/runtime/onnxruntime.ts';
import { padBatch } from '../text/batch.ts';
import { readTokenizer } from '../text/tokenizer.ts';

/**
 * How far padding may move a logit: absolute, or as a share of the largest one where that is above 1. Graphs with 8-bit
 * weights scale their activations by the whole batch, so a little is theirs; a graph that reads padding as words is
 * far beyond.
 */
const largestShift = 0.1;

/**
 * Runs one short text, the vocabulary's last token, and the short text padded beside one of `maxTokens` tokens.
 * @param folder with `model.onnx` and `tokenizer.json`
 * @param honoursPadding the graph is known to be one of ours, which do
 * @throws DistilleryError INVALID_CHECKPOINT where the graph can't run, gives anything but two finite logits, has no
 *   embedding for a token or is changed by padding; BAD_USER_INPUT where it takes fewer than `maxTokens` tokens
 */
export async function checkServable(
  folder: string,
  maxTokens: number,
  { honoursPadding }: { honoursPadding: boolean },
): Promise<void> {
  const tokenizer = await readTokenizer(join(folder, modelFiles.tokenizer));
  const predictor = await loadPredictor(join(folder, modelFiles.graph), { threads: 1 });
  try {
    const short = tokenizer.encode('good', maxTokens);
    const alone = await logitsOf(predictor, [short], (reason) =>
      invalid(`${modelFiles.graph} can't run on a batch of one text of ${short.length} tokens: ${reason}`),
    );
    const { vocabularySize } = tokenizer;
    await logitsOf(predictor, [[...short.slice(0, -1), vocabularySize - 1]], (reason) =>
      invalid(`${modelFiles.graph} can't take token ${vocabularySize - 1}, the vocabulary's last: ${reason}`),
    );
    const long = tokenizer.encode('good '.repeat(maxTokens), maxTokens);
    const together = await logitsOf(
      predictor,
      [short, long],
      (reason) =>
        new DistilleryError(
          'BAD_USER_INPUT',
          `${modelFiles.graph} can't run on a batch of two texts of up to ${long.length} tokens: ${reason}. Batch and length must be free dimensions of its inputs; where it has fewer positions, ask for fewer maxTokens.`,
          { maxTokens },
        ),
    );
    if (!honoursPadding) checkPadding(alone, together);
  } finally {
    await predictor.dispose();
  }
}

/** float32 [sequences, 2], all finite. */
async function logitsOf(
  predictor: Predictor,
  sequences: readonly (readonly number[])[],
  failure: (reason: string) => DistilleryError,
): Promise<Float32Array> {
  const logits = await predictor.predict(padBatch(sequences)).catch((cause: unknown) => {
    if (cause instanceof DistilleryError) throw cause;
    throw failure(errorDetails(cause).message);
  });
  if (logits.every(Number.isFinite)) return logits;
  throw invalid(`${modelFiles.graph} gives logits that are not finite: ${[...logits].join(', ')}.`);
}

/** @param together the logits of the same text, padded, and of a longer one */
function checkPadding(alone: Float32Array, together: Float32Array): void {
  const scale = Math.max(1, ...together.map(Math.abs));
  const padded = together.subarray(0, 2);
  const shift = Math.max(...alone.map((logit, i) => Math.abs(logit - (padded[i] ?? NaN))));
  if (shift <= largestShift * scale) return;
  throw invalid(
    `Padding changes the answer of ${modelFiles.graph}: logits [${alone.join(', ')}] alone, [${padded.join(', ')}] beside a longer text. Its graph must honour the attention mask.`,
  );
}

function invalid(message: string): DistilleryError {
  return new DistilleryError('INVALID_CHECKPOINT', message);
}
