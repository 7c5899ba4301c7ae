/** The one place where an error becomes an answer: codes and facts for users' faults, a log number for ours. */
import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { ArgumentValidationError } from 'type-graphql';
import { DistilleryError, errorDetails, isDiskFull, ownError, toDistilleryError } from '../errors.ts';

/** The part of class-validator's ValidationError that is told to the client. */
interface FieldError {
  readonly property: string;
  readonly constraints?: Readonly<Record<string, string>>;
  readonly children?: readonly FieldError[];
}

export interface ErrorOrigin {
  /** What a fault of the document itself is called, such as GRAPHQL_VALIDATION_FAILED. */
  readonly code?: string | undefined;
  /** The id of the request, where there is one. */
  readonly logId?: string | undefined;
}

/**
 * Makes what a client sees of an error; the same for HTTP and WebSocket. Errors that are not a
 * client's fault are logged under `logId` and told without their message.
 */
export function formatError(
  error: unknown,
  logger: Logger,
  { code = 'BAD_USER_INPUT', logId = randomUUID() }: ErrorOrigin = {},
): GraphQLFormattedError {
  const found = innermost(error);
  const cause = isDiskFull(found) ? toDistilleryError(found) : found;
  if (cause !== found) logger.error({ err: found, logId }, 'the disk is full');
  const where = error instanceof GraphQLError ? { locations: error.locations, path: error.path } : {};
  if (cause instanceof DistilleryError && cause.code !== 'INTERNAL') {
    return { message: cause.message, ...where, extensions: { code: cause.code, ...cause.facts } };
  }
  if (cause instanceof ArgumentValidationError) {
    const fields = fieldErrors(cause.extensions.validationErrors);
    const message = `The arguments are not valid: ${fields.map(({ expected }) => expected).join('; ')}.`;
    return {
      message,
      ...where,
      extensions: { code: 'BAD_USER_INPUT', fields: fields.map(({ field }) => field) },
    };
  }
  if (cause instanceof GraphQLError) {
    const message = error instanceof GraphQLError ? error.message : cause.message;
    const facts = { ...cause.extensions };
    // Meant for Apollo, not for the client.
    delete facts.http;
    delete facts.stacktrace;
    return { message, ...where, extensions: { code, ...facts } };
  }
  if (holdsNul(cause)) {
    const message = 'A text holds the character U+0000, which no name and no stored text can have.';
    return { message, ...where, extensions: { code: 'BAD_USER_INPUT' } };
  }
  logger.error({ err: cause, logId, path: where.path }, 'a request met an internal error');
  return {
    message: `Something went wrong on the server. Its log tells more under ${logId}.`,
    ...where,
    extensions: { code: 'INTERNAL', logId },
  };
}

/** Without the names of the schema that graphql-js proposes where a wrong one was asked for. */
export function withoutSuggestions(error: GraphQLFormattedError): GraphQLFormattedError {
  return { ...error, message: error.message.replace(/ ?Did you mean .+?\?$/, '') };
}

/** What PostgreSQL calls it, as a text and inside of JSON: character not in repertoire, untranslatable character. */
const nulCodes = new Set(['22021', '22P05']);

function holdsNul(error: unknown): boolean {
  const { code, cause } = errorDetails(error);
  return (code !== null && nulCodes.has(code)) || (cause !== undefined && holdsNul(cause));
}

function innermost(error: unknown): unknown {
  let current = error;
  while (
    current instanceof GraphQLError &&
    !(current instanceof ArgumentValidationError) &&
    current.originalError
  ) {
    current = current.originalError;
  }
  return ownError(current) ?? current;
}

function fieldErrors(errors: readonly FieldError[], parent = ''): { field: string; expected: string }[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const field = parent + property;
    const own = Object.values(constraints ?? {}).map((expected) => ({ field, expected: parent + expected }));
    return [...own, ...fieldErrors(children ?? [], `${field}.`)];
  });
}
