/** What every tokenizer does, and the file that keeps one in a model folder. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DistilleryError, errorDetails } from '../errors.ts';
import { NgramTokenizer } from './ngram.ts';
import { WordTokenizer } from './word.ts';
import { WordPieceTokenizer } from './wordpiece.ts';

export interface Tokenizer {
  readonly kind: 'wordpiece' | 'word' | 'ngram';
  /** Padding (id 0) and unknown included. */
  readonly vocabularySize: number;
  /**
   * @returns ids without padding, at least one and at most `maxTokens`; of a longer text, the first and the
   * last half of that budget. WordPiece adds [CLS] and [SEP], within the budget. Of n-grams, the first ones.
   */
  encode(text: string, maxTokens: number): number[];
  /** What `tokenizer.json` in a model folder holds. */
  toJSON(): TokenizerFile;
}

/** Tokens in the order of their ids; id 0 is padding. */
const vocabulary = z.array(z.string()).min(2);

const wordPieceFile = z.object({
  kind: z.literal('wordpiece'),
  lowercase: z.boolean(),
  stripAccents: z.boolean(),
  separateCjk: z.boolean(),
  vocabulary,
});

const wordFile = z.object({ kind: z.literal('word'), vocabulary });

const ngramFile = z.object({ kind: z.literal('ngram'), vocabulary });

export const tokenizerFile = z.discriminatedUnion('kind', [wordPieceFile, wordFile, ngramFile]);

export type WordPieceFile = z.infer<typeof wordPieceFile>;
export type WordFile = z.infer<typeof wordFile>;
export type NgramFile = z.infer<typeof ngramFile>;
export type TokenizerFile = z.infer<typeof tokenizerFile>;

/**
 * @param file parsed JSON of {@link Tokenizer.toJSON}
 * @throws DistilleryError INVALID_CHECKPOINT where the file or its vocabulary is not what a tokenizer needs
 */
export function loadTokenizer(file: unknown): Tokenizer {
  const parsed = tokenizerFile.safeParse(file);
  if (!parsed.success) {
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `The tokenizer file is not valid: expected {kind: "word" | "wordpiece" | "ngram", vocabulary: [...]}.\n${z.prettifyError(parsed.error)}`,
    );
  }
  switch (parsed.data.kind) {
    case 'word':
      return new WordTokenizer(parsed.data);
    case 'wordpiece':
      return new WordPieceTokenizer(parsed.data);
    case 'ngram':
      return new NgramTokenizer(parsed.data);
  }
}

/**
 * @param path a `tokenizer.json` that {@link Tokenizer.toJSON} gave
 * @throws DistilleryError INVALID_CHECKPOINT where it is missing, not JSON, or not a tokenizer
 */
export async function readTokenizer(path: string): Promise<Tokenizer> {
  let file: unknown;
  try {
    file = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const reason = errorDetails(cause).message;
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `Could not read the tokenizer ${path}: ${reason}`,
      { path },
      { cause },
    );
  }
  return loadTokenizer(file);
}
