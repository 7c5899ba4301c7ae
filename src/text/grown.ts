/** A larger copy of a typed array. */

/** @returns the same values and zeros after them, `length` in all */
export function grown<A extends Int32Array | Uint16Array>(array: A, length: number): A {
  const larger = new (array.constructor as new (length: number) => A)(length);
  larger.set(array);
  return larger;
}
