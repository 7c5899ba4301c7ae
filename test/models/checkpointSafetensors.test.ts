/** Safetensors files: what is written is read back, and no damaged file gets through. */
import { describe, expect, it } from '@jest/globals';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DistilleryError } from '../../src/errors.ts';
import {
  readSafetensors,
  readSafetensorsMetadata,
  writeSafetensors,
} from '../../src/models/checkpoint/safetensors.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const folder = await temporaryFolder();

/** A file from a header (JSON text or an object) and data bytes. */
async function file(
  header: unknown,
  data: Uint8Array = new Uint8Array(0),
  headerLength?: number,
): Promise<string> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerLength ?? json.length));
  const path = join(folder, 'case.safetensors');
  await writeFile(path, Buffer.concat([length, json, data]));
  return path;
}

async function failure(path: string): Promise<DistilleryError> {
  const error = await readSafetensors(path).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DistilleryError))
    throw new Error(`Expected a DistilleryError, got ${String(error)}`);
  expect(error.code).toBe('INVALID_CHECKPOINT');
  return error;
}

const one = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('writing and reading', () => {
  it('gives back names, shapes, every bit and the metadata', async () => {
    const path = join(folder, 'round.safetensors');
    const odd = Float32Array.of(0, -0, 1e-45, -Infinity, NaN, Math.PI);
    const weights = new Map([
      ['a.weight', { shape: [2, 3], data: odd }],
      ['scalar', { shape: [], data: Float32Array.of(7) }],
      ['empty', { shape: [0, 5], data: new Float32Array(0) }],
      ['__proto__', { shape: [1], data: Float32Array.of(3) }],
      ['part of a larger array', { shape: [2], data: new Float32Array([9, 1, 2, 9]).subarray(1, 3) }],
    ]);
    await writeSafetensors(path, weights, { step: '12' });

    const read = await readSafetensors(path);
    expect(new Set(read.keys())).toEqual(new Set(weights.keys()));
    for (const [name, { shape, data }] of weights) {
      expect(read.get(name)?.shape).toEqual(shape);
      expect(Buffer.from(read.get(name)!.data.buffer)).toEqual(
        Buffer.from(data.buffer, data.byteOffset, data.byteLength),
      );
    }
    expect(await readSafetensorsMetadata(path)).toEqual({ step: '12' });
    const headerLength = (await readFile(path)).readBigUInt64LE();
    expect(Number(headerLength) % 8).toBe(0);
  });

  it('refuses data that do not fill the shape, leaving the old file and no other', async () => {
    const path = join(folder, 'kept.safetensors');
    await writeSafetensors(path, new Map([['w', { shape: [1], data: Float32Array.of(5) }]]));
    const wrong = new Map([['w', { shape: [3], data: Float32Array.of(5) }]]);
    await expect(writeSafetensors(path, wrong)).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      facts: { tensor: 'w' },
    });
    expect((await readSafetensors(path)).get('w')?.data[0]).toBe(5);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('half precision', () => {
  it('widens every float16 exactly', async () => {
    const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const path = await file({ h: one('F16', [65536], 0, 131072) }, new Uint8Array(all.buffer));
    const data = (await readSafetensors(path)).get('h')!.data;
    for (let bits = 0; bits < 65536; bits++) {
      const sign = bits & 0x8000 ? -1 : 1;
      const exponent = (bits >> 10) & 31;
      const fraction = bits & 1023;
      const special = fraction ? NaN : sign * Infinity;
      const normal = sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
      const expected =
        exponent === 31 ? special : exponent === 0 ? sign * 2 ** -14 * (fraction / 1024) : normal;
      if (!Object.is(data[bits], expected))
        throw new Error(`float16 ${bits}: expected ${expected}, got ${data[bits]}`);
    }
  });

  it('widens bfloat16 and skips integer buffers', async () => {
    const data = Buffer.alloc(4 + 16);
    data.writeUInt16LE(0x3fc0, 0);
    data.writeUInt16LE(0xff80, 2);
    const path = await file({ position_ids: one('I64', [1, 2], 4, 20), w: one('BF16', [2], 0, 4) }, data);
    const read = await readSafetensors(path);
    expect([...read.keys()]).toEqual(['w']);
    expect([...read.get('w')!.data]).toEqual([1.5, -Infinity]);
  });
});

describe('damaged files', () => {
  const eight = new Uint8Array(8);
  const cases: [string, () => Promise<string>, RegExp][] = [
    [
      'too short',
      async () => (await writeFile(join(folder, 'short'), 'abc'), join(folder, 'short')),
      /at least 8 bytes/,
    ],
    ['missing', async () => join(folder, 'absent.safetensors'), /cannot be opened/],
    ['a header longer than the file', () => file('{}', eight, 2 ** 40), /header cannot be/],
    ['an empty header', () => file('', eight, 0), /header cannot be/],
    ['a header that is not JSON', () => file('{"w": '), /not valid JSON/],
    ['a header that is not UTF-8', () => file('{}', Uint8Array.of(0xff), 3), /not valid JSON/],
    ['a header that is a list', () => file('[]'), /not a JSON object/],
    ['an entry without a shape', () => file({ w: { dtype: 'F32', data_offsets: [0, 4] } }), /"w"/],
    ['a negative size', () => file({ w: one('F32', [-1], 0, 4) }, eight), /"w"/],
    ['offsets backwards', () => file({ w: one('F32', [1], 8, 4) }, eight), /"w"/],
    ['an unknown type', () => file({ w: one('F64', [1], 0, 8) }, eight), /"w" is of type F64; expected F32/],
    [
      'a type from the prototype',
      () => file({ w: one('constructor', [1], 0, 8) }, eight),
      /"w" is of type constructor/,
    ],
    [
      'a shape that does not match',
      () => file({ w: one('F32', [3], 0, 8) }, eight),
      /"w" with shape \[3\] of F32 takes 12/,
    ],
    [
      'a shape past all integers',
      () => file({ w: one('F32', [2 ** 52, 2 ** 52], 0, 8) }, eight),
      /"w" with shape/,
    ],
    [
      'an end past the file',
      () => file({ w: one('F32', [4], 0, 16) }, eight),
      /"w" ends at byte 16.*cut short/,
    ],
    [
      'an overlap',
      () => file({ a: one('F32', [1], 0, 4), b: one('F32', [1], 2, 6) }, eight),
      /"b".*overlaps/,
    ],
    ['a gap', () => file({ a: one('F32', [1], 0, 4), b: one('F32', [0], 8, 8) }, eight), /"b".*gap/],
    ['bytes left over', () => file({ a: one('F32', [1], 0, 4) }, eight), /goes on to 8/],
    ['a name without end', () => file({ ['w'.repeat(5_000)]: one('F32', [1], 0, 4) }), /5000 characters/],
    ['a shape without end', () => file({ w: one('F32', Array(5_000).fill(1), 0, 4) }), /"w" is not valid/],
    ['metadata of numbers', () => file({ __metadata__: { step: 1 } }), /__metadata__/],
    [
      'a Git LFS pointer',
      async () => (
        await writeFile(join(folder, 'lfs'), 'version https://git-lfs.github.com/spec/v1\n'),
        join(folder, 'lfs')
      ),
      /git lfs pull/,
    ],
  ];
  it.each(cases)('refuses %s', async (_what, make, message) => {
    expect((await failure(await make())).message).toMatch(message);
  });

  it('never throws anything but an explained error, whatever byte of the header is changed', async () => {
    const path = join(folder, 'fuzz.safetensors');
    await writeSafetensors(path, new Map([['w', { shape: [2, 2], data: new Float32Array(4) }]]), { a: 'b' });
    const good = await readFile(path);
    let seed = 1;
    const random = (limit: number) => (seed = (seed * 48271) % 2147483647) % limit;
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      const bad = Buffer.from(good.subarray(0, round % 5 === 0 ? random(good.length) : good.length));
      for (let change = 0; change < 1 + random(3) && bad.length > 0; change++)
        bad[random(bad.length)] = random(256);
      await writeFile(path, bad);
      try {
        const read = await readSafetensors(path);
        for (const { shape, data } of read.values())
          expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
      } catch (error) {
        if (!(error instanceof DistilleryError && error.code === 'INVALID_CHECKPOINT')) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(200);
  });
});
