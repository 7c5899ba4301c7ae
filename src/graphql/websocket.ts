/** GraphQL over WebSocket: the same limits, keys and errors as over HTTP. */
import { randomUUID } from 'node:crypto';
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
import { createContext, type GraphqlContext, type RequestFacts, type Services } from './context.ts';
import { formatError } from './errors.ts';
import { checkCost, limitRules, limits, parseOptions } from './limits.ts';

type SubscribePayload = Parameters<NonNullable<ServerOptions['onSubscribe']>>[2];

/** Options for graphql-ws; a wrong or missing key closes the socket with 4403. */
export function webSocketOptions(schema: GraphQLSchema, services: Services): ServerOptions {
  const { config, logger } = services;
  const formatAll = (errors: readonly unknown[]) => errors.map((error) => formatError(error, logger));
  /** By the object that graphql-ws keeps for each socket, then by the operation's id there. */
  const underWay = new WeakMap<object, Map<string, AbortController>>();
  const end = (operations: Map<string, AbortController> | undefined, id: string) => {
    operations?.get(id)?.abort();
    operations?.delete(id);
  };
  return {
    onConnect: ({ connectionParams }) => keyIsRight(config, connectionParams?.apiKey),
    onSubscribe: (context, id, payload) => {
      if (Object.keys(context.subscriptions).length > limits.operationsPerSocket) return [tooMany()];
      const operations = underWay.get(context) ?? new Map<string, AbortController>();
      underWay.set(context, operations);
      const control = new AbortController();
      operations.set(id, control);
      return prepare(schema, services, payload, { requestId: randomUUID(), signal: control.signal });
    },
    onComplete: (context, id) => end(underWay.get(context), id),
    onDisconnect: (context) => {
      const operations = underWay.get(context);
      for (const id of operations?.keys() ?? []) end(operations, id);
    },
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
  facts: RequestFacts,
): ExecutionArgs | readonly GraphQLError[] {
  try {
    const document = parse(query, parseOptions);
    const faults = validate(schema, document, [...specifiedRules, ...limitRules]);
    if (faults.length > 0) return faults.map((fault) => withCode(fault, 'GRAPHQL_VALIDATION_FAILED'));
    checkCost(schema, document, variables ?? {}, operationName);
    const contextValue = createContext(services, facts);
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
  const { requestId, signal } = args.contextValue as GraphqlContext;
  const results: AsyncIterableIterator<ExecutionResult> = {
    next: async () => {
      const { done, value } = await events.next();
      if (done) return { done, value: undefined };
      return {
        done: false,
        value: await execute({
          ...args,
          rootValue: value,
          contextValue: createContext(services, { requestId, signal }),
        }),
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
