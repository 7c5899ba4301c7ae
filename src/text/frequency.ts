/** The order of a vocabulary: what is counted most comes first. */

/** Most frequent first; ties in the order of their UTF-16 units, the same on every machine. */
export function byFrequency(counts: ReadonlyMap<string, number>): string[] {
  const entries = [...counts].sort(([a, countA], [b, countB]) =>
    countA === countB ? (a < b ? -1 : 1) : countB - countA,
  );
  return entries.map(([token]) => token);
}
