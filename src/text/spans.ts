/** A text as UTF-16 units with the places of its tokens in them, so that tokens are found without making strings of them. */
import { keepHeadAndTail } from './batch.ts';
import { grown } from './grown.ts';

/** What a {@link FoldTable} has for a character that leaves nothing, and for one that it does not cover. */
const dropped = 0xfffe;
const uncovered = 0xffff;

/** Nearly all of English text, and no character that changes with its neighbours: Latin-1, Latin Extended-A and General Punctuation. */
const coveredRanges = [
  [0x0000, 0x017f],
  [0x2000, 0x206f],
] as const;
const tableSize = 0x2070;

/**
 * What a tokenizer makes of each covered character by itself, from the functions that define the tokenizer.
 * A character stays uncovered where they turn it into several, such as İ.
 */
export class FoldTable {
  /** The unit that stands for a character: its lower case, say. */
  readonly folded = new Uint16Array(tableSize).fill(uncovered);
  /** The kind of a folded unit. */
  readonly kinds = new Uint8Array(tableSize);

  constructor(fold: (character: string) => string, kindOf: (folded: string) => number) {
    for (const [first, last] of coveredRanges) {
      for (let code = first; code <= last; code += 1) {
        const result = fold(String.fromCharCode(code));
        if (result.length > 1) continue;
        this.folded[code] = result === '' ? dropped : result.charCodeAt(0);
        if (result !== '') this.kinds[result.charCodeAt(0)] = kindOf(result);
      }
    }
  }
}

/** Token i is `units` from `starts[i]` up to `ends[i]`. All is overwritten by the next text. */
export class Spans {
  /** At least one more than `length`; after the text stands a space, so that a scanner may look one unit ahead. */
  units = new Uint16Array(4096);
  #bytes = Buffer.from(this.units.buffer);
  length = 0;
  starts = new Int32Array(1024);
  ends = new Int32Array(1024);
  count = 0;

  /** @returns false where the text has a character that the table does not cover; the units are of no use then */
  fold(text: string, { folded }: FoldTable): boolean {
    this.#write(text);
    const { units } = this;
    let length = 0;
    for (let i = 0; i < text.length; i += 1) {
      const code = units[i] as number;
      const unit = code < tableSize ? (folded[code] as number) : uncovered;
      if (unit === uncovered) return false;
      units[length] = unit;
      if (unit !== dropped) length += 1;
    }
    units[length] = 0x20;
    this.length = length;
    return true;
  }

  /** Takes tokens that are there as strings, such as those of a text that no table covers. */
  fill(tokens: readonly string[]): void {
    const text = tokens.join('');
    this.#write(text);
    this.length = text.length;
    let start = 0;
    for (const token of tokens) {
      this.add(start, start + token.length);
      start += token.length;
    }
  }

  add(start: number, end: number): void {
    if (this.count === this.starts.length) {
      this.starts = grown(this.starts, 2 * this.count);
      this.ends = grown(this.ends, 2 * this.count);
    }
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.count += 1;
  }

  /** Leaves out tokens in the middle, see {@link keepHeadAndTail}. */
  keepHeadAndTail(budget: number): void {
    keepHeadAndTail(this.starts, this.count, budget);
    this.count = keepHeadAndTail(this.ends, this.count, budget);
  }

  /** A buffer writes a string several times faster than a loop over its characters reads it; units are little-endian, as is the machine. */
  #write(text: string): void {
    if (this.units.length <= text.length) {
      this.units = new Uint16Array(2 * text.length);
      this.#bytes = Buffer.from(this.units.buffer);
    }
    this.#bytes.write(text, 'utf16le');
    this.count = 0;
  }
}
