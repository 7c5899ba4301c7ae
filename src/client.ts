/** A client of the public API: the ready-made operations over HTTP, and progress over WebSocket that survives lost connections. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type ClientOptions as ClientSettings } from 'graphql-ws';
import { WebSocket } from 'ws';

/** An event of onTrainingProgress, as it comes over the wire. */
export interface ProgressMessage {
  runId: string;
  sequence: number;
  phase: string;
  state: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  epoch: number | null;
  step: number | null;
  total: number | null;
  loss: number | null;
  validationAccuracy: number | null;
  reviewsPerSecond: number | null;
  secondsLeft: number | null;
  message: string | null;
  at: string;
}

/** A message of onSurveyProgress, as it comes over the wire. */
export interface SurveyMessage {
  surveyId: string;
  state: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  counts: Record<'planned' | 'waiting' | 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled', number>;
  analysing: boolean;
  secondsLeft: number | null;
  runs: {
    key: string;
    runId: string;
    title: string;
    state: ProgressMessage['state'];
    latest: ProgressMessage | null;
  }[];
}

export interface ClientOptions {
  /** The address of the GraphQL endpoint: http://127.0.0.1:4000/graphql. */
  url: string;
  apiKey?: string | undefined;
  /** Times that a lost WebSocket is opened again in a row, without an event in between. */
  reconnects?: number;
  /** How often a WebSocket is asked for a sign of life, and how long that may take before it counts as lost. */
  keepAliveMs?: number;
}

type Settings = ClientOptions & Required<Pick<ClientOptions, 'reconnects' | 'keepAliveMs'>>;

interface ErrorMessage {
  readonly message: string;
  readonly extensions?: { readonly code?: string } & Record<string, unknown>;
}

/** The first error of an answer, with its code. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: string;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor({ message, extensions = {} }: ErrorMessage) {
    super(message);
    this.code = extensions.code ?? 'UNKNOWN';
    this.extensions = extensions;
  }
}

const ended = ['SUCCEEDED', 'FAILED', 'CANCELLED'];

export class DistilleryClient {
  readonly #options: Settings;

  constructor(options: ClientOptions) {
    const { reconnects = 10, keepAliveMs = 10_000 } = options;
    this.#options = { ...options, reconnects, keepAliveMs };
  }

  /**
   * Runs `schema/operations/<name>.graphql`.
   * @returns the field of that name
   * @throws ClientError where the answer has errors
   */
  async call<Result>(name: string, variables: Record<string, unknown> = {}): Promise<Result> {
    const data = await this.query<Record<string, Result>>(readOperation(name), variables);
    return data[name] as Result;
  }

  /** Runs any query or mutation. @throws ClientError where the answer has errors */
  async query<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const { url, apiKey } = this.#options;
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: Data; errors?: ErrorMessage[] };
    if (errors?.[0]) throw new ClientError(errors[0]);
    return data as Data;
  }

  /**
   * Events of a run, each once and in order, until the run ends. A lost connection is opened again after the last
   * event that was seen.
   * @throws ClientError where the server refuses
   */
  async *progress(runId: string, after = 0): AsyncGenerator<ProgressMessage> {
    let last = after;
    let hasEnded = false;
    const events = this.#follow<ProgressMessage>('onTrainingProgress', () => ({ runId, after: last }));
    try {
      for await (const event of events) {
        yield event;
        last = event.sequence;
        // The server completes after the last event: a run that was resumed has a final one in its midst.
        hasEnded = ended.includes(event.state);
      }
    } catch (error) {
      // All that was lost is the word that nothing follows.
      if (!hasEnded || error instanceof ClientError) throw error;
    }
  }

  /** How far a survey is, until it ends; over lost connections. @throws ClientError where the server refuses */
  async *surveyProgress(surveyId: string): AsyncGenerator<SurveyMessage> {
    for await (const message of this.#follow<SurveyMessage>('onSurveyProgress', () => ({ surveyId }))) {
      yield message;
      if (ended.includes(message.state)) return;
    }
  }

  /**
   * What a subscription tells; a lost connection is opened again with the variables of that time.
   * @param name of `schema/operations/<name>.graphql` and of its field
   */
  async *#follow<Message>(name: string, variables: () => Record<string, unknown>): AsyncGenerator<Message> {
    for (let lost = 0; ;) {
      try {
        for await (const message of this.#subscribe<Message>(name, variables())) {
          lost = 0;
          yield message;
        }
        // Complete without a final message, since that one was seen before: nothing more will come.
        return;
      } catch (error) {
        if (!mayPass(error) || ++lost > this.#options.reconnects) throw error;
        await delay(Math.min(100 * 2 ** lost, 5_000));
      }
    }
  }

  /** One connection. @throws a close event or an error where it is lost */
  async *#subscribe<Message>(name: string, variables: Record<string, unknown>): AsyncGenerator<Message> {
    const { url, apiKey, keepAliveMs } = this.#options;
    const client = createClient({
      url: url.replace(/^http/, 'ws'),
      ...signsOfLife(keepAliveMs),
      // Its own retries would ask for the events from the same number again.
      retryAttempts: 0,
      ...(apiKey === undefined ? {} : { connectionParams: { apiKey } }),
    });
    try {
      const results = client.iterate<Record<string, Message>>({ query: readOperation(name), variables });
      for await (const { data, errors } of results) {
        if (errors?.[0]) throw new ClientError(errors[0]);
        if (data) yield data[name] as Message;
      }
    } catch (error) {
      if (Array.isArray(error) && error[0]) throw new ClientError(error[0] as ErrorMessage);
      throw error;
    } finally {
      await client.dispose();
    }
  }

  /** The text of one of a survey's files. @throws ClientError where there is none */
  async surveyFile(surveyId: string, file: string): Promise<string> {
    const { url, apiKey } = this.#options;
    const address = new URL(`/surveys/${encodeURIComponent(surveyId)}/${encodeURIComponent(file)}`, url);
    const response = await fetch(address, {
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    });
    const text = await response.text();
    if (response.ok) return text;
    const { errors } = JSON.parse(text) as { errors: [ErrorMessage] };
    throw new ClientError(errors[0]);
  }
}

/**
 * Ends a connection whose other side has gone without a word: it would stay open, and its follower wait, for ever.
 * Asked for are the answer to the handshake, the server's acknowledgement and a pong for every ping.
 */
function signsOfLife(
  withinMs: number,
): Pick<ClientSettings, 'webSocketImpl' | 'keepAlive' | 'connectionAckWaitTimeout' | 'on'> {
  let socket: WebSocket | null = null;
  let patience: NodeJS.Timeout | undefined;
  return {
    webSocketImpl: class extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, { handshakeTimeout: withinMs });
      }
    },
    connectionAckWaitTimeout: withinMs,
    keepAlive: withinMs,
    on: {
      opened: (opened) => {
        socket = opened as WebSocket;
      },
      ping: (received) => {
        // Closing would wait for the other side's answer.
        if (!received) patience = setTimeout(() => socket?.terminate(), withinMs);
      },
      pong: (received) => {
        if (received) clearTimeout(patience);
      },
      closed: () => clearTimeout(patience),
    },
  };
}

/** The text of a ready-made operation; the same depth below the repository's root in src/ and in dist/. */
export function readOperation(name: string): string {
  return readFileSync(new URL(`../schema/operations/${name}.graphql`, import.meta.url), 'utf8');
}

/** A lost connection, or a server without its database for now. */
function mayPass(error: unknown): boolean {
  return error instanceof ClientError ? error.code === 'UNAVAILABLE' : !isRefused(error);
}

/** Closed with a code of the protocol's own (4403: the key is wrong): trying again would end the same way. */
function isRefused(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'number' && code >= 4400 && code < 4500;
}
