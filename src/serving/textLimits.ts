/** Which texts are taken: not empty, not overlong, not too many at a time. */
import { DistilleryError } from '../errors.ts';
import type { ErrorFacts } from '../errors.ts';

/**
 * @param limit most UTF-16 code units of a text
 * @param index where the text stands in its request, if there are several
 * @throws DistilleryError BAD_USER_INPUT, its facts giving `limit`
 */
export function checkText(text: string, limit: number, index?: number): void {
  const which = index === undefined ? 'The text' : `Text ${index + 1} of the request`;
  const place: ErrorFacts = index === undefined ? {} : { index };
  if (text.length > limit) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `${which} has ${text.length} characters; expected at most ${limit}. Shorten it.`,
      { ...place, characters: text.length, limit },
    );
  }
  if (text.trim() === '') {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `${which} is ${text === '' ? 'empty' : 'only white space'}; expected 1 to ${limit} characters with a word among them.`,
      { ...place, characters: text.length, limit },
    );
  }
}

/** @throws DistilleryError BAD_USER_INPUT, its facts giving `limit` */
export function checkCount(texts: number, limit: number): void {
  if (texts >= 1 && texts <= limit) return;
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `The request has ${texts} texts; expected 1 to ${limit}. ${texts > limit ? 'Send them in several requests.' : 'Send at least one.'}`,
    { texts, limit },
  );
}
