/** WordPiece, as BERT has it: greedy longest match of vocabulary pieces within each word. */
import { DistilleryError } from '../errors.ts';
import type { BasicOptions } from './basicTokenizer.ts';
import { forEachWord, normalise } from './basicTokenizer.ts';
import { checkMaxTokens, headAndTail } from './batch.ts';
import { byFrequency } from './frequency.ts';
import type { Tokenizer, WordPieceFile } from './tokenizer.ts';

/** Longer words, counted in code points, are unknown as a whole. */
const longestWord = 100;
/** Words kept with their pieces; a language's frequent words fit many times over. */
const cacheSize = 100_000;
const longestCachedWord = 24;

const specialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

export class WordPieceTokenizer implements Tokenizer {
  readonly kind = 'wordpiece';
  readonly vocabularySize: number;
  readonly #file: WordPieceFile;
  /** Pieces that start a word, and pieces that go on in one (kept without their '##'). */
  readonly #starts = new Map<string, number>();
  readonly #continuations = new Map<string, number>();
  readonly #longestPiece: number;
  readonly #unknown: number;
  readonly #cls: number;
  readonly #sep: number;
  readonly #cache = new Map<string, readonly number[]>();

  /** @throws DistilleryError INVALID_CHECKPOINT where [PAD] is not id 0 or another special token is missing */
  constructor(file: WordPieceFile) {
    this.#file = file;
    this.vocabularySize = file.vocabulary.length;
    let longest = 1;
    file.vocabulary.forEach((token, id) => {
      longest = Math.max(longest, token.length);
      this.#starts.set(token, id);
      if (token.startsWith('##') && token.length > 2) this.#continuations.set(token.slice(2), id);
    });
    this.#longestPiece = longest;
    if (file.vocabulary[0] !== '[PAD]') {
      throw new DistilleryError(
        'INVALID_CHECKPOINT',
        `The vocabulary's first token is "${file.vocabulary[0]}"; expected "[PAD]", since id 0 is padding.`,
      );
    }
    this.#unknown = this.#special('[UNK]');
    this.#cls = this.#special('[CLS]');
    this.#sep = this.#special('[SEP]');
  }

  encode(text: string, maxTokens: number): number[] {
    checkMaxTokens(maxTokens, 3);
    const pieces: number[] = [];
    forEachWord(normalise(text, this.#file), (word) => {
      const ids = this.#idsOf(word);
      for (let i = 0; i < ids.length; i += 1) pieces.push(ids[i] as number);
    });
    return [this.#cls, ...headAndTail(pieces, maxTokens - 2), this.#sep];
  }

  toJSON(): WordPieceFile {
    return this.#file;
  }

  #idsOf(word: string): readonly number[] {
    const cached = this.#cache.get(word);
    if (cached !== undefined) return cached;
    const ids = this.#split(word);
    if (word.length <= longestCachedWord) {
      if (this.#cache.size >= cacheSize) this.#cache.clear();
      this.#cache.set(word, ids);
    }
    return ids;
  }

  /** Cuts between UTF-16 units are safe: no vocabulary holds half a surrogate pair. */
  #split(word: string): number[] {
    if (word.length > longestWord && [...word].length > longestWord) return [this.#unknown];
    const ids: number[] = [];
    let start = 0;
    while (start < word.length) {
      const pieces = start === 0 ? this.#starts : this.#continuations;
      let end = Math.min(word.length, start + this.#longestPiece);
      let id = pieces.get(word.slice(start, end));
      while (id === undefined && end > start + 1) {
        end -= 1;
        id = pieces.get(word.slice(start, end));
      }
      if (id === undefined) return [this.#unknown];
      ids.push(id);
      start = end;
    }
    return ids;
  }

  #special(token: string): number {
    const id = this.#starts.get(token);
    if (id !== undefined) return id;
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `The vocabulary has no "${token}"; expected [PAD] as id 0, [UNK], [CLS] and [SEP].`,
      { token },
    );
  }
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
