/** The learning rate over a phase: up linearly to its peak, then down linearly to zero. */

/**
 * @param step 0-based
 * @param total steps of the phase
 * @param warmup share of the steps spent warming up
 */
export function learningRateAt(step: number, total: number, peak: number, warmup: number): number {
  const warmupSteps = Math.floor(total * warmup);
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  return (peak * (total - step)) / Math.max(1, total - warmupSteps);
}
