/** GraphQL over HTTP, on Node's own request and response: the way through Express takes about as long again. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeaderMap, type ApolloServer } from '@apollo/server';
import type { Actor } from '../access/actor.ts';
import { addressOf, bearerOf, requireScope, type Gate } from '../access/gate.ts';
import { DistilleryError, type ErrorCode } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Scope } from '../storage/accessTables.ts';
import { Operation } from '../telemetry/operation.ts';
import { createContext, type GraphqlContext, type Services } from './context.ts';
import { formatError } from './errors.ts';

/** A request id that a client or a proxy may choose: what a log and a header can hold as it stands. */
const foreignRequestId = /^[\w.:-]{1,128}$/;

type Handler = (request: IncomingMessage, response: ServerResponse, admitted: Admitted) => Promise<void>;

/** A client that was let in. */
export interface Admitted {
  readonly actor: Actor;
  readonly requestId: string;
}

/**
 * Lets a request in, or answers with why not; either way under its id.
 * @param scope that it needs; null for an operation, whose fields say that themselves
 * @returns null for one that was answered
 */
export async function admit(
  gate: Gate,
  { logger, metrics }: Pick<Services, 'logger' | 'metrics'>,
  request: IncomingMessage,
  response: ServerResponse,
  scope: Scope | null = null,
): Promise<Admitted | null> {
  const requestId = requestIdOf(request);
  response.setHeader('x-request-id', requestId);
  try {
    if (gate.isForeign(request)) throw foreign();
    const address = addressOf(request);
    const actor = await gate.admit(bearerOf(request), address);
    if (scope !== null) requireScope(actor, scope, 'this address');
    await gate.count(actor, address);
    return { actor, requestId };
  } catch (error) {
    const code = error instanceof DistilleryError ? error.code : 'INTERNAL';
    const status = statusOfCode[code] ?? 500;
    if (status === 429) response.setHeader('retry-after', retryAfterOf(error));
    metrics.refused('http', status);
    answerJson(response, status, { errors: [formatError(error, logger, { logId: requestId })] });
    return null;
  }
}

const statusOfCode: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
};

/** Whole seconds. */
function retryAfterOf(error: unknown): number {
  const facts = error instanceof DistilleryError ? error.facts : {};
  return Math.ceil(Number(facts.retryAfterMs) / 1_000);
}

const foreign = () =>
  new DistilleryError(
    'FORBIDDEN',
    'The request comes from a page or a host name that this server does not know.',
  );

/**
 * Answers with what Apollo makes of the request. Beyond `maxRequests` at a time it turns requests away before it reads
 * them, at a small part of the cost of an answer.
 */
export function graphqlHandler(apollo: ApolloServer<GraphqlContext>, services: Services): Handler {
  const { config, logger, metrics } = services;
  let underWay = 0;
  return async (request, response, { actor, requestId }) => {
    const refuse = (status: number, error: DistilleryError) => {
      metrics.refused('http', status);
      answerJson(response, status, { errors: [formatError(error, logger)] });
    };
    if (underWay >= config.maxRequests) {
      response.setHeader('retry-after', '1');
      return refuse(503, busy(config.maxRequests));
    }
    underWay++;
    // Looked at when a text's turn comes: an AbortController for each request would cost more.
    const signal = {
      get aborted() {
        return response.destroyed && !response.writableEnded;
      },
    };
    try {
      const body = await readJson(request, config.maxBodyBytes);
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: request.method ?? 'GET',
          headers: headersOf(request),
          search: searchOf(request.url),
          body,
        },
        context: async () => {
          const { traceparent } = request.headers;
          const operation = new Operation(services, { requestId, transport: 'http', traceparent });
          return createContext(services, { actor, operation, signal });
        },
      });
      for (const [name, value] of answer.headers) response.setHeader(name, value);
      response.statusCode = answer.status ?? 200;
      if (answer.body.kind === 'complete') response.end(answer.body.string);
      else {
        for await (const chunk of answer.body.asyncIterator) response.write(chunk);
        response.end();
      }
    } catch (error) {
      if (error instanceof UnreadableBody) {
        // What is left of the body is not worth reading.
        response.setHeader('connection', 'close');
        return refuse(error.status, error.reason);
      }
      if (signal.aborted) return;
      answerJson(response, 500, { errors: [formatError(error, logger, { logId: requestId })] });
    } finally {
      underWay--;
    }
  };
}

export function answerJson(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Of a download that can't be given. */
export function answerFailure(response: ServerResponse, error: unknown, logger: Logger): void {
  const told = formatError(error, logger);
  const status = { NOT_FOUND: 404, BAD_USER_INPUT: 400 }[String(told.extensions?.code)] ?? 500;
  answerJson(response, status, { errors: [told] });
}

function busy(limit: number): DistilleryError {
  return new DistilleryError(
    'UNAVAILABLE',
    `The server works on ${limit} requests already, as many as it may. Send the request again in a second.`,
    { limit, retryAfterMs: 1_000 },
  );
}

function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && foreignRequestId.test(given) ? given : randomUUID();
}

class UnreadableBody extends Error {
  readonly status: number;
  readonly reason: DistilleryError;

  constructor(status: number, reason: DistilleryError) {
    super(reason.message);
    this.status = status;
    this.reason = reason;
  }
}

/**
 * @returns what the JSON of the body says; `{}` where there is none, which Apollo then refuses with its own words
 * @throws UnreadableBody for one that is too long, compressed, or no JSON
 */
async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  // A page of another site can't send this type without asking first; Apollo refuses all others.
  if (
    request.method !== 'POST' ||
    !/^application\/(\w+\+)?json\b/i.test(request.headers['content-type'] ?? '')
  )
    return {};
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    const message = `The body is compressed with ${encoding.slice(0, 40)}; expected plain JSON in UTF-8.`;
    throw new UnreadableBody(415, new DistilleryError('BAD_USER_INPUT', message));
  }
  const tooLong = () =>
    new UnreadableBody(
      413,
      new DistilleryError('BAD_USER_INPUT', `The request is larger than ${limit} bytes.`, { limit }),
    );
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLong();
  const text = await readText(request, limit);
  if (text === null) throw tooLong();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const message = 'The request could not be read: expected JSON in UTF-8.';
    throw new UnreadableBody(400, new DistilleryError('BAD_USER_INPUT', message));
  }
}

/**
 * By events: an asynchronous iterator takes longer, and would end the connection where it is left early, before it
 * could be answered.
 * @returns null where there are more than `limit` bytes
 */
function readText(request: IncomingMessage, limit: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    // Its events have passed.
    if (request.destroyed) return reject(new Error('the client is gone'));
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit) return void chunks.push(chunk);
      chunks.length = 0;
      resolve(null);
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the client is gone')));
  });
}

function headersOf({ headers }: IncomingMessage): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}

function searchOf(url = ''): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start);
}
