/** How many latencies a percentile needs. */

export const reportedPercentiles = [50, 90, 95, 99] as const;
export type ReportedPercentile = (typeof reportedPercentiles)[number];

/**
 * How far a percentile may be off, as a share of the tail beyond it: what is told as the 99th percentile is one
 * between the 98.75th and the 99.25th.
 */
export const defaultTailMargin = 1 / 4;

/** The two-sided quantile of the normal distribution for 99 % confidence. */
const confidenceQuantile = 2.576;

/**
 * Samples that a percentile needs to be off by no more than the margin with 99 % confidence: `n = z² p (1 − p) / m²`,
 * the normal approximation of the binomial, with `m = (1 − p) · tailMargin` (MLPerf Inference, Reddi et al. 2020,
 * arXiv 1911.02549; its margin is 1/20, and it rounds up to a multiple of 8192).
 * @param percentile above 0 and below 100
 */
export function samplesNeeded(percentile: number, tailMargin: number): number {
  const p = percentile / 100;
  return Math.ceil((confidenceQuantile ** 2 * p) / ((1 - p) * tailMargin ** 2));
}
