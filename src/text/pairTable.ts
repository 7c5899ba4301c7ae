/** Finds what stands for a pair of numbers: an open-addressing hash table in one typed array. */

export class PairTable {
  /** Of each slot, first, second and value, which is 0 where the slot is empty. A power of two of slots. */
  readonly #slots: Int32Array;
  readonly #mask: number;

  /** @param size the most pairs that will be set: with so many, three quarters of the slots are full at most */
  constructor(size: number) {
    const slots = 2 ** Math.ceil(Math.log2(size / 0.75 + 1));
    this.#slots = new Int32Array(3 * slots);
    this.#mask = slots - 1;
  }

  /** @param value positive */
  set(first: number, second: number, value: number): void {
    const slot = this.#slotOf(first, second);
    this.#slots[slot] = first;
    this.#slots[slot + 1] = second;
    this.#slots[slot + 2] = value;
  }

  /** @returns the pair's value, 0 where it is none of the table's */
  find(first: number, second: number): number {
    return this.#slots[this.#slotOf(first, second) + 2] as number;
  }

  /** Where the pair is, or else the empty slot in which it would be. */
  #slotOf(first: number, second: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    let hash = Math.imul(Math.imul(first, 0x9e3779b1) ^ second, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (;;) {
      const slot = 3 * (hash & mask);
      if (slots[slot + 2] === 0 || (slots[slot] === first && slots[slot + 1] === second)) return slot;
      hash += 1;
    }
  }
}
