/** What a worker answers over HTTP: whether it lives, whether it works, and its metrics. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { WorkerApp } from './app.ts';
import { databaseAnswers, listen } from './listening.ts';
import { Gate } from './access/gate.ts';
import { admit, answerJson } from './graphql/http.ts';

export interface WorkerServer {
  readonly url: string;
  /** From now on `/readyz` says so. */
  notReady(): void;
  stop(): Promise<void>;
}

/**
 * Listens on `config.host` and `config.workerPort`.
 * @throws DistilleryError BAD_USER_INPUT for a host beyond loopback without a key, UNAVAILABLE for a port in use
 */
export async function startWorkerServer(app: WorkerApp): Promise<WorkerServer> {
  const { config } = app;
  const gate = new Gate(config, app.keys);
  await gate.requireKeyBeyondLoopback();
  let stopping = false;
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const url = await listen(server, { host: config.host, port: config.workerPort }, 'DISTILLERY_WORKER_PORT');
  return {
    url,
    notReady: () => void (stopping = true),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0];
    if (path === '/healthz') return answerJson(response, 200, { status: 'ok' });
    if (path === '/readyz') {
      const ready = !stopping && (await databaseAnswers(app.database));
      return answerJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready' });
    }
    if (path !== '/metrics') return answerJson(response, 404, { status: 'not found' });
    if (!(await admit(gate, app, request, response))) return;
    response.setHeader('content-type', app.metrics.contentType);
    response.end(await app.metrics.scrape({ models: [], trials: [] }));
  }
}
