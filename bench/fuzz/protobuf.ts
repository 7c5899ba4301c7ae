/** Changes the fields of an encoded protobuf message, at any depth, with all lengths around them put right again. */
import type { Random } from '../../src/nn/random.ts';
import { mutateBytes, randomBytes } from './mutate.ts';

interface Field {
  readonly number: number;
  /** 0: a varint; 1: 8 bytes; 2: as many as its length says; 5: 4 bytes. */
  readonly wire: number;
  readonly content: Buffer;
}

const varints = [
  0n,
  1n,
  2n,
  3n,
  7n,
  16n,
  127n,
  2n ** 20n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];

const texts = [
  '',
  'Loop',
  'If',
  'Scan',
  'Nothing',
  'Identity',
  'logits',
  'input_ids',
  '../../etc/passwd',
  'location',
].concat([
  'ai.onnx.ml',
  'com.microsoft',
  'ConstantOfShape',
  'Expand',
  'Tile',
  'Range',
  '__proto__',
  '\u0000',
  'a'.repeat(3_000),
]);

/** @param message valid; null where it is none */
function fieldsOf(message: Buffer): Field[] | null {
  const fields: Field[] = [];
  for (let at = 0; at < message.length;) {
    const tag = readVarint(message, at);
    if (!tag) return null;
    const [number, wire] = [Number(tag.value >> 3n), Number(tag.value & 7n)];
    if (number === 0 || number > 30) return null;
    at = tag.end;
    let end: number;
    if (wire === 0) end = readVarint(message, at)?.end ?? -1;
    else if (wire === 1) end = at + 8;
    else if (wire === 5) end = at + 4;
    else if (wire === 2) {
      const length = readVarint(message, at);
      if (!length) return null;
      at = length.end;
      end = at + Number(length.value);
    } else return null;
    if (end < at || end > message.length) return null;
    fields.push({ number, wire, content: message.subarray(at, end) });
    at = end;
  }
  return fields;
}

function readVarint(bytes: Buffer, start: number): { value: bigint; end: number } | null {
  let value = 0n;
  for (let at = start; at < bytes.length && at < start + 10; at += 1) {
    const byte = bytes.readUInt8(at);
    value |= BigInt(byte & 0x7f) << BigInt(7 * (at - start));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  return null;
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(left)]);
}

function encode(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(({ number, wire, content }) => [
      varint(BigInt((number << 3) | wire)),
      ...(wire === 2 ? [varint(BigInt(content.length))] : []),
      content,
    ]),
  );
}

/** One change of one field, deeper ones as likely as those around them. @param message valid */
export function mutateMessage(random: Random, message: Buffer): Buffer {
  const fields = fieldsOf(message);
  if (!fields || fields.length === 0) return mutateBytes(random, message);
  const at = random.integer(fields.length);
  const field = fields[at]!;
  const inner = field.wire === 2 && field.content.length > 1 ? fieldsOf(field.content) : null;
  const isDeeper = inner !== null && random.chance(0.85);
  const isLeftOut = !isDeeper && random.chance(0.2);
  if (isDeeper) fields[at] = { ...field, content: mutateMessage(random, field.content) };
  else if (isLeftOut) fields.splice(at, 1);
  else if (random.chance(0.2)) fields.splice(at, 0, random.pick(fields));
  else if (random.chance(0.1)) fields[at] = { ...field, number: 1 + random.integer(26) };
  else fields[at] = { ...field, content: otherContent(random, field) };
  return encode(fields);
}

function otherContent(random: Random, { wire, content }: Field): Buffer {
  if (wire === 0) return varint(random.pick(varints));
  if (wire !== 2) return randomBytes(random, content.length);
  if (random.chance(0.5)) return Buffer.from(random.pick(texts));
  return content.length > 0 ? mutateBytes(random, content) : randomBytes(random, 4);
}
