/** A cheap HTTP client for load: keep-alive connections and bodies that are made beforehand. */
import { Pool } from 'undici';
import { DistilleryError } from '../../src/errors.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** What became of a request: `rejected` is a server's saying that it has too much to do. */
export type Outcome = 'answered' | 'rejected' | 'failed';

/** Longer than any answer should take: what is slow is to be measured, not given up. */
const patienceMs = 120_000;

const headers = { 'content-type': 'application/json' };

/** POSTs JSON to one address over at most so many connections, one request at a time on each. */
export class HttpTarget {
  readonly #pool: Pool;
  readonly #path: string;

  constructor(url: string, connections: number) {
    const { origin, pathname } = new URL(url);
    this.#path = pathname;
    this.#pool = new Pool(origin, {
      connections,
      pipelining: 1,
      connect: { timeout: patienceMs },
      headersTimeout: patienceMs,
      bodyTimeout: patienceMs,
    });
  }

  /** Rejects where the connection could not be made or was lost. */
  post(body: Buffer): Promise<Answer> {
    // Handlers of its own: undici's `request` makes a stream for each answer, which costs as much as the rest
    return new Promise((resolve, reject) => {
      let status = 0;
      const chunks: Buffer[] = [];
      this.#pool.dispatch(
        { path: this.#path, method: 'POST', headers, body },
        {
          onConnect: () => undefined,
          onHeaders: (code) => {
            status = code;
            return true;
          },
          onData: (chunk) => {
            chunks.push(chunk);
            return true;
          },
          onComplete: () => resolve({ status, text: Buffer.concat(chunks).toString('utf8') }),
          onError: reject,
        },
      );
    });
  }

  /** @throws DistilleryError UNAVAILABLE with the answer's own words for anything but an answer */
  async mustAnswer(body: Buffer): Promise<string> {
    const answer = await this.post(body);
    if (outcomeOf(answer) === 'answered') return answer.text;
    throw new DistilleryError(
      'UNAVAILABLE',
      `Expected an answer, got ${answer.status}: ${answer.text.slice(0, 300)}`,
    );
  }

  /** Drops what is under way. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

/** Connections that are closed when `use` has ended, however it has. */
export async function withTarget<Result>(
  url: string,
  connections: number,
  use: (target: HttpTarget) => Promise<Result>,
): Promise<Result> {
  const target = new HttpTarget(url, connections);
  try {
    return await use(target);
  } finally {
    await target.close();
  }
}

/** GraphQL tells of errors in an answer of status 200 as well. */
export function outcomeOf({ status, text }: Answer): Outcome {
  const errors = status !== 200 || text.includes('"errors":');
  if (!errors) return 'answered';
  return status === 503 || text.includes('"code":"UNAVAILABLE"') ? 'rejected' : 'failed';
}

/** Bodies of a GraphQL operation, one for each set of variables. */
export function graphqlBodies(query: string, variables: readonly object[]): Buffer[] {
  return variables.map((values) => Buffer.from(JSON.stringify({ query, variables: values })));
}
