/** Bytes over a socket of their own, however wrong, and what comes back until the server ends it. */
import { connect } from 'node:net';
import { Fault } from './surface.ts';

/** Far more than any of these inputs takes on a busy machine. */
const patienceMs = 60_000;

export interface Sent {
  readonly bytes: Buffer;
  /** Sent once this text has come, or after the quiet time without it. */
  readonly rest?: { readonly after: string; readonly bytes: Buffer };
  /** Ends the connection with a reset, as soon as it is open and written to. */
  readonly reset?: boolean;
  /** Called for what has come so far. @returns whether to end our side */
  readonly isEnough?: (received: Buffer) => boolean;
  /** Our side is ended after that time without a byte: Node's server gives no answer to a client that has ended its own. */
  readonly quietMs: number;
}

/**
 * @returns all that came, empty where the server closed without a word
 * @throws Fault where no connection could be made, or the server leaves it open
 */
export function exchange(url: string, { bytes, rest, reset, isEnough, quietMs }: Sent): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let connected = false;
    let left = rest;
    let quiet: NodeJS.Timeout | undefined;
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const patience = setTimeout(() => {
      socket.destroy();
      reject(new Fault(`the connection was still open after ${patienceMs} ms`));
    }, patienceMs);
    const restartQuiet = () => {
      clearTimeout(quiet);
      quiet = setTimeout(() => (left ? sendRest() : socket.end()), quietMs);
    };
    const sendRest = () => {
      if (left) socket.write(left.bytes);
      left = undefined;
      restartQuiet();
    };
    socket.once('connect', () => {
      connected = true;
      if (reset) return void socket.write(bytes, () => socket.resetAndDestroy());
      socket.write(bytes);
      restartQuiet();
    });
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (left && Buffer.concat(chunks).includes(left.after)) sendRest();
      else if (isEnough?.(Buffer.concat(chunks))) socket.end();
      else restartQuiet();
    });
    socket.once('end', () => socket.end());
    // A server may well cut off what it need not read
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(patience);
      clearTimeout(quiet);
      if (connected) resolve(Buffer.concat(chunks));
      else reject(new Fault('the server takes no connection'));
    });
  });
}
