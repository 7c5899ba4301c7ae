/** Finds the words that BERT's basic tokenizer makes of a text, several times faster: a scanner over characters of known kinds, for most texts. */
import { classOf, forEachWord, normalise, PUNCTUATION, WORD } from './basicTokenizer.ts';
import type { BasicOptions } from './basicTokenizer.ts';
import { FoldTable, Spans } from './spans.ts';

/** One for all texts, since encoding is synchronous. */
const spans = new Spans();

export class BasicScanner {
  readonly #options: BasicOptions;
  readonly #table: FoldTable;

  constructor(options: BasicOptions) {
    this.#options = options;
    this.#table = new FoldTable(
      (character) => normalise(character, options),
      (folded) => classOf(folded.charCodeAt(0)),
    );
  }

  /** @returns the words of `forEachWord(normalise(text))`, until the next call of any scanner */
  scan(text: string): Spans {
    if (spans.fold(text, this.#table)) this.#addWords();
    else {
      const words: string[] = [];
      forEachWord(normalise(text, this.#options), (word) => words.push(word));
      spans.fill(words);
    }
    return spans;
  }

  #addWords(): void {
    const { units, length } = spans;
    const { kinds } = this.#table;
    let at = 0;
    while (at < length) {
      const start = at;
      while (kinds[units[at] as number] === WORD) at += 1;
      if (at > start) spans.add(start, at);
      if (kinds[units[at] as number] === PUNCTUATION) spans.add(at, at + 1);
      at += 1;
    }
  }
}
