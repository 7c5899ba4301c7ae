/** Finds the words that `wordsOf` defines, several times faster: a scanner over characters of known kinds, for most texts. */
import { FoldTable, Spans } from './spans.ts';
import { htmlTag, longestRun, plain, wordsOf } from './words.ts';

const SPACE = 0;
const MARK = 1;
const LETTER = 2; // or a number such as ½
const DIGIT = 3; // 0 to 9, which stand in words as letters do

const table = new FoldTable(
  (character) => plain(character.toLowerCase()),
  (folded) => {
    if (/[0-9]/.test(folded)) return DIGIT;
    if (/[\p{L}\p{N}]/u.test(folded)) return LETTER;
    return /\s/.test(folded) ? SPACE : MARK;
  },
);
const { kinds } = table;
const tagHere = new RegExp(htmlTag.source, 'iy');

const APOSTROPHE = 0x27;
const COMMA = 0x2c;
const POINT = 0x2e;
const SLASH = 0x2f;
const LESS_THAN = 0x3c;
const [D, E, L, M, N, R, S, T, V] = [0x64, 0x65, 0x6c, 0x6d, 0x6e, 0x72, 0x73, 0x74, 0x76] as const;

/** One for all texts, since encoding is synchronous. */
const spans = new Spans();

/** @returns the words of `wordsOf(text)`, until the next call */
export function scanWords(text: string): Spans {
  if (spans.fold(text, table)) scan(text);
  else spans.fill(wordsOf(text));
  return spans;
}

function scan(text: string): void {
  const { units, length } = spans;
  let at = 0;
  while (at < length) {
    const start = at;
    switch (kinds[units[start] as number]) {
      case SPACE:
        at += 1;
        break;
      case MARK:
        at = endOfTag(units, text, start);
        if (at > start) break;
        at = endOfRun(units, text, start);
        spans.add(start, Math.min(at, start + longestRun));
        break;
      case DIGIT:
        at = endOfNumber(units, start);
        if (at > start) spans.add(start, at);
        else at = addWord(units, start);
        break;
      default:
        at = addWord(units, start);
    }
  }
}

/** `start` where no tag starts. Folding leaves characters in their places, so that tags are looked for in the text itself. */
function endOfTag(units: Uint16Array, text: string, start: number): number {
  if (units[start] !== LESS_THAN) return start;
  tagHere.lastIndex = start;
  return tagHere.test(text) ? tagHere.lastIndex : start;
}

/** Of one mark, repeated; of "<<<br>" only the first two. */
function endOfRun(units: Uint16Array, text: string, start: number): number {
  let at = start + 1;
  while (units[at] === units[start] && endOfTag(units, text, at) === at) at += 1;
  return at;
}

function endOfDigits(units: Uint16Array, start: number): number {
  let at = start;
  while (kinds[units[at] as number] === DIGIT) at += 1;
  return at;
}

/** The end of a score or of digits with points or commas between them; `start` where it is neither. */
function endOfNumber(units: Uint16Array, start: number): number {
  const whole = endOfDigits(units, start);
  let end = whole;
  while (units[end] === POINT || units[end] === COMMA) {
    const next = endOfDigits(units, end + 1);
    if (next === end + 1) break;
    end = next;
  }
  if (units[end] === SLASH) {
    const next = endOfDigits(units, end + 1);
    if (next > end + 1) return next;
  }
  return end > whole ? end : start;
}

/** Adds the word at `start`, in two parts where it ends in a contraction. @returns its end */
function addWord(units: Uint16Array, start: number): number {
  let end = endOfLetters(units, start);
  let apostrophe = 0; // the last one's place
  while (units[end] === APOSTROPHE && isLetter(units, end + 1)) {
    apostrophe = end;
    end = endOfLetters(units, end + 1);
  }
  const cut = apostrophe === 0 ? 0 : startOfContraction(units, apostrophe, end);
  if (cut > start) {
    spans.add(start, cut);
    spans.add(cut, end);
  } else {
    spans.add(start, end);
  }
  return end;
}

function isLetter(units: Uint16Array, at: number): boolean {
  return (kinds[units[at] as number] as number) >= LETTER;
}

function endOfLetters(units: Uint16Array, start: number): number {
  let at = start;
  while (isLetter(units, at)) at += 1;
  return at;
}

/** Of a word's last apostrophe and what follows: n't, 's, 're, 've, 'll, 'd or 'm; 0 where it is none of them. */
function startOfContraction(units: Uint16Array, apostrophe: number, end: number): number {
  const first = units[apostrophe + 1];
  const second = units[apostrophe + 2];
  switch (end - apostrophe) {
    case 2:
      if (first === T) return units[apostrophe - 1] === N ? apostrophe - 1 : 0;
      return first === S || first === D || first === M ? apostrophe : 0;
    case 3:
      if (second === E) return first === R || first === V ? apostrophe : 0;
      return first === L && second === L ? apostrophe : 0;
    default:
      return 0;
  }
}
