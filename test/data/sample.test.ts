/** The generated reviews: balanced, never repeated, the same at every run, and out of reach of a bag of words. */
import { describe, it, expect } from '@jest/globals';
import { Random } from '../../src/nn/random.ts';
import { generateSample } from '../../src/data/sample.ts';
import { writeReview } from '../../src/data/sampleGrammar.ts';
import { buildWordTokenizer } from '../../src/text/word.ts';
import { wordsOf } from '../../src/text/words.ts';

const { reviews } = generateSample();
const train = reviews.filter(({ split }) => split === 'train');
const test = reviews.filter(({ split }) => split === 'test');

/** Logistic regression on word counts, by plain stochastic gradient descent. @returns accuracies on train and test */
function bagOfWords(epochs: number): { train: number; test: number } {
  const tokenizer = buildWordTokenizer(
    train.map(({ text }) => text),
    2000,
  );
  const weights = new Float64Array(tokenizer.vocabularySize);
  let bias = 0;
  const encode = (part: typeof reviews) =>
    part.map(({ text, label }) => ({ ids: tokenizer.encode(text, 512), label: label ?? 0 }));
  const score = (ids: number[]) => ids.reduce((sum, id) => sum + (weights[id] as number), bias);
  const trainSet = encode(train);
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const rate = 0.05 / (1 + epoch);
    for (const { ids, label } of trainSet) {
      const step = rate * (label - 1 / (1 + Math.exp(-score(ids))));
      bias += step;
      for (const id of ids) weights[id] = (weights[id] as number) + step;
    }
  }
  const accuracy = (part: typeof trainSet) =>
    part.filter(({ ids, label }) => score(ids) > 0 === (label === 1)).length / part.length;
  return { train: accuracy(trainSet), test: accuracy(encode(test)) };
}

describe('the sample dataset', () => {
  it('has the promised sizes, and as many positive as negative reviews', () => {
    expect([train.length, test.length, reviews.length]).toEqual([6000, 1500, 11_500]);
    expect(train.filter(({ label }) => label === 1)).toHaveLength(3000);
    expect(test.filter(({ label }) => label === 1)).toHaveLength(750);
    expect(reviews.filter(({ split, label }) => (split === 'unlabelled') === (label === null))).toHaveLength(
      11_500,
    );
  });

  it('has no text twice, in any split', () => {
    expect(new Set(reviews.map(({ text }) => text)).size).toBe(reviews.length);
  });

  it('is the same at every run', () => {
    expect(generateSample().reviews).toEqual(reviews);
  });

  it('is written in some hundreds of words, in short reviews', () => {
    const words = new Set(reviews.flatMap(({ text }) => wordsOf(text)));
    expect(words.size).toBeGreaterThan(350);
    expect(words.size).toBeLessThan(1000);
    const lengths = train.map(({ text }) => wordsOf(text).length);
    expect(Math.max(...lengths)).toBeLessThan(100);
    expect(lengths.reduce((sum, length) => sum + length, 0) / lengths.length).toBeGreaterThan(12);
  });

  it('cannot be learned from which words occur', () => {
    const accuracy = bagOfWords(30);
    expect(accuracy.test).toBeLessThan(0.8);
    expect(accuracy.train).toBeLessThan(0.85);
    expect(accuracy.test).toBeGreaterThan(0.55); // it does say something, as in real reviews
  });

  it('leaves no place of a template unfilled', () => {
    for (const { text } of reviews)
      expect(text).not.toMatch(/undefined|null|\[object|\$\{|,,| {2}|\ba [aeiou]\w/i);
  });
});

describe('labels by construction', () => {
  const many = (polarity: 0 | 1) =>
    Array.from({ length: 4000 }, (_, seed) => writeReview(new Random(seed), polarity));

  it('never writes the same review for both labels', () => {
    const positive = new Set(many(1));
    expect(many(0).filter((text) => positive.has(text))).toEqual([]);
  });

  // Read off the surface, independently of how a review was put together.
  it.each<[string, RegExp, 0 | 1]>([
    [
      'a lone opinion',
      /^(?:The|This) [\w ]+ (?:is|are) (?:very|really|truly|so|simply) (?:good|great|superb|wonderful)[.!]$/,
      1,
    ],
    [
      'a lone opinion',
      /^(?:The|This) [\w ]+ (?:is|are) (?:very|really|truly|so|simply) (?:bad|awful|dull|terrible)[.!]$/,
      0,
    ],
    [
      'a negated opinion',
      /^(?:The|This) [\w ]+ (?:is|are) (?:not at all|never|far from|anything but) (?:bad|awful|dull|terrible|weak|poor)[.!]$/,
      1,
    ],
    [
      'a negated opinion',
      /^(?:The|This) [\w ]+ (?:is|are) (?:not at all|never|far from|anything but) (?:good|great|superb|wonderful|strong)[.!]$/,
      0,
    ],
    [
      'a concluding verdict',
      /(?:Overall|All in all|In the end|On balance), I would recommend this \w[\w ]*[.!]$/,
      1,
    ],
    [
      'a concluding verdict',
      /(?:Overall|All in all|In the end|On balance), I would not recommend this \w[\w ]*[.!]$/,
      0,
    ],
    [
      'what follows "but"',
      /, but the [\w ]+ (?:is|are) (?:very|really|truly) (?:good|great|superb|strong|impressive|lovely)[.!]$/,
      1,
    ],
    [
      'what follows "but"',
      /, but the [\w ]+ (?:is|are) (?:very|really|truly) (?:bad|awful|dull|weak|poor|annoying)[.!]$/,
      0,
    ],
  ])('%s decides: %s', (_, pattern, label) => {
    expect(many(label).some((text) => pattern.test(text))).toBe(true);
    expect(many(label === 1 ? 0 : 1).filter((text) => pattern.test(text))).toEqual([]);
  });
});
