/** Checks a client's input against a configuration's schema. */
import { z } from 'zod';
import { DistilleryError } from '../errors.ts';

/**
 * @param input a null counts as not given, at any depth
 * @throws DistilleryError BAD_USER_INPUT naming every field that is not as expected
 */
export function parsed<Schema extends z.ZodType>(schema: Schema, input: object): z.infer<Schema> {
  const found = schema.safeParse(given(input));
  if (found.success) return found.data;
  const fields = found.error.issues.map((issue) => z.core.toDotPath(issue.path));
  const expected = found.error.issues.map(({ message }) => message);
  const list = fields.map((field, index) => `${field}: ${expected[index]}`).join('; ');
  throw new DistilleryError('BAD_USER_INPUT', `The input is not valid. ${list}.`, { fields, expected });
}

function given(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(given);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null && field !== undefined)
      .map(([name, field]) => [name, given(field)]),
  );
}
