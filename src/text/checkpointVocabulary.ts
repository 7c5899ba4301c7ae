/** Reads the WordPiece vocabulary of a Hugging Face checkpoint folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DistilleryError, errorDetails } from '../errors.ts';
import { WordPieceTokenizer } from './wordpiece.ts';

const tokenizerJson = z.object({
  normalizer: z
    .object({
      lowercase: z.boolean().optional(),
      strip_accents: z.boolean().nullish(),
      handle_chinese_chars: z.boolean().optional(),
    })
    .nullish(),
  model: z.object({
    type: z.literal('WordPiece').optional(),
    continuing_subword_prefix: z.literal('##').optional(),
    vocab: z.record(z.string(), z.number().int().min(0)),
  }),
});

const tokenizerConfig = z.object({
  do_lower_case: z.boolean().nullish(),
  strip_accents: z.boolean().nullish(),
  tokenize_chinese_chars: z.boolean().nullish(),
});

/**
 * Reads `vocab.txt`, else `tokenizer.json`. How a text is normalised comes from `tokenizer_config.json`, then
 * from the normaliser in `tokenizer.json`, then from BERT's defaults (lower case, no accents).
 *
 * @param folder a checkpoint folder
 * @throws DistilleryError INVALID_CHECKPOINT where neither file is there, or the vocabulary has gaps or lacks special tokens
 */
export async function readWordPieceVocabulary(folder: string): Promise<WordPieceTokenizer> {
  const [lines, full, config] = await Promise.all([
    readOptional(join(folder, 'vocab.txt')),
    readOptional(join(folder, 'tokenizer.json')),
    readOptional(join(folder, 'tokenizer_config.json')),
  ]);
  const whole = full === null ? null : parse(full, tokenizerJson, join(folder, 'tokenizer.json'));
  const settings =
    config === null ? {} : parse(config, tokenizerConfig, join(folder, 'tokenizer_config.json'));
  let vocabulary: string[];
  if (lines !== null) vocabulary = vocabularyOfLines(lines);
  else if (whole !== null) vocabulary = vocabularyOfMap(whole.model.vocab, folder);
  else {
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `The checkpoint ${folder} has no vocabulary; expected vocab.txt or a WordPiece tokenizer.json in it.`,
      { folder },
    );
  }
  const normalizer = whole?.normalizer ?? {};
  const lowercase = settings.do_lower_case ?? normalizer.lowercase ?? true;
  return new WordPieceTokenizer({
    kind: 'wordpiece',
    lowercase,
    stripAccents: settings.strip_accents ?? normalizer.strip_accents ?? lowercase,
    separateCjk: settings.tokenize_chinese_chars ?? normalizer.handle_chinese_chars ?? true,
    vocabulary,
  });
}

function vocabularyOfLines(content: string): string[] {
  const tokens = content.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  if (tokens.at(-1) === '') tokens.pop();
  return tokens;
}

function vocabularyOfMap(ids: Record<string, number>, folder: string): string[] {
  const entries = Object.entries(ids);
  const vocabulary = new Array<string | undefined>(entries.length).fill(undefined);
  for (const [token, id] of entries) if (id < entries.length) vocabulary[id] = token;
  const complete = vocabulary.filter((token) => token !== undefined);
  if (complete.length === entries.length) return complete;
  const gap = vocabulary.indexOf(undefined);
  throw new DistilleryError(
    'INVALID_CHECKPOINT',
    `The vocabulary in ${join(folder, 'tokenizer.json')} has ${entries.length} tokens but none with id ${gap}; expected ids from 0 without gaps.`,
    { folder, gap },
  );
}

async function readOptional(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(errorDetails(cause).code ?? '')) return null;
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `Could not read ${path}: ${errorDetails(cause).message}`,
      { path },
      { cause },
    );
  }
}

function parse<T>(content: string, schema: z.ZodType<T>, path: string): T {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `${path} is not JSON: ${errorDetails(cause).message}`,
      { path },
      { cause },
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new DistilleryError(
    'INVALID_CHECKPOINT',
    `${path} is not as a WordPiece tokenizer's is.\n${z.prettifyError(parsed.error)}`,
    { path },
  );
}
