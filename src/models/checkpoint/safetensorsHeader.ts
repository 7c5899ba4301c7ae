/** The header of a safetensors file: what it must be for the tensors behind it to be read. */
import { basename } from 'node:path';
import { z } from 'zod';
import { DistilleryError, type ErrorFacts } from '../../errors.ts';

const bytesPerElement: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2, I64: 8 };

/** Names and types stand in error messages, so a damaged file must not fill them. */
const longestName = 1_000;

const offset = z.number().int().min(0);
const headerEntry = z.object({
  dtype: z.string().max(100),
  shape: z.array(z.number().int().min(0)).max(64),
  data_offsets: z.tuple([offset, offset]),
});

export interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * @param path only for messages
 * @param bytes the header's JSON
 * @param dataLength bytes behind the header
 * @throws DistilleryError INVALID_CHECKPOINT naming the tensor whose entry is not valid
 */
export function parseHeader(path: string, bytes: Uint8Array, dataLength: number): Header {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(path, 'The header is not valid JSON.', {}, cause);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalid(path, 'The header is not a JSON object of tensors.');
  }

  let metadata: Readonly<Record<string, string>> = {};
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') {
      const parsed = z.record(z.string(), z.string()).safeParse(value);
      if (!parsed.success) throw invalid(path, '"__metadata__" must map names to strings.');
      metadata = parsed.data;
    } else if (name.length > longestName) {
      throw invalid(
        path,
        `A tensor has a name of ${name.length} characters; expected at most ${longestName}.`,
      );
    } else {
      entries.push(checkEntry(path, name, value));
    }
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(path, entries, dataLength);
  return { entries, metadata };
}

function checkEntry(path: string, name: string, value: unknown): Entry {
  const parsed = headerEntry.safeParse(value);
  if (!parsed.success) {
    throw invalid(
      path,
      `The header's entry of tensor "${name}" is not valid: ${z.prettifyError(parsed.error)}`,
      { tensor: name },
    );
  }
  const {
    dtype,
    shape,
    data_offsets: [begin, end],
  } = parsed.data;
  const width = Object.hasOwn(bytesPerElement, dtype) ? bytesPerElement[dtype] : undefined;
  if (width === undefined) {
    throw invalid(
      path,
      `Tensor "${name}" is of type ${dtype}; expected F32, F16 or BF16 (I64 buffers are skipped).`,
      {
        tensor: name,
        expected: ['F32', 'F16', 'BF16'],
        found: dtype,
      },
    );
  }
  const expected = elements(shape) * width;
  if (end - begin !== expected) {
    throw invalid(
      path,
      `Tensor "${name}" with shape [${shape}] of ${dtype} takes ${expected} bytes, but its offsets ${begin} to ${end} hold ${end - begin}.`,
      {
        tensor: name,
        expected,
        found: end - begin,
      },
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Tensors must fill the data without a gap and without an overlap: bytes read twice or never are a damaged file. */
function checkLayout(path: string, entries: readonly Entry[], dataLength: number): void {
  let position = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== position) {
      const fault = begin < position ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw invalid(path, `Tensor "${name}" starts at byte ${begin}, expected ${position}: it ${fault}.`, {
        tensor: name,
        expected: position,
        found: begin,
      });
    }
    if (end > dataLength) {
      throw invalid(
        path,
        `Tensor "${name}" ends at byte ${end}, but the file holds ${dataLength} bytes of tensors: it is cut short.`,
        {
          tensor: name,
          expected: end,
          found: dataLength,
        },
      );
    }
    position = end;
  }
  if (position !== dataLength) {
    throw invalid(path, `The tensors end at byte ${position}, but the file goes on to ${dataLength}.`, {
      expected: position,
      found: dataLength,
    });
  }
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function invalid(
  path: string,
  message: string,
  facts: ErrorFacts = {},
  cause?: unknown,
): DistilleryError {
  return new DistilleryError(
    'INVALID_CHECKPOINT',
    `${basename(path)}: ${message}`,
    { file: basename(path), ...facts },
    { cause },
  );
}
