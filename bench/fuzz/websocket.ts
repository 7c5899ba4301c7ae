/** Malformed WebSocket traffic: handshakes, frames, and messages of graphql-transport-ws out of order. */
import type { Random } from '../../src/nn/random.ts';
import { documentPieces, outcomeOfErrors, outcomeOfHttp } from './http.ts';
import { hostileValue, mutateJson, toText, type Json } from './json.ts';
import { mutateBytes, mutateText, randomBytes } from './mutate.ts';
import type { ValidOperation } from './operations.ts';
import { Fault, type Make, type Parts } from './surface.ts';
import { exchange } from './wire.ts';

/** How long a socket is quiet before our side ends it. */
const quietMs = 40;

const handshake = [
  'GET /graphql HTTP/1.1',
  'Host: 127.0.0.1',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: graphql-transport-ws',
];

const hostileLines = [
  'GET /elsewhere HTTP/1.1',
  'GET /% HTTP/1.1',
  'POST /graphql HTTP/1.1',
  'Host: elsewhere.example',
  'Origin: https://elsewhere.example',
  'Upgrade: nothing',
  'Sec-WebSocket-Key: x',
  'Sec-WebSocket-Version: 99',
  'Sec-WebSocket-Protocol: graphql-ws',
  'Sec-WebSocket-Protocol: ,,',
  'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99',
  'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
];

const text = 1;

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly fin?: boolean;
  /** Reserved bits, which need an extension. */
  readonly reserved?: number;
  readonly masked?: boolean;
  /** What the header says in place of the payload's length. */
  readonly length?: bigint;
}

function frame({ opcode, payload, fin = true, reserved = 0, masked = true, length }: Frame): Buffer {
  const told = length ?? BigInt(payload.length);
  const maskBit = masked ? 0x80 : 0;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  let head: Buffer;
  if (told < 126n) head = Buffer.from([first, maskBit | Number(told)]);
  else if (told < 65_536n) {
    head = Buffer.from([first, maskBit | 126, 0, 0]);
    head.writeUInt16BE(Number(told), 2);
  } else {
    head = Buffer.from([first, maskBit | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeBigUInt64BE(told, 2);
  }
  // A mask of zeros leaves the payload as it is
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), payload]);
}

const said = (message: string): Buffer => frame({ opcode: text, payload: Buffer.from(message) });

export function webSocketMaker(operations: readonly ValidOperation[]): Make {
  return (random) => {
    const parts: Record<string, Buffer> = {
      handshake: Buffer.from(`${brokenHandshake(random).join('\r\n')}\r\n\r\n`, 'latin1'),
      ...brokenFrames(random, operations),
    };
    if (random.chance(0.05)) parts.reset = Buffer.alloc(0);
    return parts;
  };
}

function brokenHandshake(random: Random): string[] {
  const lines = [...handshake];
  if (random.chance(0.94)) return lines;
  const at = random.integer(lines.length);
  if (random.chance(0.3)) lines.splice(at, 1);
  else {
    const line = random.pick(hostileLines);
    const same = lines.findIndex((own) => own.split(/[ :]/)[0] === line.split(/[ :]/)[0]);
    lines.splice(same < 0 ? lines.length : same, same < 0 ? 0 : 1, line);
  }
  return lines;
}

/** A session: initialised, asking, ending; then with some of it changed. */
function brokenFrames(random: Random, operations: readonly ValidOperation[]): Record<string, Buffer> {
  const { query, variables } = random.pick(operations);
  const greeting: Json = { type: 'connection_init', payload: { apiKey: 'a key' } };
  const ask: Json = { id: '1', type: 'subscribe', payload: { query, variables: variables(random) } };
  // What follows upon an acknowledgement is looked at; without one it would be refused unread
  const init = said(toText(greeting));
  const kind = random.uniform();
  if (kind < 0.4) return { init, frames: said(mutateJson(random, ask)) };
  if (kind < 0.5) {
    const payload = { query: mutateText(random, query, documentPieces), variables: variables(random) };
    return { init, frames: said(toText({ ...ask, payload })) };
  }
  if (kind < 0.53) return { frames: Buffer.concat([said(mutateJson(random, greeting)), said(toText(ask))]) };
  if (kind < 0.63) {
    const frames = outOfOrder(random, greeting, ask);
    return random.chance(0.7) ? { init, frames } : { frames };
  }
  if (kind < 0.68) {
    const extensions = { traceparent: hostileValue(random) };
    return { init, frames: said(toText({ ...ask, payload: { query, extensions } })) };
  }
  if (kind < 0.8) return { init, frames: Buffer.concat([hostileFrame(random), said(toText(ask))]) };
  if (kind < 0.83) return { frames: randomBytes(random, 1 + random.integer(400)) };
  if (kind < 0.88) return { frames: mutateBytes(random, Buffer.concat([init, said(toText(ask))])) };
  return { init, frames: mutateBytes(random, said(toText(ask))) };
}

function outOfOrder(random: Random, greeting: Json, ask: Json): Buffer {
  const messages: Json[] = [
    greeting,
    ask,
    ask,
    { id: '1', type: 'complete' },
    { id: 'unknown', type: 'complete' },
    { type: 'ping' },
    { type: 'pong', payload: { a: 1 } },
    { type: 'connection_ack' },
    { id: '1', type: 'next', payload: { data: {} } },
    { id: '1', type: 'error', payload: [] },
    { type: 'nothing' },
    { id: '', type: 'subscribe', payload: { query: '{ __typename }' } },
    { id: '__proto__', type: 'subscribe', payload: { query: '{ __typename }' } },
    { id: 'constructor', type: 'subscribe', payload: { query: '{ __typename }' } },
    [],
    null,
    1,
  ];
  const rest = Array.from({ length: 1 + random.integer(6) }, () => said(toText(random.pick(messages))));
  return Buffer.concat(rest);
}

function hostileFrame(random: Random): Buffer {
  const payload = randomBytes(random, random.integer(140));
  return random.pick<() => Buffer>([
    () => frame({ opcode: random.integer(16), payload }),
    () => frame({ opcode: text, payload: Buffer.from([0xff, 0xfe, 0xc0, 0x80]) }),
    () => frame({ opcode: text, payload, reserved: 1 + random.integer(7) }),
    () => frame({ opcode: text, payload, masked: false }),
    () => frame({ opcode: text, payload, fin: false }),
    () => frame({ opcode: 0, payload }),
    () => frame({ opcode: 9, payload, fin: false }),
    () => frame({ opcode: 9, payload: randomBytes(random, 200) }),
    () =>
      frame({
        opcode: 8,
        payload: random.pick([Buffer.alloc(1), Buffer.from([0, 0]), Buffer.from([3, 237]), payload]),
      }),
    () =>
      frame({
        opcode: text,
        payload,
        length: random.pick([8_000_001n, 2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]),
      }),
    () => frame({ opcode: 2, payload: Buffer.from('{"type":"ping"}') }),
    () =>
      Buffer.concat(
        [...'{"type":"ping"}'].map((letter, place) =>
          frame({ opcode: place === 0 ? text : 0, payload: Buffer.from(letter), fin: letter === '}' }),
        ),
      ),
    () => Buffer.concat(Array.from({ length: 300 }, () => frame({ opcode: 9, payload: Buffer.alloc(0) }))),
    () =>
      Buffer.concat(
        Array.from({ length: 300 }, () => frame({ opcode: text, payload: Buffer.alloc(0), fin: false })),
      ),
  ])();
}

/** By RFC 6455 and graphql-ws, but 1011 and 4500, which are faults of a server. */
const knownCloseCodes = new Set([
  1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, 1013, 4004, 4005, 4400, 4401, 4403, 4406, 4408, 4409, 4429,
  4499,
]);

export async function sendWebSocket(url: string, parts: Parts): Promise<string> {
  const { handshake: opening = Buffer.alloc(0), init, frames = Buffer.alloc(0), reset } = parts;
  const received = await exchange(url, {
    bytes: Buffer.concat([opening, init ?? frames]),
    ...(init ? { rest: { after: 'connection_ack', bytes: frames } } : {}),
    reset: reset !== undefined,
    quietMs,
    isEnough: (so) =>
      messagesOf(so).some(({ type }) => type === 'complete' || type === 'error' || type === 'closed'),
  });
  if (received.length === 0) return 'closed';
  if (!received.toString('latin1', 0, 12).startsWith('HTTP/1.1 101'))
    return outcomeOfHttp(received.toString());
  const messages = messagesOf(received);
  const errors = messages.flatMap(({ type, payload }) => {
    if (type === 'error') return Array.isArray(payload) ? payload : [payload];
    const { errors = [] } = (type === 'next' ? payload : {}) as { errors?: unknown[] };
    return errors;
  });
  const outcome = outcomeOfErrors(errors);
  const closed = messages.find(({ type }) => type === 'closed');
  if (closed === undefined || outcome !== 'valid') return outcome;
  const code = Number(closed.payload);
  if (!knownCloseCodes.has(code)) throw new Fault(`closed with ${code} ${closed.id ?? ''}`);
  return code === 1000 || code === 1005 ? 'valid' : `closed ${code}`;
}

interface Received {
  readonly type?: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** The whole messages in what a server sent behind its handshake; of its close frame, `closed` with the code. */
function messagesOf(received: Buffer): Received[] {
  const start = received.indexOf('\r\n\r\n');
  const messages: Received[] = [];
  for (let at = start < 0 ? received.length : start + 4; at + 2 <= received.length;) {
    const opcode = received.readUInt8(at) & 0x0f;
    let length = received.readUInt8(at + 1) & 0x7f;
    const wide = length === 126 ? 2 : length === 127 ? 8 : 0;
    if (at + 2 + wide > received.length) break;
    if (wide === 2) length = received.readUInt16BE(at + 2);
    if (wide === 8) length = Number(received.readBigUInt64BE(at + 2));
    const payload = received.subarray(at + 2 + wide, at + 2 + wide + length);
    if (payload.length < length) break;
    if (opcode === 8)
      messages.push({
        type: 'closed',
        payload: length < 2 ? 1005 : payload.readUInt16BE(0),
        id: payload.toString('utf8', 2),
      });
    if (opcode === text) messages.push(JSON.parse(payload.toString('utf8')) as Received);
    at += 2 + wide + length;
  }
  return messages;
}
