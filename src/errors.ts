/** Every error a user can meet: a closed set of codes, each error saying what was wrong and what to do. */

export const errorCodes = [
  'BAD_USER_INPUT', // a value that can never be accepted: empty text, T ≤ 0
  'NOT_FOUND', // a model, run or dataset that does not exist
  'CONFLICT', // valid alone, but not in the present state: a run that has already ended
  'INVALID_DATASET', // a dataset that can't be trained on: one class only, unreadable rows
  'CORRUPT_ARCHIVE', // an archive whose bytes or layout are not as expected
  'INVALID_CHECKPOINT', // weights, configuration or vocabulary that don't fit each other
  'INVALID_GRAPH', // an operation applied to shapes or types that it does not take
  'ENGINE_UNAVAILABLE', // a requested engine or execution provider that is not installed
  'UNAVAILABLE', // overloaded, stopping, or a folder held by another process: try again later
  'DEADLINE_EXCEEDED', // the answer would have come later than the client wants it
  'UNAUTHENTICATED', // an API key is needed and was not given, or is wrong
  'FORBIDDEN', // the API key is known, and does not open this
  'RATE_LIMITED', // more requests, or more wrong keys, than a minute may have
  'CANCELLED', // the run was cancelled
  'INTERNAL', // a fault of ours
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Plain values that explain an error to a program: shapes, limits, accepted names. */
export type ErrorFacts = Record<string, string | number | boolean | null | readonly (string | number)[]>;

/** A message quotes what a file or a client says, which may be of any length; nobody reads more. */
const longestMessage = 10_000;

export class DistilleryError extends Error {
  override readonly name = 'DistilleryError';
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  /**
   * @param code one of {@link errorCodes}; becomes `extensions.code` in a GraphQL answer
   * @param message what was wrong, what was expected, and what to do, in one or two sentences
   */
  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}, options?: { cause?: unknown }) {
    super(message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message, options);
    this.code = code;
    this.facts = facts;
  }
}

/** An error of ours that a library has wrapped, as Drizzle does; null where there is none inside. */
export function ownError(error: unknown): DistilleryError | null {
  for (let inside = error; inside; inside = errorDetails(inside).cause) {
    if (inside instanceof DistilleryError) return inside;
  }
  return null;
}

/** A value as an error's message tells it: JSON of at most so many characters, whatever a client has sent. */
export function shown(value: unknown, longest = 100): string {
  try {
    const text = JSON.stringify(value) ?? 'undefined';
    return text.length > longest ? `${text.slice(0, longest)}…` : text;
  } catch {
    // JSON.stringify ends where its stack does, JSON.parse does not
    return 'a value nested too deeply to be shown';
  }
}

/**
 * Makes an error that nobody foresaw one of ours. Its own text may hold paths, statements or a stack: that is for
 * the log, where it stands as the cause.
 */
export function toDistilleryError(error: unknown): DistilleryError {
  const own = ownError(error);
  if (own) return own;
  if (isDiskFull(error)) return diskFull(error);
  const { code } = errorDetails(error);
  const which = code === null ? '' : ` (${code})`;
  return new DistilleryError(
    'INTERNAL',
    `Something failed that should not have${which}; the log of the server says more.`,
    {},
    { cause: error },
  );
}

/** Whether a write failed for want of space, or of quota. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(errorDetails(error).code ?? '');
}

/** It passes when there is space again, so whatever met it may be tried again. */
function diskFull(cause: unknown): DistilleryError {
  return new DistilleryError(
    'UNAVAILABLE',
    'The disk is full, so what was being written is not stored; what was there before is unharmed. ' +
      'Free some space on the disk of the data directory (DISTILLERY_DATA_DIRECTORY), then try again.',
    { reason: 'disk-full' },
    { cause },
  );
}

/**
 * The code and message of an error from Node or a library. Read by shape, since errors of another realm (a
 * worker, a vm context) are no instances of our Error.
 */
export function errorDetails(error: unknown): { code: string | null; message: string; cause: unknown } {
  if (typeof error !== 'object' || error === null)
    return { code: null, message: String(error), cause: undefined };
  const { code, message, cause } = error as { code?: unknown; message?: unknown; cause?: unknown };
  return {
    code: typeof code === 'string' ? code : null,
    message: typeof message === 'string' ? message : String(error),
    cause,
  };
}
