/** Bags of words and word pairs. */
import { describe, expect, it } from '@jest/globals';
import { buildNgramTokenizer, ngramsOf } from '../../src/text/ngram.ts';
import { loadTokenizer } from '../../src/text/tokenizer.ts';

const texts = ['not good', 'not good, not bad', 'good'];

describe('ngramsOf', () => {
  it('holds each word and each pair of neighbours once', () => {
    expect([...ngramsOf('Not good. Not good!')]).toEqual([
      'not',
      'good',
      'not good',
      '.',
      'good .',
      '. not',
      '!',
      'good !',
    ]);
  });
});

describe('buildNgramTokenizer', () => {
  it('counts texts, not occurrences, and leaves rare n-grams out', () => {
    const tokenizer = buildNgramTokenizer(texts, 2);
    expect(tokenizer.toJSON().vocabulary).toEqual(['<pad>', '<unk>', 'good', 'not', 'not good']);
  });

  it('gives the ids of known n-grams only, and one unknown for a text without any', () => {
    const tokenizer = buildNgramTokenizer(texts, 2);
    expect(tokenizer.encode('good and not good', 10)).toEqual([2, 3, 4]);
    expect(tokenizer.encode('good and not good', 2)).toEqual([2, 3]);
    expect(tokenizer.encode('else', 10)).toEqual([1]);
  });

  it('comes back from its file as it was', () => {
    const tokenizer = buildNgramTokenizer(texts, 1);
    const loaded = loadTokenizer(JSON.parse(JSON.stringify(tokenizer)));
    expect(loaded.kind).toBe('ngram');
    expect(loaded.encode('not bad', 10)).toEqual(tokenizer.encode('not bad', 10));
  });
});
