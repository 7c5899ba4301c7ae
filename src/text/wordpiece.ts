/** WordPiece, as BERT has it: greedy longest match of vocabulary pieces within each word. */
import { DistilleryError } from '../errors.ts';
import type { BasicOptions } from './basicTokenizer.ts';
import { forEachWord, normalise } from './basicTokenizer.ts';
import { BasicScanner } from './basicScanner.ts';
import { checkMaxTokens, keepHeadAndTail } from './batch.ts';
import { byFrequency } from './frequency.ts';
import type { Tokenizer, WordPieceFile } from './tokenizer.ts';
import { hashOfNothing, hashWith, WordTable } from './wordTable.ts';

/** Longer words, counted in code points, are unknown as a whole. */
const longestWord = 100;

const specialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

export class WordPieceTokenizer implements Tokenizer {
  readonly kind = 'wordpiece';
  readonly vocabularySize: number;
  readonly #file: WordPieceFile;
  readonly #scanner: BasicScanner;
  /** Pieces that start a word, and pieces that go on in one (without their '##'), both by their ids. */
  readonly #starts: WordTable;
  readonly #continuations: WordTable;
  /** Of 1 unit, of 2 and so on up to the longest piece: the hashes of what a word goes on with. */
  readonly #hashes: Int32Array;
  readonly #unknown: number;
  readonly #cls: number;
  readonly #sep: number;

  /** @throws DistilleryError INVALID_CHECKPOINT where [PAD] is not id 0 or another special token is missing */
  constructor(file: WordPieceFile) {
    const { vocabulary } = file;
    if (vocabulary[0] !== '[PAD]') {
      throw new DistilleryError(
        'INVALID_CHECKPOINT',
        `The vocabulary's first token is "${vocabulary[0]}"; expected "[PAD]", since id 0 is padding.`,
      );
    }
    this.#file = file;
    this.vocabularySize = vocabulary.length;
    this.#unknown = this.#special('[UNK]');
    this.#cls = this.#special('[CLS]');
    this.#sep = this.#special('[SEP]');
    this.#scanner = new BasicScanner(file);
    this.#starts = new WordTable(vocabulary);
    this.#continuations = new WordTable(
      vocabulary.map((token) => (token.startsWith('##') ? token.slice(2) : '')),
    );
    const longest = vocabulary.reduce((most, { length }) => Math.max(most, length), 1);
    this.#hashes = new Int32Array(longest + 1);
  }

  encode(text: string, maxTokens: number): number[] {
    checkMaxTokens(maxTokens, 3);
    const budget = maxTokens - 2;
    const words = this.#scanner.scan(text);
    words.keepHeadAndTail(budget); // each gives a piece at least, so that no other word can be in the result
    const pieces: number[] = [];
    for (let i = 0; i < words.count; i += 1) {
      this.#addPieces(words.units, words.starts[i] as number, words.ends[i] as number, pieces);
    }
    pieces.length = keepHeadAndTail(pieces, pieces.length, budget);
    return [this.#cls, ...pieces, this.#sep];
  }

  toJSON(): WordPieceFile {
    return this.#file;
  }

  /**
   * Appends the pieces of the word in `units` from `start` up to `end`, or the one unknown. Cuts between
   * UTF-16 units are safe: no vocabulary holds half a surrogate pair.
   */
  #addPieces(units: Uint16Array, start: number, end: number, ids: number[]): void {
    const before = ids.length;
    let id = isTooLong(units, start, end) ? -1 : 0;
    let from = start;
    while (from < end && id >= 0) {
      const table = from === start ? this.#starts : this.#continuations;
      let to = this.#hashPrefixes(units, from, end);
      id = table.findHashed(units, from, to, this.#hashes[to - from] as number);
      while (id < 0 && to > from + 1) {
        to -= 1;
        id = table.findHashed(units, from, to, this.#hashes[to - from] as number);
      }
      ids.push(id);
      from = to;
    }
    if (id >= 0) return;
    ids.length = before;
    ids.push(this.#unknown);
  }

  /** Writes the hash of the first n units from `from` to `#hashes[n]`. @returns where the longest piece would end */
  #hashPrefixes(units: Uint16Array, from: number, end: number): number {
    const to = Math.min(end, from + this.#hashes.length - 1);
    let hash = hashOfNothing;
    for (let at = from; at < to; at += 1) {
      hash = hashWith(hash, units[at] as number);
      this.#hashes[at - from + 1] = hash;
    }
    return to;
  }

  #special(token: string): number {
    const id = this.#file.vocabulary.lastIndexOf(token);
    if (id >= 0) return id;
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `The vocabulary has no "${token}"; expected [PAD] as id 0, [UNK], [CLS] and [SEP].`,
      { token },
    );
  }
}

function isTooLong(units: Uint16Array, start: number, end: number): boolean {
  let codePoints = end - start;
  if (codePoints <= longestWord) return false;
  for (let at = start; at < end; at += 1) if (((units[at] as number) & 0xfc00) === 0xdc00) codePoints -= 1; // second halves of pairs
  return codePoints > longestWord;
}

/**
 * A vocabulary for encoders trained from random weights: every character of the texts and of ASCII, as a
 * start and as a continuation, then the most frequent words. A word is unknown only where a character is.
 *
 * @param size tokens in all, special tokens included; fewer where the texts have fewer words
 * @throws DistilleryError BAD_USER_INPUT where `size` is below 256, too small for the characters
 */
export function buildWordPieceTokenizer(texts: Iterable<string>, size: number): WordPieceTokenizer {
  if (!Number.isInteger(size) || size < 256) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `A WordPiece vocabulary of ${size} tokens cannot hold all characters; expected at least 256.`,
      { size },
    );
  }
  const options: BasicOptions = { lowercase: true, stripAccents: true, separateCjk: true };
  const words = new Map<string, number>();
  for (const text of texts) {
    forEachWord(normalise(text, options), (word) => words.set(word, (words.get(word) ?? 0) + 1));
  }
  const characters = new Map<string, number>();
  for (let code = 33; code < 127; code += 1) {
    // ASCII comes first whatever its count, so that a text with a letter never seen is still readable.
    const character = String.fromCharCode(code);
    if (character === character.toLowerCase()) characters.set(character, Infinity);
  }
  for (const [word, count] of words) {
    for (const character of word) characters.set(character, (characters.get(character) ?? 0) + count);
  }
  // Scripts with thousands of characters leave at least half of the places to words.
  const kept = byFrequency(characters).slice(0, Math.floor((size - specialTokens.length) / 4));
  const vocabulary = new Set<string>([
    ...specialTokens,
    ...kept,
    ...kept.map((character) => `##${character}`),
  ]);
  for (const word of byFrequency(words)) {
    if (vocabulary.size >= size) break;
    vocabulary.add(word);
  }
  return new WordPieceTokenizer({ kind: 'wordpiece', ...options, vocabulary: [...vocabulary] });
}
