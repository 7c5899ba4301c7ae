/** What a server refused, as an error of the command line. */
import { ClientError } from '../client.ts';
import { DistilleryError, errorCodes } from '../errors.ts';

export function asDistilleryError(error: unknown): unknown {
  if (!(error instanceof ClientError)) return error;
  const code = errorCodes.find((known) => known === error.code) ?? 'INTERNAL';
  return new DistilleryError(code, error.message, {}, { cause: error });
}
