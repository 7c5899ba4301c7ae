/** A batch in parts whose activations fit a processor's caches: for an encoder, several small products are faster than a large one. */
import type { Predictor, TokenBatch } from './engine.ts';

/** Gives `predictor` so many tokens at a time, padding included, or one row where that is longer. */
export function inParts(predictor: Predictor, tokensAtOnce: number): Predictor {
  return {
    async predict(batch: TokenBatch) {
      const logits = new Float32Array(2 * batch.batch);
      let row = 0;
      for (const part of partsOf(batch, tokensAtOnce)) {
        logits.set(await predictor.predict(part), 2 * row);
        row += part.batch;
      }
      return logits;
    },
    dispose: () => predictor.dispose(),
  };
}

/** Rows in their order, each part only as long as its longest row. */
export function partsOf({ ids, batch, length }: TokenBatch, tokensAtOnce: number): TokenBatch[] {
  const rows = Array.from({ length: batch }, (_, row) => ids.subarray(row * length, (row + 1) * length));
  const parts: TokenBatch[] = [];
  let start = 0;
  let longest = 1;
  const end = (stop: number) => {
    const part = new Int32Array((stop - start) * longest);
    rows.slice(start, stop).forEach((row, i) => part.set(row.subarray(0, longest), i * longest));
    parts.push({ ids: part, batch: stop - start, length: longest });
  };
  for (const [at, row] of rows.entries()) {
    const tokens = Math.max(1, row.findLastIndex((id) => id !== 0) + 1);
    if (at > start && (at + 1 - start) * Math.max(longest, tokens) > tokensAtOnce) {
      end(at);
      [start, longest] = [at, 1];
    }
    longest = Math.max(longest, tokens);
  }
  if (batch > 0) end(batch);
  return parts;
}
