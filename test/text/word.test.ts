/** The students' word tokenizer, and batches. */
import { describe, it, expect } from '@jest/globals';
import { padBatch } from '../../src/text/batch.ts';
import { loadTokenizer } from '../../src/text/tokenizer.ts';
import { buildWordTokenizer } from '../../src/text/word.ts';
import { wordsOf } from '../../src/text/words.ts';

describe('wordsOf', () => {
  it.each([
    ["I DON'T like it", ['i', 'do', "n't", 'like', 'it']],
    ["can't won't isn't", ['ca', "n't", 'wo', "n't", 'is', "n't"]],
    [
      "it's they're we've I'd she'll I'm",
      ['it', "'s", 'they', "'re", 'we', "'ve", 'i', "'d", 'she', "'ll", 'i', "'m"],
    ],
    ['I don’t', ['i', 'do', "n't"]],
    ["rock'n'roll o'clock 'quoted'", ["rock'n'roll", "o'clock", "'", 'quoted', "'"]],
    ['Good.<br /><br />Bad!<BR> <i>So</i>', ['good', '.', 'bad', '!', 'so']],
    ['1 < 2 and <3', ['1', '<', '2', 'and', '<', '3']],
    ['What?! Really?? NO!!!!!!', ['what', '?', '!', 'really', '??', 'no', '!!!']],
    ['7/10, or 8.5/10; 1,000 in the 90s', ['7/10', ',', 'or', '8.5/10', ';', '1,000', 'in', 'the', '90s']],
    ['a well-made film', ['a', 'well', '-', 'made', 'film']],
    ['Café Zoë naïve cliché', ['cafe', 'zoe', 'naive', 'cliche']],
    ['Ёлка नमस्ते', ['ёлка', 'नमस्ते']],
    ['我喜欢 film', ['我', '喜', '欢', 'film']],
    ['great 👍👍👍👍 😀', ['great', '👍👍👍', '😀']],
    [' \n\t ', []],
    ['', []],
  ])('%j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });
});

describe('buildWordTokenizer', () => {
  const texts = ['the film is good', 'the film is bad', 'the plot'];

  it('numbers padding, unknown, then words by frequency, ties alphabetically', () => {
    const tokenizer = buildWordTokenizer(texts, 100);
    expect(tokenizer.toJSON()).toEqual({
      kind: 'word',
      vocabulary: ['<pad>', '<unk>', 'the', 'film', 'is', 'bad', 'good', 'plot'],
    });
    expect(tokenizer.vocabularySize).toBe(8);
  });

  it('keeps the most frequent words within its size, and knows no other', () => {
    const tokenizer = buildWordTokenizer(texts, 5);
    expect(tokenizer.vocabularySize).toBe(5);
    expect(tokenizer.encode('The film is GOOD <pad>', 10)).toEqual([2, 3, 4, 1]);
  });

  it('keeps head and tail of a longer text', () => {
    const tokenizer = buildWordTokenizer(texts, 100);
    expect(tokenizer.encode('the film is good the film is bad', 5)).toEqual([2, 3, 4, 4, 5]);
    expect(tokenizer.encode('the film is good', 4)).toEqual([2, 3, 4, 6]);
    expect(tokenizer.encode('the film', 1)).toEqual([2]);
  });

  it('never gives an empty sequence', () => {
    expect(buildWordTokenizer(texts, 100).encode(' <br /> ', 10)).toEqual([1]);
  });

  it('comes back from its file as it was', () => {
    const tokenizer = buildWordTokenizer(texts, 100);
    const loaded = loadTokenizer(JSON.parse(JSON.stringify(tokenizer)));
    expect(loaded.kind).toBe('word');
    expect(loaded.encode('the bad plot', 10)).toEqual(tokenizer.encode('the bad plot', 10));
  });

  it('refuses a vocabulary without a word, and no tokens at all', () => {
    expect(() => buildWordTokenizer(texts, 2)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
    expect(() => buildWordTokenizer(texts, 9).encode('the', 0)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT' }),
    );
  });
});

describe('padBatch', () => {
  it('pads to the right with zeros, up to the longest', () => {
    expect(padBatch([[5, 6, 7], [8], [9, 10]])).toEqual({
      ids: Int32Array.of(5, 6, 7, 8, 0, 0, 9, 10, 0),
      batch: 3,
      length: 3,
    });
  });

  it('rounds the length up', () => {
    const { ids, length } = padBatch([[1, 2, 3, 4, 5]], 4);
    expect(length).toBe(8);
    expect([...ids]).toEqual([1, 2, 3, 4, 5, 0, 0, 0]);
    expect(padBatch([[1, 2, 3, 4]], 4).length).toBe(4);
  });
});
