/** Which text each query of a load asks about. */
import { Random } from '../nn/random.ts';

/**
 * All texts in a seeded order, then all again in another one, until there is one for each query. The same text comes
 * again after half of all texts at the earliest: were two of a kind under way together, serving would compute one.
 * @returns the text of each query, by its number
 */
export function queryTexts(texts: readonly string[], queries: number, seed: number): string[] {
  const random = new Random(seed);
  const half = Math.ceil(texts.length / 2);
  let round = random.shuffle([...texts]);
  let drawn: string[] = [];
  while (drawn.length < queries) {
    drawn = drawn.concat(round);
    round = [...random.shuffle(round.slice(0, half)), ...random.shuffle(round.slice(half))];
  }
  return drawn.slice(0, queries);
}
