/** The students' tokenizer: whole lower-cased words, numbers and punctuation. */
import { DistilleryError } from '../errors.ts';
import { checkMaxTokens, headAndTail } from './batch.ts';
import type { Tokenizer, WordFile } from './tokenizer.ts';
import { idsOf, unknownId, vocabularyOf } from './vocabulary.ts';

const htmlTag = /<\/?[a-z]+ ?\/?>/g; // <br />, <i>, </b>
const asciiOnly = /^[\0-\x7F]*$/;
const apostrophe = /[‘’ʼ′]/g;
const latinAccent = /(\p{Script=Latin})\p{Mn}+/gu;
// Scores such as 7/10 and 8.5 say much in a review, so they stay whole; of a run of one mark, see below.
const number = String.raw`\d+(?:[.,]\d+)*\/\d+|\d+(?:[.,]\d+)+`;
const asciiToken = new RegExp(String.raw`${number}|[a-z0-9]+(?:'[a-z0-9]+)*|([^a-z0-9\s])\1*`, 'g');
const unicodeToken = new RegExp(
  String.raw`${number}|\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])+(?:'(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])+)*|([^\p{L}\p{N}\p{M}\s])\1*`,
  'gu',
);
const contraction = /^(.+?)(n't|'(?:s|re|ve|ll|d|m))$/;
/** Of "!!!!!!!" only so many are kept, in one token. */
const longestRun = 3;

/**
 * "I don't like it!!" → i, do, n't, like, it, !!: contractions are split as the Penn Treebank does, so that
 * every negation shares one token, HTML tags are dropped, and accents on Latin letters too.
 */
export function wordsOf(text: string): string[] {
  let prepared = text.toLowerCase().replace(htmlTag, ' ');
  let pattern = asciiToken;
  if (!asciiOnly.test(prepared)) {
    prepared = prepared.replace(apostrophe, "'").normalize('NFD').replace(latinAccent, '$1').normalize('NFC');
    pattern = unicodeToken;
  }
  const words: string[] = [];
  for (const match of prepared.matchAll(pattern)) {
    const token = match[0];
    if (match[1] !== undefined) words.push(token.slice(0, longestRun * match[1].length));
    else if (!token.includes("'")) words.push(token);
    else {
      const parts = contraction.exec(token);
      if (parts === null) words.push(token);
      else words.push(parts[1] as string, parts[2] as string);
    }
  }
  return words;
}

export class WordTokenizer implements Tokenizer {
  readonly kind = 'word';
  readonly vocabularySize: number;
  readonly #file: WordFile;
  readonly #ids: ReadonlyMap<string, number>;

  /** @throws DistilleryError INVALID_CHECKPOINT where ids 0 and 1 are not padding and unknown */
  constructor(file: WordFile) {
    this.#file = file;
    this.vocabularySize = file.vocabulary.length;
    this.#ids = idsOf(file.vocabulary);
  }

  /** A text without a single word gives one unknown, so that no sequence is all padding. */
  encode(text: string, maxTokens: number): number[] {
    checkMaxTokens(maxTokens, 1);
    const ids = wordsOf(text).map((word) => this.#ids.get(word) ?? unknownId);
    return ids.length === 0 ? [unknownId] : headAndTail(ids, maxTokens);
  }

  toJSON(): WordFile {
    return this.#file;
  }
}

/**
 * @param texts training texts only
 * @param size ids in all, padding and unknown included; fewer where the texts have fewer words
 */
export function buildWordTokenizer(texts: Iterable<string>, size: number): WordTokenizer {
  if (!Number.isInteger(size) || size < 3) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `A word vocabulary of ${size} is too small; expected at least 3.`,
      { size },
    );
  }
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return new WordTokenizer({ kind: 'word', vocabulary: vocabularyOf(counts, size) });
}
