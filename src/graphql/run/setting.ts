/** What the schema says about a run's settings, read from the configuration schemas so that it can't differ. */
import { z } from 'zod';

export const datasetDescription = 'A dataset’s name: imdb, sample, or one that was imported.';

interface Facts {
  readonly default?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly anyOf?: readonly Facts[];
}

interface Described {
  readonly properties?: Readonly<Record<string, Facts>>;
  readonly required?: readonly string[];
}

/**
 * Options of a `@Field` that mirrors `schema.shape[name]`: optional where the schema has a default, and described
 * with default and range.
 */
export function setting(
  schema: z.ZodObject,
  name: string,
  text: string,
): { nullable: boolean; description: string } {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' }) as Described;
  const facts = properties[name];
  if (!facts) throw new Error(`the configuration has no setting called ${name}`);
  const notes = [range(facts.anyOf?.[0] ?? facts), byDefault(facts.default)].filter((note) => note !== '');
  return { nullable: !required.includes(name), description: [text, ...notes].join(' ') };
}

const byDefault = (value: unknown) =>
  value == null ? '' : `Default: ${JSON.stringify(value).replaceAll('"', '')}.`;

function range({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Facts): string {
  // Zod gives whole numbers the largest safe integer as a maximum, which tells a reader nothing.
  const largest = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (minimum !== undefined && largest !== undefined) return `${minimum} to ${largest}.`;
  const bounds = [
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    minimum !== undefined && `at least ${minimum}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
    largest !== undefined && `at most ${largest}`,
  ].filter((bound) => bound !== false);
  if (bounds.length === 0) return '';
  const sentence = bounds.join(', ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}
