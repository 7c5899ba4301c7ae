/** Breaks valid JSON where its structure is: wrong types, huge numbers, lone surrogates, deep nesting, keys of prototypes. */
import fc from 'fast-check';
import type { Random } from '../../src/nn/random.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Stands for JSON text that `JSON.stringify` can't write: of numbers beyond its range, and deeper than its stack. */
const rawMark = '\u0001raw:';
const raw = (text: string): string => `${rawMark}${Buffer.from(text).toString('base64')}`;
const nested = (depth: number, open: string, close: string) =>
  raw(`${open.repeat(depth)}1${close.repeat(depth)}`);

export const hostileTexts = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  '\uffff\ufffe',
  '\u202e\u200b',
  '../../../../etc/passwd',
  '..%2f..%2f',
  'C:\\x',
  "'; drop table runs; --",
  '__proto__',
  'constructor',
  'toString',
  '{{7*7}}',
  '%s%n',
  'NaN',
  '-1',
  '9'.repeat(400),
  'é'.repeat(5_000),
  '😀'.repeat(2_000),
  '00000000-0000-0000-0000-000000000000',
  'WyJhIl0=',
];

const hostileValues: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  1e308,
  5e-324,
  raw('1e999'),
  raw('-1e999'),
  raw('-0'),
  raw('9'.repeat(3_000)),
  [],
  {},
  [[]],
  [null],
  raw('{"__proto__":{"isAdmin":true}}'),
  raw('{"constructor":{"prototype":{"x":1}}}'),
  raw('{"toString":1,"valueOf":null}'),
  raw('{"a":1,"a":2}'),
  nested(200, '[', ']'),
  nested(20_000, '[', ']'),
  nested(20_000, '{"a":', '}'),
  ...hostileTexts,
];

const hostileKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'length',
  '',
  '\u0000',
  '\ud800',
];

/** Drawn once, the same at every run: fast-check takes longer to draw than a server to answer. */
const drawn = fc.sample(fc.jsonValue({ maxDepth: 3 }), { seed: 1, numRuns: 500 }) as readonly Json[];

/** A hostile value, or one that fast-check drew; a copy, since what is made of it changes it further. */
export const hostileValue = (random: Random): Json =>
  structuredClone(random.pick(random.chance(0.7) ? hostileValues : drawn));

/** @returns JSON text of the value with one to three of its nodes changed */
export function mutateJson(random: Random, valid: Json): string {
  let root = structuredClone(valid);
  for (let left = 1 + random.integer(3); left > 0; left -= 1) root = changed(random, root);
  return toText(root);
}

export function toText(value: Json): string {
  const text = JSON.stringify(value);
  return text.replace(/"\\u0001raw:([\w+/=]*)"/g, (_, encoded: string) =>
    Buffer.from(encoded, 'base64').toString('utf8'),
  );
}

type Holder = Json[] | { [key: string]: Json };

function changed(random: Random, root: Json): Json {
  const places: { holder: Holder; key: string }[] = [];
  const visit = (node: Json) => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push({ holder: node, key });
      visit((node as { [key: string]: Json })[key] ?? null);
    }
  };
  visit(root);
  if (places.length === 0 || random.chance(0.02)) return hostileValue(random);
  const { holder, key } = random.pick(places);
  const own = holder as { [key: string]: Json };
  const value = own[key] ?? null;
  const change = random.integer(7);
  if (change <= 2) own[key] = hostileValue(random);
  else if (change === 3 && !Array.isArray(holder)) {
    Reflect.deleteProperty(own, key);
    const name = random.pick(hostileKeys);
    Object.defineProperty(own, name, { value, enumerable: true, configurable: true, writable: true });
  } else if (change === 3 || change === 4) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else Reflect.deleteProperty(own, key);
  } else if (change === 5) own[key] = Array.from({ length: 1 + random.integer(40) }, () => value);
  else own[key] = structuredClone(random.pick(places).holder);
  return root;
}
