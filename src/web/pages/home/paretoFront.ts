/** Which of several models no other one beats in both speed and accuracy. */

export interface Measured {
  /** Milliseconds. */
  readonly latency: number;
  /** Between 0 and 1. */
  readonly accuracy: number;
}

/**
 * A point is on the front unless another is at least as fast and at least as accurate, and better in one of
 * both. Of equal points all are on it.
 * @returns the front, the fastest first, so that accuracy rises along it
 */
export function paretoFront<Point extends Measured>(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.latency - b.latency || b.accuracy - a.accuracy);
  const front: Point[] = [];
  for (const point of sorted) {
    const best = front.at(-1);
    const equal = best?.latency === point.latency && best.accuracy === point.accuracy;
    if (!best || point.accuracy > best.accuracy || equal) front.push(point);
  }
  return front;
}
