/** Costs that are remembered by document. */
import { expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { readOperation } from '../../src/client.ts';
import { costOf } from '../../src/graphql/cost.ts';
import { limits } from '../../src/graphql/limits.ts';
import { createSchema } from '../../src/graphql/schema.ts';

const schema = createSchema();

it('costs of a document follow its variables, however often it was asked before', () => {
  const document = parse('query ($texts: [String!]!) { classifyMany(texts: $texts) { label } }');
  const cost = (count: number) => costOf(schema, document, { texts: Array(count).fill('good') });
  expect(cost(90)).toBe(9 * cost(10));
  expect(cost(10)).toBeGreaterThan(100);
});

it('a document whose cost is the same for all variables still costs it the second time', () => {
  const document = parse('query ($text: String!) { classify(text: $text) { label latencyMs } }');
  const first = costOf(schema, document, { text: 'good' });
  expect(first).toBeGreaterThan(10);
  expect(costOf(schema, document, { text: 'bad' })).toBe(first);
});

it('the dearest comparison of two models stays within the limit, and costs by its reviews', () => {
  const document = parse(readOperation('differences'));
  const cost = (reviews?: number) =>
    costOf(schema, document, { models: ['a', 'b'], dataset: 'sample', ...(reviews ? { reviews } : {}) });
  expect(cost(400)).toBeLessThan(limits.cost);
  expect(cost(400) - cost(200)).toBe(200 * 2 * 10);
  expect(cost()).toBe(cost(200));
});
