/** IEEE 754 half precision, which JavaScript has no array of before Node 24. */

const largest = 65504;
const single = new Float32Array(1);
const bitsOfSingle = new Uint32Array(single.buffer);

/** The bits of the nearest float16; beyond its range, of the largest one. */
export function toFloat16(value: number): number {
  single[0] = Math.max(-largest, Math.min(largest, value));
  const bits = bitsOfSingle[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  // Below the smallest normal number, 2⁻¹⁴, the bits count steps of 2⁻²⁴
  if (magnitude < 0x38800000) return sign | Math.round(Math.abs(value) * 2 ** 24);
  // Half of what is cut off, or just below half where the kept bits are even: ties go to even
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** The number that the bits of a finite float16 stand for. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
