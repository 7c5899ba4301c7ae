/** The vocabularies that are built from training texts: padding, unknown, then tokens by frequency. */
import { DistilleryError } from '../errors.ts';
import { byFrequency } from './frequency.ts';

const paddingToken = '<pad>';
const unknownToken = '<unk>';
export const unknownId = 1;

/** Padding and unknown, then the tokens that were counted, most frequent first, up to `size` in all. */
export function vocabularyOf(counts: ReadonlyMap<string, number>, size = Infinity): string[] {
  return [paddingToken, unknownToken, ...byFrequency(counts).slice(0, size - 2)];
}

/** @throws DistilleryError INVALID_CHECKPOINT where ids 0 and 1 are not padding and unknown */
export function checkVocabulary(vocabulary: readonly string[]): void {
  const [padding, unknown] = vocabulary;
  if (padding === paddingToken && unknown === unknownToken) return;
  throw new DistilleryError(
    'INVALID_CHECKPOINT',
    `The vocabulary starts with "${padding}", "${unknown}"; expected "${paddingToken}", "${unknownToken}".`,
  );
}
