/** Load generators: queries at scheduled times whatever becomes of them, or from clients that wait for their answers. */
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { DistilleryError } from '../errors.ts';
import { LatencyRecorder } from '../evaluation/latency.ts';
import { Random } from '../nn/random.ts';

export interface LoadOptions {
  /** Sends the query of this number, counted from 0; resolves with its answer and rejects where it got none. */
  send: (query: number) => Promise<void>;
  /** Ends the load at once; what is under way is left to itself. */
  signal?: AbortSignal | undefined;
  onAnswered?: ((answered: number) => void) | undefined;
}

/** A load ends after so many queries, or when it has lasted so long: one of them must be given. */
export interface LoadLength {
  queries?: number | undefined;
  seconds?: number | undefined;
}

export interface LoadResult {
  /** All that arrived: answered and failed. */
  queries: number;
  answered: number;
  failed: number;
  /** From the start to the last answer. */
  seconds: number;
  answeredPerSecond: number;
  /** Of the answered ones, in milliseconds. */
  latency: LatencyRecorder;
  /** It ended before its time because the queries beyond {@link Allowance} were too many. */
  gaveUp: boolean;
}

/** How many queries may fail or take longer than `latencyMs`: with one more the load ends, as the rest can't mend it. */
export interface Allowance {
  latencyMs: number;
  queries: number;
}

/** Enough for seconds of a rate that one machine can answer. */
const defaultMostOutstanding = 10_000;

/**
 * An open loop: arrivals are a Poisson process, as those of many clients that know nothing of each other. A latency
 * counts from the scheduled arrival, so that a stall is felt by all queries that should have come during it and not
 * only by the one that met it ("coordinated omission", Tene 2013). Each turn of the event loop sends all that are due:
 * timers tick once a millisecond, so that sending is late by 0.6 ms on average and 1.2 ms at most where the machine has
 * a core to spare, which the latency holds as well.
 * @param options.mostOutstanding queries under way at the same time; arrivals beyond count as failed
 * @throws DistilleryError CANCELLED where `signal` is aborted
 */
export async function openLoop(
  options: LoadOptions &
    LoadLength & {
      ratePerSecond: number;
      seed: number;
      mostOutstanding?: number | undefined;
      allowance?: Allowance | undefined;
    },
): Promise<LoadResult> {
  const { send, ratePerSecond, mostOutstanding = defaultMostOutstanding } = options;
  const { queries, milliseconds } = lengthOf(options);
  const random = new Random(options.seed);
  // Gaps between the arrivals of a Poisson process are exponential: the inverse of their distribution function
  const gap = () => (-1000 * Math.log(1 - random.uniform())) / ratePerSecond;
  const tally = new Tally(options);
  const underWay = new Set<Promise<void>>();
  let due = tally.start + gap();

  const sendDue = () => {
    const now = performance.now();
    for (; due <= now && !ended(); due += gap()) {
      const arrival = due;
      const query = tally.arrived();
      if (underWay.size >= mostOutstanding) {
        tally.failed();
        continue;
      }
      const answer: Promise<void> = send(query)
        .then(
          () => tally.answered(arrival),
          () => tally.failed(),
        )
        .finally(() => underWay.delete(answer));
      underWay.add(answer);
    }
  };
  const ended = () => tally.queries >= queries || due - tally.start > milliseconds || tally.gaveUp;

  while (!ended()) {
    checkSignal(options.signal);
    sendDue();
    await nextTurn(due, options.signal);
  }
  await unlessAborted(Promise.all(underWay), options.signal);
  return tally.result();
}

/**
 * A closed loop: `concurrency` clients, each of which sends its next query when its last one has been answered.
 * @throws DistilleryError CANCELLED where `signal` is aborted
 */
export async function closedLoop(
  options: LoadOptions & LoadLength & { concurrency: number },
): Promise<LoadResult> {
  const { send, signal, concurrency } = options;
  const { queries, milliseconds } = lengthOf(options);
  const tally = new Tally(options);
  const client = async () => {
    while (tally.queries < queries && performance.now() - tally.start < milliseconds) {
      const query = tally.arrived();
      const sentAt = performance.now();
      await send(query).then(
        () => tally.answered(sentAt),
        () => tally.failed(),
      );
      // Answers that come without the event loop's doing would leave it no turn to hear of an abort
      await turn();
      checkSignal(signal);
    }
  };
  checkSignal(signal);
  await unlessAborted(Promise.all(Array.from({ length: concurrency }, client)), signal);
  return tally.result();
}

/** Counts what became of the queries. */
class Tally {
  readonly start = performance.now();
  queries = 0;
  gaveUp = false;
  readonly #onAnswered: LoadOptions['onAnswered'];
  readonly #allowance: Allowance | undefined;
  readonly #latency = new LatencyRecorder();
  #answered = 0;
  #failed = 0;
  #beyond = 0;
  #lastAnswer = this.start;

  constructor({ onAnswered, allowance }: LoadOptions & { allowance?: Allowance | undefined }) {
    this.#onAnswered = onAnswered;
    this.#allowance = allowance;
  }

  /** @returns the query's number */
  arrived(): number {
    return this.queries++;
  }

  /** @param since when the query was due, in milliseconds of `performance.now()` */
  answered(since: number): void {
    this.#lastAnswer = performance.now();
    const latencyMs = this.#lastAnswer - since;
    this.#latency.record(latencyMs);
    this.#answered += 1;
    if (this.#allowance && latencyMs > this.#allowance.latencyMs) this.#countBeyond();
    this.#onAnswered?.(this.#answered);
  }

  failed(): void {
    this.#failed += 1;
    this.#countBeyond();
  }

  #countBeyond(): void {
    this.#beyond += 1;
    if (this.#allowance && this.#beyond > this.#allowance.queries) this.gaveUp = true;
  }

  result(): LoadResult {
    const seconds = (this.#lastAnswer - this.start) / 1000;
    return {
      queries: this.queries,
      answered: this.#answered,
      failed: this.#failed,
      seconds,
      answeredPerSecond: seconds === 0 ? 0 : this.#answered / seconds,
      latency: this.#latency,
      gaveUp: this.gaveUp,
    };
  }
}

function lengthOf({ queries = Infinity, seconds = Infinity }: LoadLength) {
  if (queries === Infinity && seconds === Infinity)
    throw new DistilleryError('INTERNAL', 'A load was given neither queries nor seconds, and would not end.');
  return { queries, milliseconds: 1000 * seconds };
}

/** Waits until the event loop has had a turn, and not much longer than until `due`, without keeping a core busy. */
async function nextTurn(due: number, signal: AbortSignal | undefined): Promise<void> {
  const wait = Math.max(1, Math.floor(due - performance.now()));
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, wait);
    signal?.addEventListener('abort', done);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DistilleryError('CANCELLED', 'The load was stopped.');
}

/** @throws DistilleryError CANCELLED as soon as `signal` is aborted, whether or not `work` has ended */
async function unlessAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  checkSignal(signal);
  const raced = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    signal?.addEventListener('abort', () => resolve(), { signal: raced.signal });
  });
  await Promise.race([work, aborted]).finally(() => raced.abort());
  checkSignal(signal);
}
