/** GraphQL over WebSocket: the same limits, keys and errors as over HTTP. */
import { randomUUID } from 'node:crypto';
import {
  createSourceEventStream,
  execute,
  getOperationAST,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { CloseCode, type ConnectionInitMessage, type ServerOptions } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import type { Actor } from '../access/actor.ts';
import type { Gate } from '../access/gate.ts';
import { DistilleryError } from '../errors.ts';
import { Operation } from '../telemetry/operation.ts';
import { auditMutation, type AskedOperation } from './audit.ts';
import { createContext, type GraphqlContext, type RequestFacts, type Services } from './context.ts';
import { formatError, withoutSuggestions } from './errors.ts';
import { checkCost, limitRules, limits, parseOptions } from './limits.ts';
import { outcomeOf } from './observe.ts';
import { shapeOf } from './operationShape.ts';
import { checkPermission } from './permissions.ts';
import type { Sockets } from './sockets.ts';

type Options = ServerOptions<ConnectionInitMessage['payload'], Extra>;
type SubscribePayload = Parameters<NonNullable<Options['onSubscribe']>>[2];

interface UnderWay extends Omit<RequestFacts, 'actor'> {
  readonly control: AbortController;
  /** null until it is known. */
  actor: Actor | null;
  /** null until it was found valid. */
  asked: AskedOperation | null;
  /** The code of the first error so far. */
  outcome: string;
}

/** How long a new WebSocket may take to say who it is. */
const initMs = 5_000;

/** Options for graphql-ws; a wrong or missing key closes the socket with 4403. */
export function webSocketOptions(
  schema: GraphQLSchema,
  services: Services,
  { gate, sockets }: { gate: Gate; sockets: Sockets },
): Options {
  const { logger, metrics } = services;
  /** By the object that graphql-ws keeps for each socket, then by the operation's id there. */
  const underWay = new WeakMap<object, Map<string, UnderWay>>();
  const begin = (context: object, id: string, { extensions }: SubscribePayload): UnderWay => {
    const control = new AbortController();
    const operation = new Operation(services, {
      requestId: randomUUID(),
      transport: 'websocket',
      traceparent: extensions?.traceparent,
    });
    const facts = {
      operation,
      control,
      signal: control.signal,
      actor: null,
      asked: null,
      outcome: 'ok',
    };
    const operations = underWay.get(context) ?? new Map<string, UnderWay>();
    underWay.set(context, operations.set(id, facts));
    return facts;
  };
  const end = (context: object, id: string) => {
    const operations = underWay.get(context);
    const ended = operations?.get(id);
    operations?.delete(id);
    ended?.control.abort();
    ended?.operation.end(ended.outcome);
  };
  /** @returns the errors as the client sees them */
  const note = (context: object, id: string, errors: readonly unknown[]) => {
    const met = underWay.get(context)?.get(id);
    const logId = met?.operation.requestId;
    const formatted = errors.map((error) => {
      const told = formatError(error, logger, { logId });
      return gate.tellsSchema ? told : withoutSuggestions(told);
    });
    if (met?.outcome === 'ok') met.outcome = outcomeOf(formatted);
    return formatted;
  };
  const audit = async (context: object, id: string, answer: Parameters<typeof auditMutation>[1]) => {
    const { asked, actor, operation } = underWay.get(context)?.get(id) ?? {};
    if (asked && actor && operation)
      await auditMutation(asked, answer, { services, actor, operation }, 'websocket');
  };
  return {
    jsonMessageReviver: ofClient,
    connectionInitWaitTimeout: initMs,
    onConnect: async ({ connectionParams, extra }) => {
      const admitted = await sockets.admit(extra.socket, connectionParams?.apiKey).catch((error: unknown) => {
        if (error instanceof DistilleryError) return false;
        throw error;
      });
      if (!admitted) metrics.refused('websocket', CloseCode.Forbidden);
      return admitted;
    },
    onSubscribe: async (context, id, payload) => {
      const facts = begin(context, id, payload);
      if (Object.keys(context.subscriptions).length > limits.operationsPerSocket) return [tooMany()];
      try {
        facts.actor = await sockets.actorOf(context.extra.socket);
      } catch (error) {
        return [asGraphqlError(error)];
      }
      return prepare(schema, services, gate, payload, facts, facts.actor);
    },
    onComplete: end,
    onDisconnect: (context) => {
      for (const { control, operation } of underWay.get(context)?.values() ?? []) {
        control.abort();
        operation.abandon();
      }
    },
    subscribe: (args) => subscribe(args, services),
    onNext: async (context, id, _payload, _args, { errors, ...result }) => {
      underWay.get(context)?.get(id)?.operation.event();
      const told = errors ? { ...result, errors: note(context, id, errors) } : undefined;
      await audit(context, id, told ?? result);
      return told;
    },
    onError: async (context, id, _payload, errors) => {
      const formatted = note(context, id, errors);
      await audit(context, id, { data: null, errors: formatted });
      // An operation that is refused is not completed.
      end(context, id);
      return formatted;
    },
  };
}

const messagesOfServer = new Set<unknown>(['connection_ack', 'next', 'error']);

/** @throws TypeError for a message that servers alone send: graphql-ws would log it as a fault of ours and close with 4500 */
function ofClient(key: string, value: unknown): unknown {
  if (key === '' && messagesOfServer.has((value as { type?: unknown } | null)?.type))
    throw new TypeError('A message of a server.');
  return value;
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
  return asGraphqlError(originalError);
}

function asGraphqlError(error: unknown): GraphQLError {
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}

function prepare(
  schema: GraphQLSchema,
  services: Services,
  gate: Gate,
  { query, variables, operationName }: SubscribePayload,
  facts: UnderWay,
  actor: Actor,
): ExecutionArgs | readonly GraphQLError[] {
  const { operation, signal } = facts;
  try {
    const document = parse(query, parseOptions);
    const faults = validate(schema, document, [...specifiedRules, ...limitRules]);
    if (faults.length > 0) return faults.map((fault) => withCode(fault, 'GRAPHQL_VALIDATION_FAILED'));
    const definition = getOperationAST(document, operationName);
    if (definition) {
      operation.identify(shapeOf(document, definition));
      facts.asked = { schema, document, operation: definition, variables: variables ?? {} };
      checkPermission(schema, document, definition, { actor, gate });
    }
    checkCost(schema, document, variables ?? {}, operationName);
    const contextValue = createContext(services, { actor, operation, signal });
    return { schema, document, variableValues: variables, operationName, contextValue };
  } catch (error) {
    if (error instanceof GraphQLError) return [withCode(error, 'GRAPHQL_PARSE_FAILED')];
    throw error;
  }
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions, path, originalError, extensions } = error;
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    path,
    originalError,
    extensions: { code, ...extensions },
  });
}

/** Like graphql's own `subscribe`, but each event gets a context of its own: loaders must not remember across events. */
async function subscribe(
  args: ExecutionArgs,
  services: Services,
): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const events: AsyncIterator<unknown> = source[Symbol.asyncIterator]();
  const { actor, operation, signal } = args.contextValue as GraphqlContext;
  operation.subscribed();
  const results: AsyncIterableIterator<ExecutionResult> = {
    next: async () => {
      const { done, value } = await events.next();
      if (done) return { done, value: undefined };
      return {
        done: false,
        value: await execute({
          ...args,
          rootValue: value,
          contextValue: createContext(services, { actor, operation, signal }),
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
