/** Seeded texts of what tokenizers trip over: for tests that compare a fast way with the definition. */
import { readFileSync } from 'node:fs';
import { Random } from '../../src/nn/random.ts';

/** Characters that a scanner's table covers, İ aside. */
const coveredRanges = [
  [0x00, 0x17f],
  [0x2000, 0x206f],
] as const;

const fragments = [
  ...[
    'good',
    'NOT',
    'the',
    'Film',
    'café',
    'Ångström',
    'ÆØÅ',
    'naïve',
    'e\u0301',
    'straße',
    'Œuvre',
    'ſo',
    'ı',
    'İ',
  ],
  ...[
    "don't",
    'doN’T',
    "isn't",
    "n't",
    "'t",
    "it's",
    "they'RE",
    "we've",
    "she'll",
    "I'd",
    "I'm",
    "o'clock's",
  ],
  ...[
    "rock'n'roll",
    "a'n't",
    "x'll've",
    "can't've",
    "'s",
    "'",
    "''",
    '’‘',
    'ʼ',
    '′',
    "dońt'",
    "n'ť",
    "'em",
    "y'all'd",
  ],
  ...[
    '7/10',
    '8.5',
    '1,000.5',
    '8.5/10',
    '1.2.3/4/5',
    '3.',
    '.5',
    '1..2',
    '1,,2',
    '7/',
    '/7',
    '1/2/3',
    "3.5's",
  ],
  ...['90s', '2nd', '1½', '½', '5½/10', '1.5abc', '١٢', '²', '$5', '10,000,000', '0/0', '1.', '1,000x/5'],
  ...[
    '<br />',
    '<br/>',
    '<BR>',
    '</i>',
    '<i>',
    '<<br>',
    '<<<br>>',
    '<',
    '<b',
    '<br  />',
    '<é>',
    '<ſ>',
    '<ı>',
    '< br>',
  ],
  ...[
    '<\u212a>',
    '</br / >',
    '<a1>',
    '<pad>',
    '<unk>',
    '<br',
    '/>',
    '>',
    '<i></i>',
    'a<b>c',
    "don<b>'t",
    '1<b>.5',
  ],
  ...[
    '!!!!!!!',
    '??',
    '...',
    '…',
    '-----',
    '—',
    '***',
    '"',
    '“',
    '”',
    '[SEP]',
    '[UNK]',
    '##s',
    '_',
    '``',
    '^^^^',
    '~~',
  ],
  ...[
    '\x85',
    '\x96\x96\x96\x96',
    '´',
    '·',
    '£',
    '§§§§',
    '\xad',
    '\u200b',
    '\u2028',
    '\ufeff',
    '\xa0',
    '\t',
    '\r\n',
  ],
  ...[
    '\0',
    '\x1f',
    '\x7f',
    '\u2060',
    '\ufffd',
    '\ue000',
    '\ud83d',
    '\udc4d',
    '👍👍👍👍',
    '😀',
    '👩‍👩‍👧',
    '🇩🇪',
    'e\u0301\u0323',
  ],
  ...[
    '我喜欢',
    '㐀',
    '𠀀',
    'かな',
    '한글',
    '\u1100\u1161',
    'नमस्ते',
    'Ёлка',
    'ΟΔΟΣ',
    'ΑΣ',
    'ﬁ',
    'Ⅳ',
    '\u212b',
    '\u037e',
  ],
];

/** `hardStrings.json`'s texts. */
export const hardTexts = (
  JSON.parse(readFileSync(new URL('./hardStrings.json', import.meta.url), 'utf8')) as { text: string }[]
).map(({ text }) => text);

/** Up to 12 fragments, characters and runs of one; some texts of covered characters alone, some with a very long word. */
export function nastyTexts(seed: number, count: number): string[] {
  const random = new Random(seed);
  const covered = fragments.filter((fragment) => [...fragment].every((character) => isCovered(character)));
  return Array.from({ length: count }, () => {
    const onlyCovered = random.chance(0.7);
    let text = '';
    for (let parts = random.integer(13); parts > 0; parts -= 1) {
      const part = random.chance(0.25)
        ? character(random, onlyCovered)
        : random.pick(onlyCovered ? covered : fragments);
      text += random.chance(0.1) ? part.repeat(random.integer(random.chance(0.02) ? 120 : 5)) : part;
      if (random.chance(0.5)) text += ' ';
    }
    return text;
  });
}

function isCovered(character: string): boolean {
  const code = character.charCodeAt(0);
  return character !== 'İ' && coveredRanges.some(([first, last]) => code >= first && code <= last);
}

function character(random: Random, onlyCovered: boolean): string {
  if (!onlyCovered && random.chance(0.5)) return String.fromCharCode(random.integer(0x10000));
  const [first, last] = random.pick(coveredRanges);
  return String.fromCharCode(first + random.integer(last - first + 1)).replace('İ', 'i');
}
