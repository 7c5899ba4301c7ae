/** Searches the highest rate of arrivals at which latency stays within a bound. */

/** How close the search comes: rates that differ by less are taken for the same, and so much is taken off a rate that fails its verification. */
const precision = 0.05;
/** MLPerf's number: a rate that holds by luck seldom holds five times. */
export const verifications = 5;
/** How far below and above its start a search goes: with so little to do, a lower rate makes no answer faster. */
const widest = 32;

/**
 * Doubles the rate until it fails (or halves it until it passes), halves the distance between the two on a logarithmic
 * scale, and verifies the highest rate that passed, which is lowered until all its verifications pass.
 * @param start a guess, above 0
 * @param probe measures one rate; the same calls come in the same order where its answers are the same
 * @returns the rate and its verifications, or null where none passes down to 1/32 of the start
 */
export async function highestRate<Probe extends { readonly passed: boolean }>(
  start: number,
  probe: (ratePerSecond: number) => Promise<Probe>,
): Promise<{ ratePerSecond: number; verified: Probe[] } | null> {
  const [lowest, highest] = [start / widest, start * widest];
  let [passing, failing] = [0, Infinity];
  for (let rate = start; passing === 0 || failing === Infinity;) {
    if (rate < lowest) return null;
    if (rate > highest) break;
    if ((await probe(rate)).passed) passing = rate;
    else failing = rate;
    rate = passing === 0 ? failing / 2 : passing * 2;
  }
  while (failing < Infinity && failing / passing > 1 + precision) {
    const middle = Math.sqrt(passing * failing);
    if ((await probe(middle)).passed) passing = middle;
    else failing = middle;
  }
  for (let rate = passing; rate >= lowest; rate *= 1 - precision) {
    const verified: Probe[] = [];
    while (verified.length < verifications) {
      const run = await probe(rate);
      if (!run.passed) break;
      verified.push(run);
    }
    if (verified.length === verifications) return { ratePerSecond: rate, verified };
  }
  return null;
}
