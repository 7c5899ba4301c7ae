/** What each word of a text did to an answer: the text is classified again without it. */
import type { PlaygroundVariantsQuery } from '../../api/operations.ts';

type Probabilities = PlaygroundVariantsQuery['classifyMany'][number]['probabilities'];

/** More texts than this are not worth the wait: longer reviews lose several words at a time. */
const mostGroups = 120;

/** Keeps the log-odds of a model that is entirely sure finite. */
const smallest = 1e-7;

/** A stretch of the text that is left out as one: a word, or some in a row. */
export interface WordGroup {
  /** Place in the text, from 0; `end` is behind the last character of the last word. */
  readonly start: number;
  readonly end: number;
}

export interface WordEffect extends WordGroup {
  readonly words: string;
  /** Change of the log-odds of positive that these words make; above 0 they speak for positive. */
  readonly effect: number;
  /** Probability of positive without them. */
  readonly without: number;
}

export function wordGroups(text: string): WordGroup[] {
  const found = [...text.matchAll(/\S+/gu)];
  const size = Math.max(1, Math.ceil(found.length / mostGroups));
  const groups: WordGroup[] = [];
  for (let first = 0; first < found.length; first += size) {
    const last = found[Math.min(first + size, found.length) - 1]!;
    groups.push({ start: found[first]!.index, end: last.index + last[0].length });
  }
  return groups;
}

export const leftOut = (text: string, { start, end }: WordGroup): string =>
  `${text.slice(0, start)}${text.slice(end).trimStart()}`.trim();

const logOdds = ({ positive, negative }: Probabilities): number =>
  Math.log(Math.max(positive, smallest)) - Math.log(Math.max(negative, smallest));

/** @param answers to the whole text, then to the text without each group */
export function effectsOf(
  text: string,
  groups: readonly WordGroup[],
  [whole, ...variants]: readonly Probabilities[],
): WordEffect[] {
  if (whole === undefined || variants.length !== groups.length)
    throw new Error('One answer for each variant');
  return groups.map((group, index) => {
    const variant = variants[index]!;
    return {
      ...group,
      words: text.slice(group.start, group.end),
      effect: logOdds(whole) - logOdds(variant),
      without: variant.positive,
    };
  });
}

/** Cuts texts into requests that keep the server's limits. */
export function requestsOf(
  texts: readonly string[],
  { textsPerRequest, bodyBytes }: { textsPerRequest: number; bodyBytes: number },
): string[][] {
  // Escapes make a text longer on its way, and the operation itself takes room as well.
  const room = 0.8 * bodyBytes;
  const encoder = new TextEncoder();
  const requests: string[][] = [];
  let bytes = 0;
  for (const text of texts) {
    const own = encoder.encode(JSON.stringify(text)).length + 1;
    const current = requests.at(-1);
    if (current && current.length < textsPerRequest && bytes + own <= room) {
      current.push(text);
      bytes += own;
    } else {
      requests.push([text]);
      bytes = own;
    }
  }
  return requests;
}
