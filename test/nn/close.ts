/** The one comparison of float32 results: by element, relative to the largest of them. */

export interface Tolerance {
  /** Allowed difference against the largest absolute value of the two arrays. */
  relative: number;
  /** Allowed difference in any case. */
  absolute: number;
}

/** Float32 arithmetic in another order. */
export const float32: Tolerance = { relative: 1e-5, absolute: 1e-6 };

/** @throws an error that names what differs most, and where */
export function expectClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = float32,
): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: ${actual.length} elements, expected ${expected.length}`);
  let largest = 0;
  let worst = { at: 0, by: 0 };
  for (let i = 0; i < expected.length; i += 1) {
    const [a, b] = [actual[i] ?? NaN, expected[i] ?? NaN];
    if (!Number.isFinite(a) || !Number.isFinite(b))
      throw new Error(`${what}: element ${i} is ${a}, expected ${b}`);
    largest = Math.max(largest, Math.abs(a), Math.abs(b));
    if (Math.abs(a - b) > worst.by) worst = { at: i, by: Math.abs(a - b) };
  }
  const allowed = Math.max(tolerance.absolute, tolerance.relative * largest);
  if (worst.by > allowed) {
    const [a, b] = [actual[worst.at], expected[worst.at]];
    throw new Error(
      `${what}: element ${worst.at} is ${a}, expected ${b} (differs by ${worst.by.toExponential(2)}, allowed ${allowed.toExponential(2)})`,
    );
  }
}
