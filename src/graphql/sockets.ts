/** WebSockets: taken on, counted by client, and closed when their key opens nothing any more. */
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Actor } from '../access/actor.ts';
import { addressOf, type Gate } from '../access/gate.ts';
import { DistilleryError } from '../errors.ts';
import type { Services } from './context.ts';
import { webSocketOptions } from './websocket.ts';

/** Between two looks at keys that may have come to their end; a revoked one is heard of at once. */
const lookMs = 30_000;
/**
 * Of answers, on one WebSocket. Events wait until the one before has left, so only a client that goes on asking
 * without reading comes here.
 */
const mostUnreadBytes = 4_000_000;
const tryAgainLater = 1013;
/** graphql-ws has no word for it. */
const tooManySockets = 4429;

interface Client {
  /** As what it is counted: its address until it is let in with a key. */
  counted: string;
  readonly address: string;
  /** What it gave, once it was let in. */
  key: unknown;
}

/** The WebSockets that are open, and who is behind each. */
export class Sockets {
  readonly #gate: Gate;
  readonly #limit: number;
  readonly #clients = new Map<WebSocket, Client>();
  readonly #admitted = new Set<WebSocket>();
  readonly #counts = new Map<string, number>();

  constructor(gate: Gate, limit: number) {
    this.#gate = gate;
    this.#limit = limit;
  }

  hasRoomFor(address: string): boolean {
    return (this.#counts.get(ofAddress(address)) ?? 0) < this.#limit;
  }

  add(socket: WebSocket, address: string): void {
    const client = { counted: ofAddress(address), address, key: undefined };
    this.#clients.set(socket, client);
    this.#count(client.counted, 1);
    socket.once('close', () => {
      this.#count(client.counted, -1);
      this.#clients.delete(socket);
      this.#admitted.delete(socket);
    });
  }

  /** @returns whether it may stay; where not, it is closed, or about to be, with 4403 or 4429 */
  async admit(socket: WebSocket, key: unknown): Promise<boolean> {
    const client = this.#clients.get(socket);
    if (!client) return false;
    const actor = await this.#gate.admit(key, client.address);
    client.key = key;
    if (actor.name !== 'local') {
      const counted = `key ${actor.keyId ?? actor.name}`;
      if ((this.#counts.get(counted) ?? 0) >= this.#limit) {
        socket.close(tooManySockets, `More than ${this.#limit} WebSockets`);
        return false;
      }
      this.#count(client.counted, -1);
      client.counted = counted;
      this.#count(counted, 1);
    }
    this.#admitted.add(socket);
    return true;
  }

  /**
   * Before each operation.
   * @throws DistilleryError UNAUTHENTICATED where the key opens nothing any more, and closes the socket; RATE_LIMITED
   */
  async actorOf(socket: WebSocket): Promise<Actor> {
    const client = this.#clients.get(socket);
    const actor = await this.#gate.recheck(client?.key).catch((error: unknown) => {
      // After the answer, which is sent in this turn of the event loop.
      setImmediate(() => socket.close(CloseCode.Forbidden, 'Forbidden'));
      throw error;
    });
    await this.#gate.count(actor, client?.address ?? 'unknown');
    return actor;
  }

  /** Closes those whose keys open nothing any more, with all that runs on them. */
  async recheck(): Promise<void> {
    await Promise.all(
      [...this.#admitted].map((socket) =>
        this.#gate.recheck(this.#clients.get(socket)?.key).catch((error: unknown) => {
          if (isRefusal(error)) socket.close(CloseCode.Forbidden, 'Forbidden');
        }),
      ),
    );
  }

  #count(client: string, change: number): void {
    const count = (this.#counts.get(client) ?? 0) + change;
    if (count === 0) this.#counts.delete(client);
    else this.#counts.set(client, count);
  }
}

const isRefusal = (error: unknown) => error instanceof DistilleryError && error.code === 'UNAUTHENTICATED';

const ofAddress = (address: string) => `address ${address}`;

/** @returns ends all sockets and accepts no more */
export function acceptWebSockets(
  httpServer: Server,
  { path, schema, services, gate }: { path: string; schema: GraphQLSchema; services: Services; gate: Gate },
): () => Promise<void> {
  const { config, metrics, keys } = services;
  const server = new WebSocketServer({ noServer: true, maxPayload: config.maxBodyBytes });
  const sockets = new Sockets(gate, config.socketsPerClient);
  const graphql = useServer(webSocketOptions(schema, services, { gate, sockets }), server);
  server.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    metrics.webSocketOpened();
    sockets.add(socket, addressOf(request));
    socket.once('close', () => metrics.webSocketClosed());
    socket.on('message', () => {
      if (socket.bufferedAmount > mostUnreadBytes)
        socket.close(tryAgainLater, 'Answers are not read as fast as they are asked for.');
    });
    // ws has closed it with the code that fits; graphql-ws would write a stack to the log for every bad frame
    socket.removeAllListeners('error').on('error', () => undefined);
  });
  httpServer.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refuse = (status: 403 | 404 | 429) => {
      metrics.refused('websocket', status);
      // Node watches this socket no more: a client that resets it would end the whole process
      socket.on('error', () => socket.destroy());
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
    };
    if (request.url?.split('?', 1)[0] !== path) return refuse(404);
    if (gate.isForeign(request)) return refuse(403);
    if (!sockets.hasRoomFor(addressOf(request))) return refuse(429);
    server.handleUpgrade(request, socket, head, (opened) => server.emit('connection', opened, request));
  });
  const stopHearing = keys.onChange(() => void sockets.recheck());
  const timer = setInterval(() => void sockets.recheck(), lookMs).unref();
  return async () => {
    clearInterval(timer);
    stopHearing();
    await graphql.dispose();
  };
}
