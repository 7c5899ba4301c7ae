/** What the load asks: reviews of IMDB's test split, whole and short, in the ready-made operations. */
import { DatasetCatalogue, type CatalogueOptions } from '../../src/data/catalogue.ts';
import { readOperation } from '../../src/client.ts';
import { graphqlBodies } from './http.ts';

export const lengths = ['whole', 'short'] as const;
export type Length = (typeof lengths)[number];

export interface Workload {
  readonly dataset: 'imdb' | 'sample';
  /** Reviews of the test split in the dataset's order, which is a shuffled one; `short` has their first words. */
  readonly texts: Readonly<Record<Length, readonly string[]>>;
}

/** Words of a short review. */
export const shortWords = 20;

/** @param options.imdbArchive without one, reviews of `sample` stand in: short ones, made by a grammar */
export async function readWorkload(options: CatalogueOptions): Promise<Workload> {
  const dataset = options.imdbArchive ? 'imdb' : 'sample';
  const reviews = await (await new DatasetCatalogue(options).open(dataset)).reviews('test');
  const whole = reviews.map(({ text }) => text);
  return { dataset, texts: { whole, short: whole.map(firstWords) } };
}

/** The first {@link shortWords} words, with what stands between them. */
export function firstWords(text: string): string {
  return new RegExp(`^\\s*(?:\\S+\\s+){0,${shortWords - 1}}\\S+`).exec(text)?.[0] ?? text;
}

export function classifyBodies(model: string, texts: readonly string[]): Buffer[] {
  return graphqlBodies(
    readOperation('classify'),
    texts.map((text) => ({ text, model })),
  );
}

/** @param count texts of each request; those that are left over are not asked */
export function classifyManyBodies(model: string, texts: readonly string[], count: number): Buffer[] {
  const requests = Array.from({ length: Math.floor(texts.length / count) }, (_, request) => ({
    texts: texts.slice(request * count, (request + 1) * count),
    model,
  }));
  return graphqlBodies(readOperation('classifyMany'), requests);
}

/** The least that a GraphQL server can be asked. */
export const typenameBodies = graphqlBodies('{ __typename }', [{}]);
