/** Breaks valid bytes and texts: bit flips, cuts, splices, lengths that lie. */
import type { Random } from '../../src/nn/random.ts';

const lies = [0, 1, 2, 7, 8, 127, 128, 255, 256, 65_535, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const longLies = [0n, 1n, 8n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];

type Change = (bytes: Buffer, random: Random) => Buffer;

const changes: readonly Change[] = [
  function flipBits(bytes, random) {
    for (let i = 1 + random.integer(8); i > 0; i -= 1) {
      const place = random.integer(bytes.length);
      bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << random.integer(8)), place);
    }
    return bytes;
  },
  function setBytes(bytes, random) {
    for (let i = 1 + random.integer(4); i > 0; i -= 1)
      bytes.writeUInt8(
        random.pick([0, 0x20, 0x7f, 0x80, 0xff, random.integer(256)]),
        random.integer(bytes.length),
      );
    return bytes;
  },
  function cut(bytes, random) {
    return bytes.subarray(0, random.integer(bytes.length));
  },
  function leaveOut(bytes, random) {
    const [from, to] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  function repeat(bytes, random) {
    const [from, to] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  function splice(bytes, random) {
    const [from, to] = range(bytes, random);
    const at = random.integer(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at)]);
  },
  function lie(bytes, random) {
    const at = random.chance(0.3) ? 0 : random.integer(bytes.length);
    if (bytes.length >= at + 8 && random.chance(0.5)) bytes.writeBigUInt64LE(random.pick(longLies), at);
    else if (bytes.length >= at + 4) bytes.writeUInt32LE(random.pick(lies), at);
    return bytes;
  },
  function append(bytes, random) {
    return Buffer.concat([bytes, randomBytes(random, 1 + random.integer(64))]);
  },
];

/** At least one change, seldom more than four. @param valid stays as it is */
export function mutateBytes(random: Random, valid: Uint8Array): Buffer {
  let bytes: Buffer = Buffer.from(valid);
  for (let left = 1 + random.integer(4); left > 0 && bytes.length > 0; left -= 1)
    bytes = Buffer.from(random.pick(changes)(bytes, random));
  return bytes;
}

export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => random.integer(256)));
}

/** Leaves out, repeats, swaps and puts in pieces between the boundaries that `tokens` finds. */
export function mutateText(
  random: Random,
  text: string,
  hostile: readonly string[],
  tokens = /[\w$]+|\s+|[^\w\s]/gu,
): string {
  const pieces = text.match(tokens) ?? [];
  for (let left = 1 + random.integer(4); left > 0; left -= 1) {
    const at = random.integer(pieces.length + 1);
    const count = 1 + random.integer(3);
    const change = random.integer(5);
    if (change === 0) pieces.splice(at, count);
    else if (change === 1) pieces.splice(at, 0, ...pieces.slice(at, at + count));
    else if (change === 2) pieces.splice(at, count, random.pick(hostile));
    else if (change === 3) pieces.splice(at, 0, random.pick(hostile));
    else if (pieces.length > 0) pieces.splice(at, 1, random.pick(pieces));
  }
  return pieces.join('');
}

function range(bytes: Buffer, random: Random): [number, number] {
  const from = random.integer(bytes.length);
  return [from, Math.min(bytes.length, from + 1 + random.integer(64))];
}
