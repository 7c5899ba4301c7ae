/** The students' tokenizer: whole lower-cased words, numbers and punctuation. */
import { DistilleryError } from '../errors.ts';
import { checkMaxTokens } from './batch.ts';
import type { Tokenizer, WordFile } from './tokenizer.ts';
import { checkVocabulary, unknownId, vocabularyOf } from './vocabulary.ts';
import { scanWords } from './wordScanner.ts';
import { WordTable } from './wordTable.ts';
import { wordsOf } from './words.ts';

export class WordTokenizer implements Tokenizer {
  readonly kind = 'word';
  readonly vocabularySize: number;
  readonly #file: WordFile;
  readonly #table: WordTable;

  /** @throws DistilleryError INVALID_CHECKPOINT where ids 0 and 1 are not padding and unknown */
  constructor(file: WordFile) {
    this.#file = file;
    this.vocabularySize = file.vocabulary.length;
    checkVocabulary(file.vocabulary);
    this.#table = new WordTable(file.vocabulary);
  }

  /** A text without a single word gives one unknown, so that no sequence is all padding. */
  encode(text: string, maxTokens: number): number[] {
    checkMaxTokens(maxTokens, 1);
    const words = scanWords(text);
    if (words.count === 0) return [unknownId];
    words.keepHeadAndTail(maxTokens);
    const ids: number[] = [];
    for (let i = 0; i < words.count; i += 1) {
      const id = this.#table.find(words.units, words.starts[i] as number, words.ends[i] as number);
      ids.push(id < 0 ? unknownId : id);
    }
    return ids;
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
