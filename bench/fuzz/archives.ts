/** Malformed archives of the review dataset: broken gzip, tar headers that lie, links, paths that climb, bombs. */
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Random } from '../../src/nn/random.ts';
import { wholeArchive } from '../../test/data/fakeArchive.ts';
import { hostileTexts } from './json.ts';
import { mutateBytes, randomBytes } from './mutate.ts';
import type { Make } from './surface.ts';

const block = 512;

/** Fields of a tar header: where each starts, and how long it is. */
const fields = [
  [0, 100], // name
  [100, 8], // mode
  [124, 12], // size
  [136, 12], // time
  [156, 1], // type
  [157, 100], // link name
  [257, 8], // magic and version
  [345, 155], // prefix
] as const;

const fieldTexts = [
  '00000000000\0',
  '77777777777\0',
  '-0000000001\0',
  '99999999999 ',
  '\x80\0\0\0\0\0\0\x01\0\0\0\0',
  '\xff'.repeat(12),
  '\0',
  '1',
  '2',
  '5',
  'x',
  'g',
  'L',
  'K',
  'S',
  '../../../tmp/fuzz-escaped.txt\0',
  '/tmp/fuzz-escaped.txt\0',
  'aclImdb/../../escaped.txt\0',
  'aclImdb/train/pos/../../../1_9.txt\0',
  'aclImdb/train/pos/0_9.txt\0',
  'aclImdb/train/pos/99999999999999999999_9.txt\0',
  ...hostileTexts,
];

export async function archiveMaker(): Promise<Make> {
  const tar = await tarOf(
    Object.entries(wholeArchive()).map(([name, content]) => ({ name, content: content.toString() })),
  );
  const valid = gzipSync(tar);
  return (random) => ({ 'archive.tar.gz': brokenArchive(random, tar, valid) });
}

function brokenArchive(random: Random, tar: Buffer, valid: Buffer): Buffer {
  const kind = random.uniform();
  if (kind < 0.25) return mutateBytes(random, valid);
  if (kind < 0.28) return randomBytes(random, random.integer(300));
  if (kind < 0.3) return Buffer.concat([valid, random.chance(0.5) ? valid : randomBytes(random, 30)]);
  if (kind < 0.4) return packed(mutateBytes(random, tar));
  if (kind < 0.995) return packed(lyingHeader(random, tar));
  // Zeros behind a header: 20 MB of them in 20 kB
  const head = Buffer.from(tar.subarray(0, block));
  head.write('00200000000\0', 124, 'latin1');
  return packed(Buffer.concat([withChecksum(head), Buffer.alloc(20_000_000)]));
}

const packed = (tar: Buffer): Buffer => gzipSync(tar, { level: 1 });

/** One header's fields, the checksum put right so that they are read; at times with a member in front. */
function lyingHeader(random: Random, valid: Buffer): Buffer {
  const tar = Buffer.from(valid);
  const headers: number[] = [];
  for (let at = 0; at + block <= tar.length; at += block)
    if (tar.toString('latin1', at + 257, at + 262) === 'ustar') headers.push(at);
  const header = tar.subarray(random.pick(headers)).subarray(0, block);
  for (let left = 1 + random.integer(2); left > 0; left -= 1) {
    const [start, length] = random.pick(fields);
    const text = random.pick(fieldTexts);
    header.fill(0, start, start + length);
    header.write(text.slice(0, length), start, start + length, 'latin1');
  }
  withChecksum(header);
  return random.chance(0.2) ? Buffer.concat([paxHeader(random), tar]) : tar;
}

/** A member that tells of the next one what its header has no room for, or more than is true. */
function paxHeader(random: Random): Buffer {
  const record = random.pick([
    '30 path=aclImdb/../../escaped\n',
    '18 size=999999999999\n',
    '12 size=-1\n',
    '99999 path=a\n',
    '-5 path=a=b\n',
    '0 =\n',
    'no length\n',
    `${'9'.repeat(300)} path=x\n`,
    `60009 path=${'a'.repeat(60_000)}\n`,
  ]);
  const size = random.chance(0.8) ? record.length : random.pick([0, 1, 2 ** 20, 2 ** 33 - 1]);
  const header = Buffer.alloc(block);
  header.write('pax', 0);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  header.write(random.pick(['x', 'g', 'L', 'K']), 156);
  header.write('ustar\x0000', 257, 'latin1');
  const content = Buffer.alloc(Math.ceil(record.length / block) * block);
  content.write(record);
  return Buffer.concat([withChecksum(header), content]);
}

function withChecksum(header: Buffer): Buffer {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

async function tarOf(members: readonly { name: string; content: string }[]): Promise<Buffer> {
  const tar = pack();
  for (const { name, content } of members) tar.entry({ name, mtime: new Date(0) }, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
