/** A bag of words and word pairs: the distinct n-grams of a text, without their order. For linear models. */
import { checkMaxTokens } from './batch.ts';
import type { NgramFile, Tokenizer } from './tokenizer.ts';
import { PairTable } from './pairTable.ts';
import { checkVocabulary, unknownId, vocabularyOf } from './vocabulary.ts';
import { scanWords } from './wordScanner.ts';
import { WordTable } from './wordTable.ts';
import { wordsOf } from './words.ts';

/** Every word of a text and every pair of neighbours, each once, in the order in which they first stand there. */
export function ngramsOf(text: string): Set<string> {
  const ngrams = new Set<string>();
  let before: string | null = null;
  for (const word of wordsOf(text)) {
    ngrams.add(word);
    if (before !== null) ngrams.add(`${before} ${word}`);
    before = word;
  }
  return ngrams;
}

export class NgramTokenizer implements Tokenizer {
  readonly kind = 'ngram';
  readonly vocabularySize: number;
  readonly #file: NgramFile;
  /** All words that stand in n-grams, and of each the id of the n-gram that it is by itself, 0 where it is none. */
  readonly #words = new WordTable();
  readonly #wordIds: Int32Array;
  /** From the numbers of two words to the id of the pair. */
  readonly #pairs: PairTable;
  /** 1 for the ids that the text at hand has given; all 0 between texts. */
  readonly #given: Uint8Array;

  /** @throws DistilleryError INVALID_CHECKPOINT where ids 0 and 1 are not padding and unknown */
  constructor(file: NgramFile) {
    checkVocabulary(file.vocabulary);
    this.#file = file;
    this.vocabularySize = file.vocabulary.length;
    const spaces = file.vocabulary.map((ngram) => ngram.indexOf(' '));
    this.#pairs = new PairTable(spaces.filter((space) => space >= 0).length);
    const wordIds: number[] = [];
    for (const [id, ngram] of file.vocabulary.entries()) {
      const space = spaces[id] as number;
      if (space < 0) wordIds[this.#words.add(ngram, 0, ngram.length)] = id;
      else {
        const first = this.#words.add(ngram, 0, space);
        this.#pairs.set(first, this.#words.add(ngram, space + 1, ngram.length), id);
      }
    }
    this.#wordIds = Int32Array.from({ length: this.#words.size }, (_, word) => wordIds[word] ?? 0);
    this.#given = new Uint8Array(this.vocabularySize);
  }

  /** N-grams outside the vocabulary are left out; a text without a known one gives one unknown. */
  encode(text: string, maxTokens: number): number[] {
    checkMaxTokens(maxTokens, 1);
    const { units, starts, ends, count } = scanWords(text);
    const ids: number[] = [];
    let before = -1;
    for (let i = 0; i < count && ids.length < maxTokens; i += 1) {
      const word = this.#words.find(units, starts[i] as number, ends[i] as number);
      if (word >= 0) this.#addOnce(this.#wordIds[word] as number, ids);
      if (word >= 0 && before >= 0) this.#addOnce(this.#pairs.find(before, word), ids);
      before = word;
    }
    for (const id of ids) this.#given[id] = 0;
    if (ids.length > maxTokens) ids.pop(); // a word was the last to fit, and its pair came with it
    return ids.length === 0 ? [unknownId] : ids;
  }

  #addOnce(id: number, ids: number[]): void {
    if (id === 0 || this.#given[id] === 1) return;
    this.#given[id] = 1;
    ids.push(id);
  }

  toJSON(): NgramFile {
    return this.#file;
  }
}

/**
 * @param texts training texts only
 * @param smallestCount an n-gram that stands in fewer texts is left out
 */
export function buildNgramTokenizer(texts: Iterable<string>, smallestCount: number): NgramTokenizer {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const ngram of ngramsOf(text)) counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  for (const [ngram, count] of counts) if (count < smallestCount) counts.delete(ngram);
  return new NgramTokenizer({ kind: 'ngram', vocabulary: vocabularyOf(counts) });
}
