/** The scanners and tables behind `encode` against the definitions, id by id. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { BasicScanner } from '../../src/text/basicScanner.ts';
import { forEachWord, normalise } from '../../src/text/basicTokenizer.ts';
import type { BasicOptions } from '../../src/text/basicTokenizer.ts';
import { NgramTokenizer, ngramsOf } from '../../src/text/ngram.ts';
import type { Spans } from '../../src/text/spans.ts';
import { loadTokenizer } from '../../src/text/tokenizer.ts';
import type {
  NgramFile,
  Tokenizer,
  TokenizerFile,
  WordFile,
  WordPieceFile,
} from '../../src/text/tokenizer.ts';
import { buildWordTokenizer, WordTokenizer } from '../../src/text/word.ts';
import { buildWordPieceTokenizer } from '../../src/text/wordpiece.ts';
import { scanWords } from '../../src/text/wordScanner.ts';
import { WordTable } from '../../src/text/wordTable.ts';
import { wordsOf } from '../../src/text/words.ts';
import { firstRealReviews, realArchive } from '../data/realArchive.ts';
import { hardTexts, nastyTexts } from './nastyTexts.ts';

const noLimit = 1_000_000;

function basicWordsOf(text: string, options: BasicOptions): string[] {
  const words: string[] = [];
  forEachWord(normalise(text, options), (word) => words.push(word));
  return words;
}

function stringsOf({ units, starts, ends, count }: Spans): string[] {
  return Array.from({ length: count }, (_, i) => String.fromCharCode(...units.subarray(starts[i], ends[i])));
}

/** The first text whose answers differ, with both; null where none does. */
function firstDifference<T>(
  texts: Iterable<string>,
  ours: (text: string) => T,
  definition: (text: string) => T,
) {
  for (const text of texts) {
    const [given, expected] = [ours(text), definition(text)];
    if (JSON.stringify(given) !== JSON.stringify(expected)) return { text, given, expected };
  }
  return null;
}

/** Ids as the definitions have them: strings, looked up in a map. */
function definitionOf(file: TokenizerFile): Tokenizer['encode'] {
  switch (file.kind) {
    case 'word':
      return wordIdsByDefinition(file);
    case 'ngram':
      return ngramIdsByDefinition(file);
    case 'wordpiece':
      return pieceIdsByDefinition(file);
  }
}

const numbered = (vocabulary: readonly string[]) => new Map(vocabulary.map((token, id) => [token, id]));

function headAndTail(ids: number[], budget: number): number[] {
  if (ids.length <= budget) return ids;
  return [...ids.slice(0, Math.ceil(budget / 2)), ...ids.slice(ids.length - Math.floor(budget / 2))];
}

function wordIdsByDefinition({ vocabulary }: WordFile): Tokenizer['encode'] {
  const ids = numbered(vocabulary);
  return (text, maxTokens) => {
    const words = wordsOf(text).map((word) => ids.get(word) ?? 1);
    return words.length === 0 ? [1] : headAndTail(words, maxTokens);
  };
}

function ngramIdsByDefinition({ vocabulary }: NgramFile): Tokenizer['encode'] {
  const ids = numbered(vocabulary);
  return (text, maxTokens) => {
    const known = [...ngramsOf(text)].map((ngram) => ids.get(ngram)).filter((id) => id !== undefined);
    return known.length === 0 ? [1] : known.slice(0, maxTokens);
  };
}

function pieceIdsByDefinition(file: WordPieceFile): Tokenizer['encode'] {
  const ids = numbered(file.vocabulary);
  const idOf = (token: string) => ids.get(token) as number;
  const piecesOf = (word: string): number[] => {
    if ([...word].length > 100) return [idOf('[UNK]')];
    const pieces: number[] = [];
    for (let start = 0, end; start < word.length; start = end) {
      const prefix = start === 0 ? '' : '##';
      end = word.length;
      while (end > start && !ids.has(prefix + word.slice(start, end))) end -= 1;
      if (end === start) return [idOf('[UNK]')];
      pieces.push(idOf(prefix + word.slice(start, end)));
    }
    return pieces;
  };
  return (text, maxTokens) => [
    idOf('[CLS]'),
    ...headAndTail(basicWordsOf(text, file).flatMap(piecesOf), maxTokens - 2),
    idOf('[SEP]'),
  ];
}

function expectAsDefined(tokenizer: Tokenizer, texts: readonly string[], budgets: readonly number[]): void {
  const definition = definitionOf(tokenizer.toJSON());
  for (const budget of budgets) {
    expect(
      firstDifference(
        texts,
        (text) => tokenizer.encode(text, budget),
        (text) => definition(text, budget),
      ),
    ).toBeNull();
  }
}

describe('the scanners', () => {
  const texts = [...hardTexts, ...nastyTexts(1, 20_000)];

  it('find the words of the definition', () => {
    expect(firstDifference(texts, (text) => stringsOf(scanWords(text)), wordsOf)).toBeNull();
  });

  it.each([
    { lowercase: true, stripAccents: true, separateCjk: true },
    { lowercase: false, stripAccents: false, separateCjk: true },
    { lowercase: true, stripAccents: false, separateCjk: false },
    { lowercase: false, stripAccents: true, separateCjk: false },
  ])('find the words of BERT with %j', (options) => {
    const scanner = new BasicScanner(options);
    const definition = (text: string) => basicWordsOf(text, options);
    expect(firstDifference(texts, (text) => stringsOf(scanner.scan(text)), definition)).toBeNull();
  });

  it('take every character as the definition does, alone, doubled, and within words and numbers', () => {
    const options = { lowercase: true, stripAccents: true, separateCjk: true };
    const scanner = new BasicScanner(options);
    const inPlaces = Array.from({ length: 0x3100 }, (_, code) => String.fromCharCode(code)).map(
      (c) => `${c} ${c}${c} A${c}b n${c}t ${c}'s 1${c}5 <${c}> <b${c}> ${c}`,
    );
    expect(firstDifference(inPlaces, (text) => stringsOf(scanWords(text)), wordsOf)).toBeNull();
    expect(
      firstDifference(
        inPlaces,
        (text) => stringsOf(scanner.scan(text)),
        (text) => basicWordsOf(text, options),
      ),
    ).toBeNull();
  });

  it('take texts of any length, one after another', () => {
    const long = `${'ab '.repeat(50_000)}${'c'.repeat(50_000)}`;
    for (const text of ['short', long, '', `${long} 好`, 'short again']) {
      expect(stringsOf(scanWords(text))).toHaveLength(wordsOf(text).length);
      expect(scanWords(text).count).toBe(wordsOf(text).length);
    }
  });
});

describe('encode', () => {
  const texts = [...hardTexts, ...nastyTexts(2, 6000)];
  // The vocabularies are of other texts, so that there are unknown words.
  const others = nastyTexts(3, 500);
  const words = buildWordTokenizer(others, 400).toJSON().vocabulary;

  it('gives the ids of words', () => {
    expectAsDefined(new WordTokenizer({ kind: 'word', vocabulary: words }), texts, [noLimit, 1, 4, 7]);
  });

  it('gives the ids of n-grams, of pairs too whose words are not in the vocabulary by themselves', () => {
    const ngrams = [...new Set(others.flatMap((text) => [...ngramsOf(text)]))].filter((_, i) => i % 3 > 0);
    const vocabulary = ['<pad>', '<unk>', ...ngrams];
    expectAsDefined(new NgramTokenizer({ kind: 'ngram', vocabulary }), texts, [noLimit, 1, 4, 7]);
  });

  it('gives the ids of pieces', () => {
    expectAsDefined(buildWordPieceTokenizer(others, 600), texts, [noLimit, 3, 6, 9]);
  });

  it('measures a word in code points', () => {
    const tokenizer = buildWordPieceTokenizer(['𐐨𐐩'], 300);
    const lengths = [60, 100, 101].map((length) => '𐐨'.repeat(length));
    expectAsDefined(tokenizer, lengths, [noLimit]);
    expect(lengths.map((word) => tokenizer.encode(word, noLimit).length)).toEqual([62, 102, 3]);
  });

  it('gives the last id of a token that a vocabulary has twice', () => {
    const twice = [...words, ...words.slice(2).reverse()];
    expectAsDefined(new WordTokenizer({ kind: 'word', vocabulary: twice }), texts.slice(0, 1000), [noLimit]);
    const ngrams = [
      '<pad>',
      '<unk>',
      'good',
      'not good',
      'good',
      'not good',
      'a  b',
      ' good',
      'not good the',
    ];
    const tokenizer = new NgramTokenizer({ kind: 'ngram', vocabulary: ngrams });
    expect(tokenizer.encode('not good the', noLimit)).toEqual([4, 5]);
  });

  it('forgets the text before', () => {
    const tokenizer = new NgramTokenizer({
      kind: 'ngram',
      vocabulary: ['<pad>', '<unk>', 'good', 'not good'],
    });
    expect(tokenizer.encode('not good', 1)).toEqual([2]);
    expect(tokenizer.encode('not good', 2)).toEqual([2, 3]);
    expect(tokenizer.encode('not good', 2)).toEqual([2, 3]);
  });
});

describe('a table of words', () => {
  const unitsOf = (word: string) => Uint16Array.from(word, (character) => character.charCodeAt(0));
  const find = (table: WordTable, word: string) => table.find(unitsOf(word), 0, word.length);

  it('tells words of one hash apart', () => {
    // Known collisions of 32-bit FNV-1a.
    const table = new WordTable(['costarring', 'declinate']);
    expect(['costarring', 'liquid', 'declinate', 'macallums'].map((word) => find(table, word))).toEqual([
      0, -1, 1, -1,
    ]);
    expect(table.add('liquid', 0, 6)).toBe(2);
    expect(find(table, 'liquid')).toBe(2);
  });

  it('keeps what it has as it grows', () => {
    const table = new WordTable();
    const words = Array.from({ length: 5000 }, (_, i) => i.toString(36));
    for (const word of words) table.add(`(${word})`, 1, 1 + word.length);
    for (const word of words) table.add(word, 0, word.length);
    expect(table.size).toBe(5000);
    expect(words.map((word) => find(table, word))).toEqual(words.map((_, i) => i));
    expect(find(table, '')).toBe(-1);
    expect(find(table, (5000).toString(36))).toBe(-1);
  });
});

(realArchive === null ? describe.skip : describe)('on real reviews, with the released vocabularies', () => {
  let reviews: string[] = [];
  beforeAll(async () => {
    reviews = await firstRealReviews(realArchive as string, 600);
  });

  it.each(['imdb-gru-32', 'imdb-nb-svm', 'imdb-teacher-int8'])(
    '%s gives the ids of the definition',
    (model) => {
      const path = new URL(`../../models/${model}/tokenizer.json`, import.meta.url);
      const tokenizer = loadTokenizer(JSON.parse(readFileSync(path, 'utf8')));
      expectAsDefined(tokenizer, reviews, [noLimit, 128]);
    },
  );
});
