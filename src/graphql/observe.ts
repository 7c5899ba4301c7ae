/** Watches operations over HTTP through Apollo: tells each one's record how it went, and gives its answer the HTTP status that fits. */
import type {
  ApolloServerPlugin,
  GraphQLRequestContext,
  GraphQLRequestListener,
  HTTPGraphQLHead,
} from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Metrics } from '../telemetry/metrics.ts';
import type { GraphqlContext } from './context.ts';
import { shapeOf } from './operationShape.ts';

/** The requests of errors that are about to be formatted: Apollo does not tell the formatter. */
const requestIds = new WeakMap<object, string>();

/** @returns the id of the request that met this error, where Apollo got as far as working on it */
export const requestIdOfError = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null ? requestIds.get(error) : undefined;

/** Few hooks: each costs every request two microseconds. */
export function observePlugin({ metrics }: { metrics: Metrics }): ApolloServerPlugin<GraphqlContext> {
  const listener: GraphQLRequestListener<GraphqlContext> = {
    didEncounterErrors: async ({ errors, contextValue }) => {
      for (const error of errors) requestIds.set(error, contextValue.operation.requestId);
    },
    willSendResponse: async (request) => {
      const { body, http } = request.response;
      if (body.kind !== 'single') return end(request, 'ok');
      const { data, errors = [] } = body.singleResult;
      end(request, outcomeOf(errors));
      if (!data) setStatus(http, errors);
    },
  };
  return {
    requestDidStart: async () => listener,
    // Before an operation is looked at: no JSON that Apollo understands, or from a page of another site.
    invalidRequestWasReceived: async ({ error }) => metrics.refused('http', statusOf(error)),
    unexpectedErrorProcessingRequest: async ({ requestContext }) => end(requestContext, 'INTERNAL'),
  };
}

function end(
  { contextValue, document, operation }: GraphQLRequestContext<GraphqlContext>,
  outcome: string,
): void {
  if (document && operation) contextValue.operation.identify(shapeOf(document, operation));
  contextValue.operation.end(outcome);
}

/** @returns `ok`, or the code of the first error */
export function outcomeOf(errors: readonly GraphQLFormattedError[]): string {
  const [first] = errors;
  return first ? String(first.extensions?.code) : 'ok';
}

/**
 * Overload in HTTP's own words, which proxies and clients that try again heed, where nothing could be answered.
 * GraphQL over HTTP would have 200 for application/json, which no proxy could tell from an answer.
 */
function setStatus(http: HTTPGraphQLHead, errors: readonly GraphQLFormattedError[]): void {
  const all = (code: string) =>
    errors.length > 0 && errors.every(({ extensions }) => extensions?.code === code);
  if (all('DEADLINE_EXCEEDED')) http.status = 504;
  if (!all('UNAVAILABLE')) return;
  const waits = errors.map(({ extensions }) => Number(extensions?.retryAfterMs));
  const longest = Math.max(...waits);
  if (Number.isNaN(longest)) return;
  http.status = 503;
  http.headers.set('retry-after', String(Math.ceil(longest / 1_000)));
}

function statusOf(error: Error): number {
  const http = error instanceof GraphQLError ? error.extensions.http : undefined;
  return (http as Partial<HTTPGraphQLHead> | undefined)?.status ?? 400;
}
