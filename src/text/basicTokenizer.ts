/** BERT's first half (Devlin et al. 2018, arXiv 1810.04805): clean and normalise a text, then split it into words and punctuation. */

export interface BasicOptions {
  readonly lowercase: boolean;
  readonly stripAccents: boolean;
  /** Put every CJK ideograph into a word of its own. */
  readonly separateCjk: boolean;
}

// The ranges that the original names: unified ideographs with extensions A to E, and compatibility ideographs.
const cjk =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B820}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;
// Control, format, private-use and surrogate characters. Unassigned ones stay, since which they are changes from
// one Unicode version to the next; no vocabulary has them, so that their word becomes unknown.
const dropped = /[\0\uFFFD]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;
const accents = /\p{Mn}/gu;
const punctuation = /\p{P}/u;
const whitespace = /\s/u;
const plainAscii = /^[\t\n\r\x20-\x7E]*$/;

/** A text without the characters that BERT drops, lower-cased and without accents where asked for. */
export function normalise(text: string, options: BasicOptions): string {
  if (plainAscii.test(text)) return options.lowercase ? text.toLowerCase() : text;
  let result = text.replace(dropped, '');
  if (options.separateCjk) result = result.replace(cjk, ' $& ');
  if (options.lowercase) result = result.toLowerCase();
  if (options.stripAccents) result = result.normalize('NFD').replace(accents, '');
  return result;
}

export const WORD = 0;
export const SPACE = 1;
export const PUNCTUATION = 2;

const asciiClass = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) {
  const letterOrDigit =
    (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  if (code <= 32) asciiClass[code] = SPACE;
  else if (!letterOrDigit && code < 127) asciiClass[code] = PUNCTUATION; // $, +, ^ and the like count too
}

/** {@link WORD}, {@link SPACE} or {@link PUNCTUATION}, of a normalised text's character. */
export function classOf(codePoint: number): number {
  if (codePoint < 128) return asciiClass[codePoint] as number;
  const character = String.fromCodePoint(codePoint);
  if (punctuation.test(character)) return PUNCTUATION;
  return whitespace.test(character) ? SPACE : WORD;
}

/** Calls `onWord` with every word and every single punctuation character of a normalised text, in order. */
export function forEachWord(normalised: string, onWord: (word: string) => void): void {
  const length = normalised.length;
  let start = 0; // of the word that is being read
  let position = 0;
  while (position < length) {
    let codePoint = normalised.charCodeAt(position);
    let units = 1;
    if (codePoint >= 0xd800 && codePoint <= 0xdbff) {
      codePoint = normalised.codePointAt(position) as number;
      units = codePoint > 0xffff ? 2 : 1;
    }
    const kind = classOf(codePoint);
    if (kind !== WORD) {
      if (position > start) onWord(normalised.slice(start, position));
      start = position + units;
      if (kind === PUNCTUATION) onWord(normalised.slice(position, start));
    }
    position += units;
  }
  if (length > start) onWord(normalised.slice(start));
}
