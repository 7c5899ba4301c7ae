/** The small files of a checkpoint folder: JSON that may be missing, and where the weights came from. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DistilleryError, errorDetails, type ErrorFacts } from '../../errors.ts';

const originFile = z.object({
  origin: z.string().nullable().default(null),
  licence: z.string().nullable().default(null),
});

/** Where the weights came from and their licence, where the folder's `origin.json` says so. */
export async function readOrigin(folder: string): Promise<{ origin: string | null; licence: string | null }> {
  return (await readJson(folder, 'origin.json', originFile)) ?? { origin: null, licence: null };
}

/**
 * @param hint what was expected, for the message
 * @returns null where the file does not exist
 * @throws DistilleryError INVALID_CHECKPOINT where it can't be read or is not as the schema says
 */
export async function readJson<T>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
  hint = '',
): Promise<T | null> {
  const text = await readText(folder, name);
  if (text === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(`${name} is not valid JSON.`, { file: name }, cause);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalid(`${name} is not as expected. ${hint}\n${z.prettifyError(parsed.error)}`, { file: name });
}

/** @returns null where the file does not exist */
export async function readText(folder: string, name: string): Promise<string | null> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    if (errorDetails(cause).code === 'ENOENT') return null;
    throw invalid(`${name} cannot be read.`, { file: name }, cause);
  }
}

export function invalid(message: string, facts: ErrorFacts, cause?: unknown): DistilleryError {
  return new DistilleryError('INVALID_CHECKPOINT', message, facts, { cause });
}
