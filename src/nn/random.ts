/** Seeded random numbers: the same seed gives the same numbers on every machine. */

/** A generator of numbers in [0, 1): xoshiro128** (Blackman and Vigna 2018), seeded through splitmix32. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  /** @param seeds all of them together name one stream, such as (run seed, step, mask) */
  constructor(...seeds: number[]) {
    let state = 0x9e3779b9;
    const next = () => {
      state = (state + 0x9e3779b9) | 0;
      let z = state ^ (state >>> 16);
      z = Math.imul(z, 0x21f0aaad);
      z ^= z >>> 15;
      z = Math.imul(z, 0x735a2d97);
      return z ^ (z >>> 15);
    };
    for (const seed of seeds) state = Math.imul(state ^ seed ^ next(), 0x85ebca6b);
    [this.a, this.b, this.c, this.d] = [next(), next(), next(), next()];
  }

  /** 32 random bits. */
  bits(): number {
    const product = Math.imul(this.b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result >>> 0;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number in [0, limit). */
  integer(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(choices.length)] as T;
  }

  /** Standard normal, by Box and Muller's transform. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Fisher and Yates: shuffles in place. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i -= 1) {
      const j = this.integer(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }
}

/** 1 with probability `keep`, else 0, in steps of 1/65536: two elements from each draw. */
export function dropoutMask(size: number, keep: number, ...seeds: number[]): Uint8Array {
  const random = new Random(...seeds);
  const threshold = Math.round(keep * 65536);
  const mask = new Uint8Array(size);
  for (let i = 0; i < size; i += 2) {
    const bits = random.bits();
    // The sign bit says "below": a branch would be mispredicted at every dropped element, and take twice as long
    mask[i] = ((bits & 0xffff) - threshold) >>> 31;
    if (i + 1 < size) mask[i + 1] = ((bits >>> 16) - threshold) >>> 31;
  }
  return mask;
}
