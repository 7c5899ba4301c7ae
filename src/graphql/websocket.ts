/** GraphQL over WebSocket: the same limits, keys and errors as over HTTP. */
import {
  createSourceEventStream,
  execute,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import { DistilleryError } from '../errors.ts';
import { keyIsRight } from './access.ts';
import { createContext, type Services } from './context.ts';
import { formatError } from './errors.ts';
import { checkCost, limitRules, limits, parseOptions } from './limits.ts';

type SubscribePayload = Parameters<NonNullable<ServerOptions['onSubscribe']>>[2];

/** Options for graphql-ws; a wrong or missing key closes the socket with 4403. */
export function webSocketOptions(schema: GraphQLSchema, services: Services): ServerOptions {
  const { config, logger } = services;
  const formatAll = (errors: readonly unknown[]) => errors.map((error) => formatError(error, logger));
  return {
    onConnect: ({ connectionParams }) => keyIsRight(config, connectionParams?.apiKey),
    onSubscribe: (context, _id, payload) =>
      Object.keys(context.subscriptions).length > limits.operationsPerSocket
        ? [tooMany()]
        : prepare(schema, services, payload),
    subscribe: (args) => subscribe(args, services),
    onNext: (_context, _id, _payload, _args, { errors, ...result }) =>
      errors ? { ...result, errors: formatAll(errors) } : undefined,
    onError: (_context, _id, _payload, errors) => formatAll(errors),
  };
}

function tooMany(): GraphQLError {
  const limit = limits.operationsPerSocket;
  const originalError = new DistilleryError(
    'UNAVAILABLE',
    `A WebSocket holds ${limit} operations at most. End some first.`,
    {
      limit,
    },
  );
  return new GraphQLError(originalError.message, { originalError });
}

function prepare(
  schema: GraphQLSchema,
  services: Services,
  { query, variables, operationName }: SubscribePayload,
): ExecutionArgs | readonly GraphQLError[] {
  try {
    const document = parse(query, parseOptions);
    const faults = validate(schema, document, [...specifiedRules, ...limitRules]);
    if (faults.length > 0) return faults.map((fault) => withCode(fault, 'GRAPHQL_VALIDATION_FAILED'));
    checkCost(schema, document, variables ?? {}, operationName);
    const contextValue = createContext(services);
    return { schema, document, variableValues: variables, operationName, contextValue };
  } catch (error) {
    if (error instanceof GraphQLError) return [withCode(error, 'GRAPHQL_PARSE_FAILED')];
    throw error;
  }
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { code, ...extensions } });
}

/** Like graphql's own `subscribe`, but each event gets a context of its own: loaders must not remember across events. */
async function subscribe(
  args: ExecutionArgs,
  services: Services,
): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const events: AsyncIterator<unknown> = source[Symbol.asyncIterator]();
  const results: AsyncIterableIterator<ExecutionResult> = {
    next: async () => {
      const { done, value } = await events.next();
      if (done) return { done, value: undefined };
      return {
        done: false,
        value: await execute({ ...args, rootValue: value, contextValue: createContext(services) }),
      };
    },
    return: async () => {
      await events.return?.();
      return { done: true, value: undefined };
    },
    throw: async (error) => {
      await events.return?.();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return results;
    },
  };
  return results;
}
