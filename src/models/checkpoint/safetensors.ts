/** Reads and writes safetensors files: named float tensors behind a JSON header. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import type { Tensor, Weights } from '../../nn/engine.ts';
import { elements, invalid, parseHeader, type Entry, type Header } from './safetensorsHeader.ts';

/** The limit of the reference implementation; a real header takes about 100 bytes a tensor. */
const largestHeader = 100_000_000;

/** fs.read and fs.write take lengths below 2³¹. */
const largestTransfer = 2 ** 30;

/**
 * Reads every float tensor of a safetensors file as float32; F16 and BF16 are widened, I64 buffers (such as
 * `position_ids`) are left out. Every tensor has an array of its own.
 *
 * @throws DistilleryError INVALID_CHECKPOINT where the file is missing, cut short or not in the format, or a tensor
 *   has another type; it names the tensor
 */
export async function readSafetensors(path: string): Promise<Weights> {
  return withFile(path, async (file, size) => {
    const { entries, dataStart } = await readHeader(path, file, size);
    const weights = new Map<string, Tensor>();
    for (const entry of entries) {
      if (entry.dtype === 'I64') continue;
      weights.set(entry.name, { shape: entry.shape, data: await readTensor(path, file, entry, dataStart) });
    }
    return weights;
  });
}

/** Reads only the free-form `__metadata__` of a safetensors file; an empty record where there is none. */
export async function readSafetensorsMetadata(path: string): Promise<Readonly<Record<string, string>>> {
  return withFile(path, async (file, size) => (await readHeader(path, file, size)).metadata);
}

/**
 * Writes float32 tensors in the map's order, aside first and then renamed, so that `path` is never half a file.
 *
 * @throws DistilleryError INVALID_CHECKPOINT where a tensor's data do not fill its shape
 */
export async function writeSafetensors(
  path: string,
  weights: Weights,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  const header: Record<string, unknown> = Object.create(null);
  if (metadata) header.__metadata__ = metadata;
  let end = 0;
  for (const [name, { shape, data }] of weights) {
    if (name === '__metadata__') throw invalid(path, 'A tensor cannot be called "__metadata__".');
    if (elements(shape) !== data.length) {
      throw invalid(
        path,
        `Tensor "${name}" has ${data.length} values, but its shape [${shape}] takes ${elements(shape)}.`,
        {
          tensor: name,
        },
      );
    }
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  // Spaces after the JSON let the tensors start at a multiple of 8 bytes, as the format asks of writers.
  const head = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  head.writeBigUInt64LE(BigInt(head.length - 8));
  json.copy(head, 8);

  const aside = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(aside, 'wx');
    try {
      await writeFully(file, head);
      for (const { data } of weights.values()) await writeFully(file, bytesOf(data));
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

async function withFile<T>(path: string, use: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    throw invalid(path, 'The file cannot be opened: check that it exists and may be read.', {}, cause);
  }
  try {
    return await use(file, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

async function readHeader(
  path: string,
  file: FileHandle,
  fileSize: number,
): Promise<Header & { dataStart: number }> {
  if (fileSize < 8) throw invalid(path, `A safetensors file has at least 8 bytes, this one has ${fileSize}.`);
  const first = new Uint8Array(8);
  await readFully(path, file, first, 0, 'the header length');
  if (Buffer.from(first).toString('latin1') === 'version ') {
    throw invalid(
      path,
      'This is a Git LFS pointer, not the weights themselves: fetch the file with "git lfs pull".',
    );
  }
  const length = Number(Buffer.from(first.buffer).readBigUInt64LE());
  if (length < 2 || length > Math.min(largestHeader, fileSize - 8)) {
    throw invalid(
      path,
      `The header cannot be ${length} bytes long in a file of ${fileSize} bytes: not a safetensors file, or cut short.`,
    );
  }
  const bytes = new Uint8Array(length);
  await readFully(path, file, bytes, 8, 'the header');

  return { ...parseHeader(path, bytes, fileSize - 8 - length), dataStart: 8 + length };
}

async function readTensor(
  path: string,
  file: FileHandle,
  entry: Entry,
  dataStart: number,
): Promise<Float32Array> {
  const count = elements(entry.shape);
  const what = `tensor "${entry.name}"`;
  if (entry.dtype === 'F32') {
    const data = new Float32Array(count);
    await readFully(path, file, bytesOf(data), dataStart + entry.begin, what);
    return data;
  }
  const halves = new Uint16Array(count);
  await readFully(path, file, bytesOf(halves), dataStart + entry.begin, what);
  return entry.dtype === 'F16' ? widenFloat16(halves) : widenBfloat16(halves);
}

/** IEEE 754 binary16 → float32, exactly: subnormals, infinities and NaN included. */
function widenFloat16(halves: Uint16Array): Float32Array {
  const data = new Float32Array(halves.length);
  const bits = new Uint32Array(data.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i] ?? 0;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) data[i] = (sign ? -fraction : fraction) * 2 ** -24;
    else bits[i] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
  }
  return data;
}

/** bfloat16 is the upper half of a float32. */
function widenBfloat16(halves: Uint16Array): Float32Array {
  const bits = Uint32Array.from(halves, (half) => half << 16);
  return new Float32Array(bits.buffer);
}

async function readFully(
  path: string,
  file: FileHandle,
  target: Uint8Array,
  position: number,
  what: string,
): Promise<void> {
  for (let done = 0; done < target.length;) {
    const length = Math.min(target.length - done, largestTransfer);
    const { bytesRead } = await file.read(target, done, length, position + done);
    if (bytesRead === 0) throw invalid(path, `The file ended while ${what} was read.`);
    done += bytesRead;
  }
}

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, largestTransfer));
    done += bytesWritten;
  }
}

/** The array's own memory, not a copy. The format is little-endian, as is every platform that Node's engines run on here. */
function bytesOf(array: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
