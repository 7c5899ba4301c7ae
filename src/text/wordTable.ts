/** Finds words by their UTF-16 units: an open-addressing hash table in typed arrays, for which no string is made. */
import { grown } from './grown.ts';

/** The hash of no units: FNV-1a's (Fowler, Noll and Vo), over units instead of bytes. */
export const hashOfNothing = 0x811c9dc5 | 0;

/** The hash, 32 bits, of some units and one more after them. */
export function hashWith(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

function hashOf(units: Uint16Array, start: number, end: number): number {
  let hash = hashOfNothing;
  for (let i = start; i < end; i += 1) hash = hashWith(hash, units[i] as number);
  return hash;
}

/** A word's number is its place among the words. */
export class WordTable {
  /** Numbers of words, -1 where empty; a power of two, at most two thirds full. */
  #slots = new Int32Array(1024).fill(-1);
  /** All words, one after another: word i from `#starts[i]` up to `#starts[i + 1]`. */
  #units = new Uint16Array(4096);
  #starts = new Int32Array(1024);
  #size = 0;

  /** @param words their places are their numbers; of equal words, the last one's */
  constructor(words: readonly string[] = []) {
    for (const word of words) this.#keep(this.#write(word, 0, word.length), word.length);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds the word in `text` from `start` up to `end` unless it is there. @returns its number */
  add(text: string, start: number, end: number): number {
    const slot = this.#write(text, start, end);
    const known = this.#slots[slot] as number;
    return known < 0 ? this.#keep(slot, end - start) : known;
  }

  /** @returns the number of the word in `units` from `start` up to `end`, -1 where it is none of the table's */
  find(units: Uint16Array, start: number, end: number): number {
    return this.findHashed(units, start, end, hashOf(units, start, end));
  }

  /** As `find`, with the hash of these units. */
  findHashed(units: Uint16Array, start: number, end: number, hash: number): number {
    return this.#slots[this.#slotOf(units, start, end, hash)] as number;
  }

  /** Writes a word after those that are kept. @returns its slot */
  #write(text: string, start: number, end: number): number {
    const first = this.#starts[this.#size] as number;
    const last = first + end - start;
    if (last > this.#units.length) this.#units = grown(this.#units, 2 * last);
    for (let i = start; i < end; i += 1) this.#units[first + i - start] = text.charCodeAt(i);
    return this.#slotOf(this.#units, first, last, hashOf(this.#units, first, last));
  }

  /** Keeps the word that was written last. @returns its number */
  #keep(slot: number, length: number): number {
    const number = this.#size;
    this.#slots[slot] = number;
    this.#size += 1;
    if (this.#size === this.#starts.length) this.#starts = grown(this.#starts, 2 * this.#size);
    this.#starts[this.#size] = (this.#starts[number] as number) + length;
    if (1.5 * this.#size > this.#slots.length) this.#doubleSlots();
    return number;
  }

  #doubleSlots(): void {
    this.#slots = new Int32Array(2 * this.#slots.length).fill(-1);
    for (let word = 0; word < this.#size; word += 1) {
      const start = this.#starts[word] as number;
      const end = this.#starts[word + 1] as number;
      this.#slots[this.#slotOf(this.#units, start, end, hashOf(this.#units, start, end))] = word;
    }
  }

  /** Where the word is, or else the empty slot in which it would be. */
  #slotOf(units: Uint16Array, start: number, end: number, hash: number): number {
    const slots = this.#slots;
    const starts = this.#starts;
    const known = this.#units;
    const mask = slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const word = slots[slot] as number;
      if (word < 0) return slot;
      const first = starts[word] as number;
      if ((starts[word + 1] as number) - first === end - start) {
        let at = start;
        while (at < end && units[at] === known[first + at - start]) at += 1;
        if (at === end) return slot;
      }
      slot = (slot + 1) & mask;
    }
  }
}
