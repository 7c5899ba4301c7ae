/** What one request may ask for: depth, aliases, tokens and cost, alike over HTTP and WebSocket. */
import type { ApolloServerPlugin } from '@apollo/server';
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import {
  GraphQLError,
  OperationTypeNode,
  type DocumentNode,
  type GraphQLSchema,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { GraphqlContext } from './context.ts';
import { costOf } from './cost.ts';

export const limits = {
  /** Fields inside one another, fragments counted as a level. */
  depth: 12,
  aliases: 15,
  /** Lexical tokens of the document; a long string is one. */
  tokens: 2_000,
  /** A plain field costs 1; see `cost` for the dear ones. */
  cost: 10_000,
  /** Operations that one WebSocket holds open. */
  operationsPerSocket: 100,
} as const;

export const cost = {
  /** One text through one model, beside the fields selected from the answer. */
  classification: 10,
  /** What `compare` is taken for where it names no models. */
  comparedModels: 10,
  /** What reading an uploaded file costs at most, beside a run's cost: two of the largest are too much. */
  largestCheck: 5_000,
  /** Hands work to the queue. */
  run: 100,
  /** Plans hundreds of runs, or reads what they came to. */
  survey: 500,
} as const;

// The rules throw unless told to report, and an error thrown out of validate() would be taken for ours.
const reporting = {
  propagateOnRejection: false,
  onReject: [(context: ValidationContext | null, error: GraphQLError) => context?.reportError(error)],
};

export const limitRules = [
  maxDepthRule({ n: limits.depth, ...reporting }),
  maxAliasesRule({ n: limits.aliases, ...reporting }),
] as ValidationRule[];

export const parseOptions = { maxTokens: limits.tokens };

/** @throws GraphQLError where the operation, with these variables, costs more than {@link limits} allows */
export function checkCost(
  schema: GraphQLSchema,
  query: DocumentNode,
  variables: Record<string, unknown>,
  operationName?: string | null,
): void {
  const found = costOf(schema, query, variables, operationName);
  if (found <= limits.cost) return;
  const message = `The operation costs ${found}, and ${limits.cost} is allowed. Ask for fewer texts, fewer items or fewer fields.`;
  throw new GraphQLError(message, {
    extensions: { code: 'BAD_USER_INPUT', cost: found, limit: limits.cost, http: { status: 400 } },
  });
}

function needsWebSocket(): GraphQLError {
  return new GraphQLError('Subscriptions go over WebSocket, with the protocol graphql-transport-ws.', {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}

/** Over HTTP: refuses what costs too much, and subscriptions, which HTTP does not have. */
export function costLimitPlugin(): ApolloServerPlugin<GraphqlContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ schema, document, request, operation }) => {
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw needsWebSocket();
        if (operation) checkCost(schema, document, request.variables ?? {}, operation.name?.value);
      },
    }),
  };
}
