/** Serves an app over HTTP and WebSocket. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { GraphQLSchema } from 'graphql';
import { Gate } from './access/gate.ts';
import { downloadBackup } from './backupDownload.ts';
import { downloadBenchmarkFile } from './benchmarkDownload.ts';
import { openDashboard, wantsPage } from './dashboard.ts';
import { downloadModel } from './download.ts';
import { DistilleryError } from './errors.ts';
import { accessPlugin } from './graphql/accessPlugin.ts';
import type { GraphqlContext, Services } from './graphql/context.ts';
import { formatError, withoutSuggestions } from './graphql/errors.ts';
import { admit, graphqlHandler } from './graphql/http.ts';
import { costLimitPlugin, limitRules, parseOptions } from './graphql/limits.ts';
import { observePlugin, requestIdOfError } from './graphql/observe.ts';
import { createSchema } from './graphql/schema.ts';
import { acceptWebSockets } from './graphql/sockets.ts';
import { databaseAnswers, listen } from './listening.ts';
import type { Scope } from './storage/accessTables.ts';
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
  const gate = new Gate(config, services.keys);
  await gate.requireKeyBeyondLoopback();
  const schema = createSchema();
  const httpServer = createServer();
  const stopSockets = acceptWebSockets(httpServer, { path, schema, services, gate });
  const apollo = createApollo(schema, services, gate, httpServer, stopSockets);
  await apollo.start();

  let stopping = false;
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    const ready = !stopping && (await databaseAnswers(services.database));
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready' });
  });
  const admitted =
    (scope: Scope): RequestHandler =>
    async (request, response, next) => {
      if (await admit(gate, services, request, response, scope)) next();
    };
  app.get('/metrics', admitted('classify'), async (_request, response) => {
    const { metrics, serving, routes } = services;
    response
      .type(metrics.contentType)
      .send(await metrics.scrape({ models: serving.state(), trials: routes.trials() }));
  });
  app.get('/models/:reference.tar', admitted('classify'), downloadModel(services));
  app.get('/surveys/:survey/:file', admitted('classify'), downloadSurveyFile(services));
  app.get('/benchmarks/:run/:file', admitted('classify'), downloadBenchmarkFile(services));
  app.get('/backup.tar', admitted('admin'), downloadBackup(services));
  const dashboard = openDashboard();
  app.use(dashboard.serve);
  app.use(answerFault(services));
  const graphql = graphqlHandler(apollo, services);
  httpServer.on('request', (request: IncomingMessage, response: ServerResponse) => {
    for (const [name, value] of plainHeaders) response.setHeader(name, value);
    if (pathOf(request) !== path) return void app(request, response);
    if (gate.tellsSchema && wantsPage(request)) return void dashboard.explorer(response);
    void admit(gate, services, request, response).then(
      (client) => client && graphql(request, response, client),
    );
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
  gate: Gate,
  httpServer: Server,
  stopSockets: () => Promise<void>,
): ApolloServer<GraphqlContext> {
  return new ApolloServer<GraphqlContext>({
    schema,
    logger,
    parseOptions,
    validationRules: limitRules,
    // Who is told the schema is decided with the scopes.
    introspection: true,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) => {
      const { code } = formatted.extensions ?? {};
      const told = formatError(error, logger, {
        // Apollo's word for what has none, such as null for an argument that can't be; faults of ours are told apart by us
        code: typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR' ? code : undefined,
        logId: requestIdOfError(error),
      });
      return gate.tellsSchema ? told : withoutSuggestions(told);
    },
    plugins: [
      observePlugin({ metrics }),
      costLimitPlugin(),
      accessPlugin(gate),
      // Would watch every field of every answer, which are never cached.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginDrainHttpServer({ httpServer }),
      { serverWillStart: async () => ({ drainServer: stopSockets }) },
    ],
  });
}

const pathOf = ({ url = '' }: IncomingMessage) => url.split('?', 1)[0];

const plainHeaders = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Cache-Control', 'no-store'],
] as const;

function answerFault({ logger }: Services): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (fault: unknown, _request, response, _next) => {
    const status = fault instanceof Error && 'status' in fault ? Number(fault.status) : 500;
    const known = status >= 400 && status < 500;
    const unreadable = new DistilleryError('BAD_USER_INPUT', 'The request could not be read.');
    response.status(known ? status : 500).json({ errors: [formatError(known ? unreadable : fault, logger)] });
  };
}
