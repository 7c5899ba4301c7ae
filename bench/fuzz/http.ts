/** Malformed GraphQL over HTTP, on raw sockets: bodies, documents, variables, headers, encodings, paths. */
import type { Random } from '../../src/nn/random.ts';
import { errorCodes } from '../../src/errors.ts';
import { hostileValue, mutateJson, toText, type Json } from './json.ts';
import { mutateBytes, mutateText, randomBytes } from './mutate.ts';
import type { ValidOperation } from './operations.ts';
import { Fault, type Make, type Parts } from './surface.ts';
import { exchange } from './wire.ts';

const json = 'application/json';

/** An answer may take so long; what waits for more of a request gets the end of our side then. */
const quietMs = 500;

export const documentPieces = [
  '{',
  '}',
  '(',
  ')',
  '@skip(if: true)',
  '@nothing',
  '...on Query',
  '...a fragment a on Query { ...a }',
  '$x',
  '"',
  '"""',
  '\\u{110000}',
  '"\\ud800"',
  '"\\u0000"',
  '1e999',
  '99999999999999999999',
  '__schema { types { fields { type { fields { name } } } } }',
  '__typename',
  '__proto__',
  '#',
  '\ufeff',
  '[[[[[[[[',
  ...['{ a ', 'x: __typename ', '[', '...{'].map((piece) => piece.repeat(1_500)),
];

const hostileHeaders = [
  'Content-Type: text/plain',
  'Content-Type: application/json; charset=utf-16',
  'Content-Type: application/graphql',
  'Content-Type: multipart/form-data; boundary=x',
  'Content-Type: application/x-www-form-urlencoded',
  'Content-Type: \xff\xfe',
  'Content-Encoding: gzip',
  'Content-Encoding: br, gzip',
  'Content-Length: 0',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Content-Length: 8000001',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
  'Expect: 100-continue',
  'Expect: nothing',
  'Upgrade: h2c',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Host: elsewhere.example',
  'Host: ',
  'Origin: null',
  'Origin: https://elsewhere.example',
  'Accept: text/html',
  'Accept: nothing/at-all',
  'Accept: multipart/mixed; deferSpec=20220824',
  'Authorization: Bearer ',
  'X-Request-Id: ../../x',
  'traceparent: 00-zz',
  'X-Apollo-Operation-Name: ',
  'Bad Header: x',
  ': nothing',
  `X-Long: ${'a'.repeat(20_000)}`,
  'Cookie: \x01',
];

const paths = [
  '/',
  '/%',
  '/%ff.tar',
  '/models/%2e%2e%2f.tar',
  '/models/__proto__.tar',
  '/models/nothing@1.tar',
].concat(
  [
    '/surveys/..%2f/report.json',
    '/surveys/%00/report.html',
    '/surveys/x/answers.csv',
    '/benchmarks/%ff/report.json',
  ],
  [
    '/benchmarks/0/curve.svg',
    '/graphql/',
    '//graphql',
    'http://127.0.0.1/graphql',
    '*',
    '/metrics?x[]=%',
    '/../../etc/passwd',
  ],
  ['/..%2f..%2fetc%2fpasswd', '/assets/%00', '/readyz', `/${'a'.repeat(5_000)}`],
);

export function httpMaker(operations: readonly ValidOperation[]): Make {
  return (random): Parts => {
    const operation = random.pick(operations);
    const request = brokenRequest(random, operation);
    return random.chance(0.03) ? { request, reset: Buffer.alloc(0) } : { request };
  };
}

function brokenRequest(random: Random, { query, variables }: ValidOperation): Buffer {
  const body: Json = { query, variables: variables(random) };
  const kind = random.uniform();
  if (kind < 0.35)
    return post(
      toText({ query, variables: '@' }).replace('"@"', () => mutateJson(random, body.variables ?? null)),
    );
  if (kind < 0.55) return post(toText({ ...body, query: mutateText(random, query, documentPieces) }));
  if (kind < 0.65) return post(mutateJson(random, body));
  if (kind < 0.7) return post(mutateBytes(random, Buffer.from(toText(body))));
  if (kind < 0.73)
    return post(random.chance(0.5) ? toText(hostileValue(random)) : randomBytes(random, random.integer(300)));
  if (kind < 0.8)
    return post(toText(body), random.pick([json, 'application/graphql+json', `${json}; charset=latin1`]), [
      random.pick(hostileHeaders),
    ]);
  if (kind < 0.85) return chunked(random, toText(body));
  if (kind < 0.93) {
    const search = new URLSearchParams({
      query,
      variables: mutateJson(random, body.variables ?? null),
    }).toString();
    const path = random.chance(0.4)
      ? random.pick(paths)
      : `/graphql?${search.slice(0, random.integer(search.length))}`;
    const method = random.pick([
      'GET',
      'GET',
      'HEAD',
      'OPTIONS',
      'PUT',
      'DELETE',
      'TRACE',
      'POST',
      'NOTHING',
    ]);
    return Buffer.from(
      `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nApollo-Require-Preflight: 1\r\nConnection: close\r\n\r\n`,
      'latin1',
    );
  }
  return mutateBytes(random, post(toText(body)));
}

/** The header that is given twice is the one that counts, where it counts. */
export function post(body: string | Buffer, type = json, headers: readonly string[] = []): Buffer {
  const bytes = Buffer.from(body);
  const own = [`Content-Type: ${type}`, `Content-Length: ${bytes.length}`].filter(
    (line) => !headers.some((given) => given.split(':')[0] === line.split(':')[0]),
  );
  const lines = ['POST /graphql HTTP/1.1', 'Host: 127.0.0.1', ...own, 'Connection: close', ...headers];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}

function chunked(random: Random, body: string): Buffer {
  const half = Buffer.from(body).length >> 1;
  const size = random.pick([
    half.toString(16),
    'ffffffff',
    'fffffffffffffffff',
    '-1',
    'zz',
    '0',
    `${half.toString(16)};x=${'y'.repeat(9_000)}`,
  ]);
  const text = `${size}\r\n${body.slice(0, half)}\r\n${half.toString(16)}\r\n${body.slice(half)}\r\n${random.pick(['0\r\n\r\n', '', '0\r\nX: y\r\n\r\n', '\r\n'])}`;
  const head = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${json}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`;
  return Buffer.from(head + text);
}

export async function sendHttp(url: string, { request = Buffer.alloc(0), reset }: Parts): Promise<string> {
  const answer = await exchange(url, { bytes: request, reset: reset !== undefined, quietMs });
  return outcomeOfHttp(answer.toString('utf8'));
}

/** Of Apollo, beside ours. */
const documentCodes = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
];
const knownCodes = new Set<string>([...errorCodes.filter((code) => code !== 'INTERNAL'), ...documentCodes]);

/** More would only fill a log. */
const longestAnswer = 1_000_000;

/** @param answer everything that came @throws Fault for a fault of ours, or an error without a code that is known */
export function outcomeOfHttp(answer: string): string {
  if (answer === '') return 'closed';
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
  if (Number.isNaN(status)) throw new Fault(`no answer of HTTP: ${answer.slice(0, 300)}`);
  const start = answer.indexOf('\r\n\r\n') + 4;
  const body = answer.slice(start);
  if (status >= 500 && status !== 503 && status !== 504)
    throw new Fault(`HTTP ${status}: ${body.slice(0, 1_000)}`);
  const errors = errorsIn(body);
  if (errors === null) return status < 400 ? 'valid' : `HTTP ${status}`;
  return outcomeOfErrors(errors);
}

/** @param errors of an answer of GraphQL; none where it is valid */
export function outcomeOfErrors(errors: readonly unknown[]): string {
  const codes = errors.map(
    (error) => (error as { extensions?: { code?: unknown } } | null)?.extensions?.code,
  );
  const unknown = codes.findIndex((code) => typeof code !== 'string' || !knownCodes.has(code));
  const text = JSON.stringify(errors);
  if (unknown >= 0) throw new Fault(`code ${String(codes[unknown])}: ${text.slice(0, 1_000)}`);
  if (text.length > longestAnswer) throw new Fault(`its errors have ${text.length} characters`);
  return String(codes[0] ?? 'valid');
}

/** @returns null where the body is none of GraphQL's */
function errorsIn(body: string): unknown[] | null {
  try {
    const parsed = JSON.parse(body) as { errors?: unknown; data?: unknown } | null;
    return Array.isArray(parsed?.errors) ? parsed.errors : null;
  } catch {
    return null;
  }
}
