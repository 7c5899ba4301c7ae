/** Costs that are remembered by document. */
import { parse } from 'graphql';
import { costOf } from '../../src/graphql/cost.ts';
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
