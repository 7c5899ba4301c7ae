/** Serves an app over HTTP and WebSocket. */
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { downloadBackup } from './backupDownload.ts';
import { downloadBenchmarkFile } from './benchmarkDownload.ts';
import { openDashboard, wantsPage } from './dashboard.ts';
import { downloadModel } from './download.ts';
import { DistilleryError } from './errors.ts';
import { bearerOf, isForeign, keyIsRight, requireKeyBeyondLoopback } from './graphql/access.ts';
import type { GraphqlContext, Services } from './graphql/context.ts';
import { formatError } from './graphql/errors.ts';
import { answerJson, graphqlHandler } from './graphql/http.ts';
import { costLimitPlugin, limitRules, parseOptions } from './graphql/limits.ts';
import { observePlugin, requestIdOfError } from './graphql/observe.ts';
import { createSchema } from './graphql/schema.ts';
import { webSocketOptions } from './graphql/websocket.ts';
import { databaseAnswers, listen } from './listening.ts';
import { downloadSurveyFile } from './surveyDownload.ts';

const path = '/graphql';
/**
 * Of answers, on one WebSocket. Events wait until the one before has left, so only a client that goes on asking
 * without reading comes here.
 */
const mostUnreadBytes = 4_000_000;
const tryAgainLater = 1013;

export interface RunningServer {
  /** The address of the GraphQL endpoint, for HTTP; with ws: in place of http: for WebSocket. */
  readonly url: string;
  /** Stops accepting, ends WebSockets, lets requests finish. The app itself goes on. */
  stop(): Promise<void>;
}

/**
 * Listens on `config.host` and `config.port` (0 takes a free one).
 * @throws DistilleryError BAD_USER_INPUT for a host beyond loopback without a key, UNAVAILABLE for a port in use
 */
export async function startServer(services: Services): Promise<RunningServer> {
  const { config } = services;
  requireKeyBeyondLoopback(config);
  const schema = createSchema();
  const httpServer = createServer();
  const stopSockets = acceptWebSockets(httpServer, schema, services);
  const apollo = createApollo(schema, services, httpServer, stopSockets);
  await apollo.start();

  let stopping = false;
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    const ready = !stopping && (await databaseAnswers(services.database));
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready' });
  });
  app.get('/metrics', admitted(services), async (_request, response) => {
    const { metrics, serving, routes } = services;
    response
      .type(metrics.contentType)
      .send(await metrics.scrape({ models: serving.state(), trials: routes.trials() }));
  });
  app.get('/models/:reference.tar', admitted(services), downloadModel(services));
  app.get('/surveys/:survey/:file', admitted(services), downloadSurveyFile(services));
  app.get('/benchmarks/:run/:file', admitted(services), downloadBenchmarkFile(services));
  app.get('/backup.tar', admitted(services), downloadBackup(services));
  const dashboard = openDashboard();
  app.use(dashboard.serve);
  app.use(answerFault(services));
  const graphql = graphqlHandler(apollo, services);
  httpServer.on('request', (request: IncomingMessage, response: ServerResponse) => {
    for (const [name, value] of plainHeaders) response.setHeader(name, value);
    if (pathOf(request) !== path) return void app(request, response);
    if (wantsPage(request)) return void dashboard.explorer(response);
    const refusal = refusalOf(services, request);
    if (refusal) answerJson(response, refusal.status, refusal.body);
    else void graphql(request, response);
  });

  const url = await listen(httpServer, config, 'DISTILLERY_PORT');
  return {
    url: url + path,
    stop: async () => {
      stopping = true;
      await apollo.stop();
    },
  };
}

function createApollo(
  schema: GraphQLSchema,
  { logger, metrics }: Services,
  httpServer: Server,
  stopSockets: () => Promise<void>,
): ApolloServer<GraphqlContext> {
  return new ApolloServer<GraphqlContext>({
    schema,
    logger,
    parseOptions,
    validationRules: limitRules,
    // Who may ask at all is decided before: loopback, or a key.
    introspection: true,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) => {
      const { code } = formatted.extensions ?? {};
      return formatError(error, logger, {
        code: typeof code === 'string' ? code : undefined,
        logId: requestIdOfError(error),
      });
    },
    plugins: [
      observePlugin({ metrics }),
      costLimitPlugin(),
      // Would watch every field of every answer, which are never cached.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginDrainHttpServer({ httpServer }),
      { serverWillStart: async () => ({ drainServer: stopSockets }) },
    ],
  });
}

/** @returns ends all sockets and accepts no more */
function acceptWebSockets(
  httpServer: Server,
  schema: GraphQLSchema,
  services: Services,
): () => Promise<void> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: services.config.maxBodyBytes });
  const graphql = useServer(webSocketOptions(schema, services), sockets);
  const { config, metrics } = services;
  sockets.on('connection', (socket) => {
    metrics.webSocketOpened();
    socket.once('close', () => metrics.webSocketClosed());
    socket.on('message', () => {
      if (socket.bufferedAmount > mostUnreadBytes)
        socket.close(tryAgainLater, 'Answers are not read as fast as they are asked for.');
    });
  });
  httpServer.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refuse = (status: 403 | 404) => {
      metrics.refused('websocket', status);
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
    };
    if (pathOf(request) !== path) return refuse(404);
    if (isForeign(config, request)) return refuse(403);
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });
  return async () => graphql.dispose();
}

const pathOf = ({ url = '' }: IncomingMessage) => url.split('?', 1)[0];

const plainHeaders = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Cache-Control', 'no-store'],
] as const;

/** @returns what a request is answered that may not come in; null for one that may */
function refusalOf(
  { config, logger, metrics }: Services,
  request: IncomingMessage,
): { status: number; body: object } | null {
  const foreign = isForeign(config, request);
  if (!foreign && keyIsRight(config, bearerOf(request))) return null;
  const why = foreign
    ? 'The request comes from a page or a host name that this server does not know.'
    : 'The API key is missing or wrong. Send it as "Authorization: Bearer <key>".';
  const error = formatError(new DistilleryError('UNAUTHENTICATED', why), logger);
  const status = foreign ? 403 : 401;
  metrics.refused('http', status);
  return { status, body: { errors: [error] } };
}

function admitted(services: Services): RequestHandler {
  return (request, response, next) => {
    const refusal = refusalOf(services, request);
    if (!refusal) return next();
    answerJson(response, refusal.status, refusal.body);
  };
}

function answerFault({ logger }: Services): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (fault: unknown, _request, response, _next) => {
    const status = fault instanceof Error && 'status' in fault ? Number(fault.status) : 500;
    const known = status >= 400 && status < 500;
    const unreadable = new DistilleryError('BAD_USER_INPUT', 'The request could not be read.');
    response.status(known ? status : 500).json({ errors: [formatError(known ? unreadable : fault, logger)] });
  };
}
