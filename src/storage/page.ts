/** Keyset pagination: a page goes on after the last item that was seen, however many were added meanwhile. */
import { DistilleryError } from '../errors.ts';

export const largestPage = 200;

export interface Page<T> {
  /** Each with the cursor from which the next page goes on. */
  items: (T & { cursor: string })[];
  hasNextPage: boolean;
}

export interface PageRequest {
  /** 1 to {@link largestPage}. */
  first: number;
  /** The cursor of the last item seen. */
  after?: string | null | undefined;
}

/** @throws DistilleryError BAD_USER_INPUT */
export function checkFirst(first: number): void {
  if (Number.isInteger(first) && first >= 1 && first <= largestPage) return;
  throw new DistilleryError('BAD_USER_INPUT', `"first" is ${first}; expected 1 to ${largestPage}.`, {
    smallest: 1,
    largest: largestPage,
  });
}

/** Opaque to a client; `list` keeps a cursor from being used with another list. */
export function encodeCursor(list: string, key: string | number): string {
  return Buffer.from(`${list}:${key}`).toString('base64url');
}

/** @throws DistilleryError BAD_USER_INPUT for a cursor that this list did not give */
export function decodeCursor(list: string, cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (text.startsWith(`${list}:`)) return text.slice(list.length + 1);
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `"after" is not a cursor of this list. Give the cursor of an item of an earlier page, or leave it out.`,
    { after: cursor.slice(0, 100) },
  );
}

/** The position that a cursor of `list` stands for. @throws DistilleryError BAD_USER_INPUT */
export function decodePosition(list: string, cursor: string): number {
  const position = Number(decodeCursor(list, cursor));
  if (Number.isSafeInteger(position)) return position;
  throw new DistilleryError('BAD_USER_INPUT', '"after" is not a cursor of this list.', {
    after: cursor.slice(0, 100),
  });
}

/** @param rows one row more than asked for, if there is one */
export function pageOf<R, T>(
  rows: readonly R[],
  first: number,
  item: (row: R, index: number) => T & { cursor: string },
): Page<T> {
  return { items: rows.slice(0, first).map(item), hasNextPage: rows.length > first };
}
