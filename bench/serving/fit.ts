/** A straight line through samples: whether memory grows. */

export interface Line {
  /** Of y for each unit of x. */
  readonly slope: number;
  /** Of the slope, for residuals that are independent; memory's are not quite, so it is rather too small. */
  readonly standardError: number;
}

/** Least squares. @returns NaN for fewer than three points, or where all x are the same */
export function straightLine(points: readonly (readonly [x: number, y: number])[]): Line {
  const count = points.length;
  if (count < 3) return { slope: NaN, standardError: NaN };
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / count;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const sum = (term: (x: number, y: number) => number) =>
    points.reduce((total, [x, y]) => total + term(x - meanX, y - meanY), 0);
  const spread = sum((x) => x * x);
  const slope = sum((x, y) => x * y) / spread;
  const residual = sum((x, y) => (y - slope * x) ** 2);
  return { slope, standardError: Math.sqrt(residual / (count - 2) / spread) };
}
