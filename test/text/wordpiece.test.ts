/** WordPiece against the maintained port of Hugging Face's tokenizers, on hard strings and on real reviews. */
import { describe, it, expect, beforeAll } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer as PortedTokenizer } from '@huggingface/tokenizers';
import { forEachWord, normalise } from '../../src/text/basicTokenizer.ts';
import { readWordPieceVocabulary } from '../../src/text/checkpointVocabulary.ts';
import type { WordPieceFile } from '../../src/text/tokenizer.ts';
import { loadTokenizer, readTokenizer } from '../../src/text/tokenizer.ts';
import { buildWordPieceTokenizer, WordPieceTokenizer } from '../../src/text/wordpiece.ts';
import { firstRealReviews, realArchive } from '../data/realArchive.ts';

interface HardString {
  name: string;
  text: string;
  /** What BERT's original basic tokenizer makes of it, lower-casing. */
  words: string[];
  /** Why the port gives other tokens, where it does. */
  portDiffers?: string;
}

const hardStrings = JSON.parse(
  readFileSync(new URL('./hardStrings.json', import.meta.url), 'utf8'),
) as HardString[];
const noLimit = 1_000_000;
const checkpoint = process.env.DISTILLERY_TEST_CHECKPOINT;
if (!checkpoint) {
  process.stderr.write(
    'The comparison with a pretrained vocabulary is skipped: set DISTILLERY_TEST_CHECKPOINT to a checkpoint folder.\n',
  );
}

function wordsOf(
  text: string,
  options = { lowercase: true, stripAccents: true, separateCjk: true },
): string[] {
  const words: string[] = [];
  forEachWord(normalise(text, options), (word) => words.push(word));
  return words;
}

/** The port, with the vocabulary and settings of one of our tokenizers. */
function port({ vocabulary, lowercase, stripAccents, separateCjk }: WordPieceFile): PortedTokenizer {
  const special = (id: string) => ({ id, ids: [vocabulary.indexOf(id)], tokens: [id] });
  return new PortedTokenizer(
    {
      version: '1.0',
      added_tokens: [], // as in the original, a review that says "[SEP]" does not get that token
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: separateCjk,
        strip_accents: stripAccents,
        lowercase,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: {
        type: 'TemplateProcessing',
        single: [
          { SpecialToken: { id: '[CLS]', type_id: 0 } },
          { Sequence: { id: 'A', type_id: 0 } },
          { SpecialToken: { id: '[SEP]', type_id: 0 } },
        ],
        pair: [],
        special_tokens: { '[CLS]': special('[CLS]'), '[SEP]': special('[SEP]') },
      },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      },
    },
    { tokenizer_class: 'BertTokenizer' },
  );
}

function tokens(file: WordPieceFile, ids: readonly number[]): string[] {
  return ids.map((id) => file.vocabulary[id] as string);
}

/** Both as tokens, so that a difference can be read. */
function expectEqualTokens(ours: WordPieceTokenizer, theirs: PortedTokenizer, text: string): void {
  const file = ours.toJSON();
  expect(tokens(file, ours.encode(text, noLimit))).toEqual(tokens(file, theirs.encode(text).ids));
}

const englishTexts = [
  'The film was not bad at all; the acting, though, could not save the story.',
  "I don't know why anybody would watch this. It isn't funny and it isn't touching!",
  'Unbelievable: an unforgettable, beautifully photographed, wonderfully acted movie.',
];

describe('the basic tokenizer', () => {
  it.each(hardStrings)('splits as the original: $name', ({ text, words }) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it('keeps case and accents where a checkpoint is cased', () => {
    const cased = { lowercase: false, stripAccents: false, separateCjk: true };
    expect(wordsOf('Café NOËL, 好', cased)).toEqual(['Café', 'NOËL', ',', '好']);
  });

  it('leaves ideographs together where a checkpoint asks for that', () => {
    expect(wordsOf('我喜欢 it', { lowercase: true, stripAccents: true, separateCjk: false })).toEqual([
      '我喜欢',
      'it',
    ]);
  });

  it('drops lone surrogates', () => {
    expect(wordsOf('a\ud800b c\udc00')).toEqual(['ab', 'c']);
  });
});

describe('WordPiece against the port, vocabulary built from texts', () => {
  // Half of the hard strings are left out of the vocabulary, so that unknown characters occur.
  const ours = buildWordPieceTokenizer(
    [...englishTexts, ...hardStrings.filter((_, i) => i % 2 === 0).map(({ text }) => text)],
    1200,
  );
  const theirs = port(ours.toJSON());

  it.each(hardStrings.filter(({ portDiffers }) => portDiffers === undefined))('$name', ({ text }) => {
    expectEqualTokens(ours, theirs, text);
  });

  it('cased, too', () => {
    const cased = new WordPieceTokenizer({ ...ours.toJSON(), lowercase: false, stripAccents: false });
    const casedPort = port(cased.toJSON());
    for (const { text, portDiffers } of hardStrings)
      if (portDiffers === undefined) expectEqualTokens(cased, casedPort, text);
  });

  it('gives the same tokens from its cache', () => {
    const first = hardStrings.map(({ text }) => ours.encode(text, noLimit));
    expect(hardStrings.map(({ text }) => ours.encode(text, noLimit))).toEqual(first);
  });
});

(realArchive === null ? describe.skip : describe)('WordPiece against the port, on real reviews', () => {
  let reviews: string[] = [];
  beforeAll(async () => {
    reviews = await firstRealReviews(realArchive as string, 600);
  });

  it('vocabulary built from half of them', () => {
    const ours = buildWordPieceTokenizer(reviews.slice(0, 300), 8000);
    const theirs = port(ours.toJSON());
    expect(reviews.length).toBe(600);
    for (const review of reviews) expectEqualTokens(ours, theirs, review);
  });

  (checkpoint ? it : it.skip)('vocabulary of the checkpoint in DISTILLERY_TEST_CHECKPOINT', async () => {
    const folder = checkpoint as string;
    const ours = await readWordPieceVocabulary(folder);
    const json = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8')) as object;
    const theirs = new PortedTokenizer(
      { ...json, added_tokens: [], truncation: null, padding: null },
      { tokenizer_class: 'BertTokenizer' },
    );
    for (const review of reviews) expectEqualTokens(ours, theirs, review);
    for (const { text, portDiffers } of hardStrings)
      if (portDiffers === undefined) expectEqualTokens(ours, theirs, text);
  });
});

describe('encode', () => {
  const tokenizer = buildWordPieceTokenizer(['a b c d e f g h i j'], 300);
  const file = tokenizer.toJSON();

  it('keeps head and tail within the budget, special tokens included', () => {
    const text = 'a b c d e f g h i j';
    expect(tokens(file, tokenizer.encode(text, 12))).toEqual(['[CLS]', ...text.split(' '), '[SEP]']);
    expect(tokens(file, tokenizer.encode(text, 8))).toEqual(['[CLS]', 'a', 'b', 'c', 'h', 'i', 'j', '[SEP]']);
    expect(tokens(file, tokenizer.encode(text, 7))).toEqual(['[CLS]', 'a', 'b', 'c', 'i', 'j', '[SEP]']);
    expect(tokens(file, tokenizer.encode(text, 3))).toEqual(['[CLS]', 'a', '[SEP]']);
  });

  it('gives only the special tokens for a text without words', () => {
    expect(tokens(file, tokenizer.encode(' \u200b\n', 16))).toEqual(['[CLS]', '[SEP]']);
  });

  it.each([2, 0, -1, 4.5, Number.NaN])('refuses a budget of %p', (maxTokens) => {
    expect(() => tokenizer.encode('a', maxTokens)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT' }),
    );
  });
});

describe('buildWordPieceTokenizer', () => {
  it('has padding as id 0, no unknown word made of known characters, and the frequent words whole', () => {
    const tokenizer = buildWordPieceTokenizer(['zebra zebra zebra quagga', 'Žluťoučký'], 400);
    const { vocabulary } = tokenizer.toJSON();
    expect(vocabulary.slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
    expect(vocabulary).toContain('zebra');
    expect(new Set(vocabulary).size).toBe(vocabulary.length);
    const unknown = vocabulary.indexOf('[UNK]');
    expect(tokenizer.encode('Xylophone-quartz 2024 zluty!', 100)).not.toContain(unknown);
    expect(tokenizer.encode('好', 100)).toContain(unknown);
  });

  it('stays within its size and is the same for the same texts in another order', () => {
    const texts = ['one two three four', 'five six seven two', 'three three one'];
    const first = buildWordPieceTokenizer(texts, 256).toJSON();
    expect(first.vocabulary.length).toBeLessThanOrEqual(256);
    expect(buildWordPieceTokenizer([...texts].reverse(), 256).toJSON()).toEqual(first);
  });

  it('refuses a size that cannot hold the characters', () => {
    expect(() => buildWordPieceTokenizer(['a'], 100)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT' }),
    );
  });
});

describe('files', () => {
  const { vocabulary } = buildWordPieceTokenizer(englishTexts, 400).toJSON();
  const inFolder = async (
    files: Record<string, unknown>,
    use: (folder: string) => Promise<void>,
  ): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'distillery-text-'));
    try {
      for (const [name, content] of Object.entries(files)) {
        await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
      }
      await use(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  const vocab = Object.fromEntries(vocabulary.map((token, id) => [token, id]));

  it('reads vocab.txt and tokenizer.json to the same tokenizer', async () => {
    await inFolder({ 'vocab.txt': vocabulary.join('\r\n') + '\r\n' }, async (folder) => {
      expect((await readWordPieceVocabulary(folder)).toJSON().vocabulary).toEqual(vocabulary);
    });
    await inFolder({ 'tokenizer.json': { model: { type: 'WordPiece', vocab } } }, async (folder) => {
      const file = (await readWordPieceVocabulary(folder)).toJSON();
      expect(file).toEqual({
        kind: 'wordpiece',
        lowercase: true,
        stripAccents: true,
        separateCjk: true,
        vocabulary,
      });
    });
  });

  it('takes the case from tokenizer_config.json before the normaliser of tokenizer.json', async () => {
    const normalizer = { type: 'BertNormalizer', lowercase: true, strip_accents: null };
    const files = {
      'tokenizer.json': { normalizer, model: { vocab } },
      'tokenizer_config.json': { do_lower_case: false },
    };
    await inFolder(files, async (folder) => {
      const file = (await readWordPieceVocabulary(folder)).toJSON();
      expect([file.lowercase, file.stripAccents]).toEqual([false, false]);
    });
  });

  it.each([
    ['no vocabulary', {}, /vocab\.txt/],
    ['padding elsewhere', { 'vocab.txt': '[UNK]\n[PAD]\n[CLS]\n[SEP]\n' }, /"\[PAD\]"/],
    ['a missing special token', { 'vocab.txt': '[PAD]\n[UNK]\n[CLS]\nhello\n' }, /\[SEP\]/],
    ['ids with a gap', { 'tokenizer.json': { model: { vocab: { '[PAD]': 0, '[UNK]': 2 } } } }, /id 1/],
    ['another kind of model', { 'tokenizer.json': { model: { type: 'BPE', vocab: {} } } }, /WordPiece/],
    ['broken JSON', { 'tokenizer.json': '{' }, /not JSON/],
  ])('refuses a checkpoint with %s', async (_, files, message) => {
    await inFolder(files, async (folder) => {
      await expect(readWordPieceVocabulary(folder)).rejects.toThrow(
        expect.objectContaining({
          code: 'INVALID_CHECKPOINT',
          message: expect.stringMatching(message),
        }),
      );
    });
  });

  it('comes back from its own file as it was', async () => {
    const tokenizer = buildWordPieceTokenizer(englishTexts, 400);
    await inFolder({ 'tokenizer.json': tokenizer.toJSON() }, async (folder) => {
      const loaded = await readTokenizer(join(folder, 'tokenizer.json'));
      expect(loaded.kind).toBe('wordpiece');
      expect(loaded.vocabularySize).toBe(tokenizer.vocabularySize);
      for (const text of englishTexts) expect(loaded.encode(text, 64)).toEqual(tokenizer.encode(text, 64));
      await expect(readTokenizer(join(folder, 'missing.json'))).rejects.toThrow(
        expect.objectContaining({
          code: 'INVALID_CHECKPOINT',
        }),
      );
    });
  });

  it.each([null, 'text', {}, { kind: 'bpe', vocabulary: [] }, { kind: 'word', vocabulary: ['a', 'b', 'c'] }])(
    'refuses %j as a tokenizer file',
    (file) => {
      expect(() => loadTokenizer(file)).toThrow(expect.objectContaining({ code: 'INVALID_CHECKPOINT' }));
    },
  );
});
