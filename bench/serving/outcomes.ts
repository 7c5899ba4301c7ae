/** Sends bodies and keeps what became of them: answered, rejected, or failed in any other way. */
import { LatencyRecorder } from '../../src/evaluation/latency.ts';
import { outcomeOf, type HttpTarget, type Outcome } from './http.ts';
import { latencyOf, type Latency } from './latency.ts';

/** One for all, since an overloaded server makes thousands of them a second. */
const notAnswered = new Error('The request was not answered.');

export class Outcomes {
  /** From sending to the answer. */
  readonly #latency: Readonly<Record<'answered' | 'rejected', LatencyRecorder>> = {
    answered: new LatencyRecorder(),
    rejected: new LatencyRecorder(),
  };
  /** What was said, and how often. */
  readonly #failures = new Map<string, number>();
  readonly #onAnswered: (sentAt: number, latencyMs: number) => void;

  constructor(onAnswered: (sentAt: number, latencyMs: number) => void = () => undefined) {
    this.#onAnswered = onAnswered;
  }

  /** Rejects where the request is not answered, as the load generators want it. */
  async send(target: HttpTarget, body: Buffer): Promise<void> {
    const sentAt = performance.now();
    const [outcome, told] = await target.post(body).then(
      (answer): [Outcome, string] => [outcomeOf(answer), `${answer.status} ${answer.text.slice(0, 300)}`],
      (error: unknown): [Outcome, string] => ['failed', String(error)],
    );
    const latencyMs = performance.now() - sentAt;
    if (outcome === 'failed') this.#failures.set(told, (this.#failures.get(told) ?? 0) + 1);
    else this.#latency[outcome].record(latencyMs);
    if (outcome !== 'answered') throw notAnswered;
    this.#onAnswered(sentAt, latencyMs);
  }

  get answered(): Latency {
    return latencyOf(this.#latency.answered);
  }

  get rejected(): Latency {
    return latencyOf(this.#latency.rejected);
  }

  get failed(): number {
    return [...this.#failures.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The most frequent ones. */
  get failures(): Record<string, number> {
    return Object.fromEntries([...this.#failures].sort(([, a], [, b]) => b - a).slice(0, 5));
  }
}
