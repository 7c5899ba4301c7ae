/** Which models are worth their time. */

export interface Place {
  latencyMs: number;
  accuracy: number;
}

/** Those that no other one beats in both accuracy and latency, the fastest first. */
export function paretoFront<P extends Place>(places: readonly P[]): P[] {
  const byLatency = [...places].sort((a, b) => a.latencyMs - b.latencyMs || b.accuracy - a.accuracy);
  let best = -Infinity;
  return byLatency.filter(({ accuracy }) => {
    const isBetter = accuracy > best;
    best = Math.max(best, accuracy);
    return isBetter;
  });
}
