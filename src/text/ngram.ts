/** A bag of words and word pairs: the distinct n-grams of a text, without their order. For linear models. */
import { checkMaxTokens } from './batch.ts';
import type { NgramFile, Tokenizer } from './tokenizer.ts';
import { idsOf, unknownId, vocabularyOf } from './vocabulary.ts';
import { wordsOf } from './word.ts';

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
  readonly #ids: ReadonlyMap<string, number>;

  /** @throws DistilleryError INVALID_CHECKPOINT where ids 0 and 1 are not padding and unknown */
  constructor(file: NgramFile) {
    this.#file = file;
    this.vocabularySize = file.vocabulary.length;
    this.#ids = idsOf(file.vocabulary);
  }

  /** N-grams outside the vocabulary are left out; a text without a known one gives one unknown. */
  encode(text: string, maxTokens: number): number[] {
    checkMaxTokens(maxTokens, 1);
    const ids: number[] = [];
    for (const ngram of ngramsOf(text)) {
      const id = this.#ids.get(ngram);
      if (id !== undefined && ids.length < maxTokens) ids.push(id);
    }
    return ids.length === 0 ? [unknownId] : ids;
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
