/** From token sequences to what an engine takes: truncation and padding. */
import { DistilleryError } from '../errors.ts';
import type { TokenBatch } from '../nn/engine.ts';

/**
 * Keeps the first and the last half of a budget, since a review's verdict stands at its start or its end
 * (Sun et al. 2019, arXiv 1905.05583, found head and tail together best on IMDB). What is kept is moved
 * together, in place; of an odd budget the head gets the one more.
 *
 * @returns how many of the `count` values are kept: `budget` at most
 */
export function keepHeadAndTail(values: number[] | Int32Array, count: number, budget: number): number {
  if (count <= budget) return count;
  const tail = Math.floor(budget / 2);
  values.copyWithin(budget - tail, count - tail, count);
  return budget;
}

/** @throws DistilleryError BAD_USER_INPUT where `maxTokens` leaves no room for a token of the text */
export function checkMaxTokens(maxTokens: number, smallest: number): void {
  if (Number.isInteger(maxTokens) && maxTokens >= smallest) return;
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `The largest number of tokens is ${maxTokens}; expected a whole number of at least ${smallest}.`,
    { maxTokens, smallest },
  );
}

/**
 * Right-pads with zeros to the longest sequence, rounded up to a multiple of `multipleOf`.
 *
 * @returns int32 [sequences, length], row-major; the length is at least `multipleOf`
 */
export function padBatch(sequences: readonly (readonly number[])[], multipleOf = 1): TokenBatch {
  let longest = 1;
  for (const sequence of sequences) longest = Math.max(longest, sequence.length);
  const length = Math.ceil(longest / multipleOf) * multipleOf;
  const ids = new Int32Array(sequences.length * length);
  sequences.forEach((sequence, row) => ids.set(sequence, row * length));
  return { ids, batch: sequences.length, length };
}
