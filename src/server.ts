/** Serves an app over HTTP and WebSocket. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { expressMiddleware } from '@as-integrations/express5';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { downloadModel } from './download.ts';
import { DistilleryError } from './errors.ts';
import { bearerOf, isForeign, keyIsRight, requireKeyBeyondLoopback } from './graphql/access.ts';
import { createContext, type GraphqlContext, type Services } from './graphql/context.ts';
import { formatError } from './graphql/errors.ts';
import { costLimitPlugin, limitRules, parseOptions } from './graphql/limits.ts';
import { createSchema } from './graphql/schema.ts';
import { webSocketOptions } from './graphql/websocket.ts';
import { downloadSurveyFile } from './surveyDownload.ts';

const path = '/graphql';

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
  const app = express();
  const httpServer = createServer(app);
  const stopSockets = acceptWebSockets(httpServer, schema, services);
  const apollo = createApollo(schema, services, httpServer, stopSockets);
  await apollo.start();

  let stopping = false;
  app.disable('x-powered-by');
  app.use(plainHeaders);
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    const ready = !stopping && (await answers(services));
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready' });
  });
  app.use(
    path,
    admitted(services),
    express.json({ limit: config.maxBodyBytes }),
    expressMiddleware(apollo, { context: async () => createContext(services) }),
  );
  app.get('/models/:reference.tar', admitted(services), downloadModel(services));
  app.get('/surveys/:survey/:file', admitted(services), downloadSurveyFile(services));
  app.use(answerFault(services));

  await listen(httpServer, config.host, config.port);
  const { address, port, family } = httpServer.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}${path}`,
    stop: async () => {
      stopping = true;
      await apollo.stop();
    },
  };
}

function createApollo(
  schema: GraphQLSchema,
  { logger }: Services,
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
      return formatError(error, logger, typeof code === 'string' ? code : undefined);
    },
    plugins: [
      costLimitPlugin(),
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
  httpServer.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.split('?')[0] !== path) return refuse(socket, '404 Not Found');
    if (isForeign(services.config, request)) return refuse(socket, '403 Forbidden');
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });
  return async () => graphql.dispose();
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

const plainHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Cache-Control', 'no-store');
  next();
};

function admitted({ config, logger }: Services): RequestHandler {
  return (request, response, next) => {
    const foreign = isForeign(config, request);
    if (!foreign && keyIsRight(config, bearerOf(request))) return next();
    const why = foreign
      ? 'The request comes from a page or a host name that this server does not know.'
      : 'The API key is missing or wrong. Send it as "Authorization: Bearer <key>".';
    const error = formatError(new DistilleryError('UNAUTHENTICATED', why), logger);
    response.status(foreign ? 403 : 401).json({ errors: [error] });
  };
}

/** Faults found before GraphQL sees the request, such as a body that is too long or not JSON. */
function answerFault({ config, logger }: Services): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (fault: unknown, _request, response, _next) => {
    const status = fault instanceof Error && 'status' in fault ? Number(fault.status) : 500;
    const known = status >= 400 && status < 500;
    const error = formatError(known ? unreadable(status, config.maxBodyBytes) : fault, logger);
    response.status(known ? status : 500).json({ errors: [error] });
  };
}

function unreadable(status: number, limit: number): DistilleryError {
  if (status === 413)
    return new DistilleryError('BAD_USER_INPUT', `The request is larger than ${limit} bytes.`, { limit });
  return new DistilleryError('BAD_USER_INPUT', 'The request could not be read: expected JSON in UTF-8.');
}

async function answers({ database }: Services): Promise<boolean> {
  return database.executeSql('select 1').then(
    () => true,
    () => false,
  );
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause);
      const message = `Port ${port} on ${host} is in use. Stop what uses it, or set DISTILLERY_PORT to another one.`;
      reject(new DistilleryError('UNAVAILABLE', message, { host, port }, { cause }));
    });
    server.listen(port, host, resolve);
  });
}
