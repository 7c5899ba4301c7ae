/** What a word is: the definition, for building vocabularies and for any text; the scanner does the same faster for most. */

export const htmlTag = /<\/?[a-z]+ ?\/?>/g; // <br />, <i>, </b>
const asciiOnly = /^[\0-\x7F]*$/;
const apostrophe = /[‘’ʼ′]/g;
const latinAccent = /(\p{Script=Latin})\p{Mn}+/gu;
// Scores such as 7/10 and 8.5 say much in a review, so they stay whole; of a run of one mark, see below.
const number = String.raw`\d+(?:[.,]\d+)*\/\d+|\d+(?:[.,]\d+)+`;
const asciiToken = new RegExp(String.raw`${number}|[a-z0-9]+(?:'[a-z0-9]+)*|([^a-z0-9\s])\1*`, 'g');
const unicodeToken = new RegExp(
  String.raw`${number}|\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])+(?:'(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])+)*|([^\p{L}\p{N}\p{M}\s])\1*`,
  'gu',
);
const contraction = /^(.+?)(n't|'(?:s|re|ve|ll|d|m))$/;
/** Of "!!!!!!!" only so many are kept, in one token. */
export const longestRun = 3;

/**
 * "I don't like it!!" → i, do, n't, like, it, !!: contractions are split as the Penn Treebank does, so that
 * every negation shares one token, HTML tags are dropped, and accents on Latin letters too.
 */
export function wordsOf(text: string): string[] {
  let prepared = text.toLowerCase().replace(htmlTag, ' ');
  let pattern = asciiToken;
  if (!asciiOnly.test(prepared)) {
    prepared = plain(prepared);
    pattern = unicodeToken;
  }
  const words: string[] = [];
  for (const match of prepared.matchAll(pattern)) {
    const token = match[0];
    if (match[1] !== undefined) words.push(token.slice(0, longestRun * match[1].length));
    else if (!token.includes("'")) words.push(token);
    else {
      const parts = contraction.exec(token);
      if (parts === null) words.push(token);
      else words.push(parts[1] as string, parts[2] as string);
    }
  }
  return words;
}

/** A lower-cased text with one kind of apostrophe, and with Latin letters that bear no accents. */
export function plain(lowerCased: string): string {
  return lowerCased.replace(apostrophe, "'").normalize('NFD').replace(latinAccent, '$1').normalize('NFC');
}
