/** The texts of a load. */
import { describe, expect, it } from '@jest/globals';
import { queryTexts } from '../../src/benchmark/queryTexts.ts';

const texts = Array.from({ length: 41 }, (_, i) => `text ${i}`);

describe('queryTexts', () => {
  it('draws each text once before any comes again, in an order that the seed says', () => {
    const drawn = queryTexts(texts, 100, 1);
    expect(drawn).toHaveLength(100);
    for (const round of [drawn.slice(0, 41), drawn.slice(41, 82)])
      expect([...round].sort()).toEqual([...texts].sort());
    expect(drawn.slice(0, 41)).not.toEqual(texts);
    expect(drawn.slice(41, 82)).not.toEqual(drawn.slice(0, 41));
    expect(queryTexts(texts, 100, 1)).toEqual(drawn);
    expect(queryTexts(texts, 100, 2)).not.toEqual(drawn);
  });

  it('keeps the same text apart by half of all texts', () => {
    const drawn = queryTexts(texts, 1_000, 3);
    const last = new Map<string, number>();
    const gaps = drawn.flatMap((text, place) => {
      const before = last.get(text);
      last.set(text, place);
      return before === undefined ? [] : [place - before];
    });
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(Math.floor(texts.length / 2));
  });

  it('asks about a single text again and again', () => {
    expect(queryTexts(['alone'], 3, 1)).toEqual(['alone', 'alone', 'alone']);
  });
});
